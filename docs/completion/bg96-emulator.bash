_bg96-emulator() {
    local IFS=$' \t\n'
    local args cur prev cmd opts arg
    args=("${COMP_WORDS[@]}")
    cur="${COMP_WORDS[COMP_CWORD]}"
    prev="${COMP_WORDS[COMP_CWORD-1]}"
    opts="-h --help --link --baud --check-baud --chunk --latency --echo --trace --control --backend --root --account --refuse --radio --rtt --uplink --downlink --buffer --state --settings --boot-seconds --imei --sim --pin --registration --rssi --pdp-seconds --pdp-contexts --active --ufs-space --habits --print-habits --quirk --seed --fault --replay --tolerant --version --list"

    case "$prev" in
        --link)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --baud)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --chunk)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --latency)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --trace)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --control)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --backend)
            COMPREPLY=($(compgen -W "network memory" -- "$cur"))
            return 0
            ;;
        --root)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --account)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --refuse)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --radio)
            COMPREPLY=($(compgen -W "gprs lte-m nb-iot" -- "$cur"))
            return 0
            ;;
        --rtt)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --uplink)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --downlink)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --buffer)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --state)
            COMPREPLY=($(compgen -W "booting data-download data-upload half-line idle session silent" -- "$cur"))
            return 0
            ;;
        --settings)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --boot-seconds)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --imei)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --sim)
            COMPREPLY=($(compgen -W "ready pin puk none" -- "$cur"))
            return 0
            ;;
        --pin)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --registration)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --rssi)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --pdp-seconds)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --pdp-contexts)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --ufs-space)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --habits)
            COMPREPLY=($(compgen -W "bg95 bg96 ec2x $(compgen -f -- "$cur")" -- "$cur"))
            return 0
            ;;
        --print-habits)
            COMPREPLY=($(compgen -W "bg96 bg95 ec2x" -- "$cur"))
            return 0
            ;;
        --quirk)
            COMPREPLY=($(compgen -W "answer ato-refused bare-failure bare-names beof booting confirms data-address early-command firmware get-at-end guard ipr-ignored ipr-refused ipr-saved manufacturer masked-password model name-limit no-app-ready no-echo noise-error old-ftpcfg padded-checksum pwd-quoted pwd-unquoted ram-prefix restenable revision rsptimeout size-without-err slow-close slow-open slow-sim spacing stat-before-ok stubborn-echo sync-615 sync-errors test.COMMAND text-errors ufs-prefix unknown-58 wordy-restart" -- "$cur"))
            return 0
            ;;
        --seed)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --fault)
            COMPREPLY=($(compgen -W "brownout byte chatter close drop early foreign hang late pdp power reset result silence ufs-full ufs-loss unplug urc" -- "$cur"))
            return 0
            ;;
        --replay)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
    esac

    if [[ "$cur" = -* ]]; then
        COMPREPLY=($(compgen -W "$opts" -- "$cur"))
    fi
}

complete -F _bg96-emulator -o bashdefault -o default bg96-emulator
