_bg96-ftp() {
    local IFS=$' \t\n'
    local args cur prev cmd opts arg
    args=("${COMP_WORDS[@]}")
    cur="${COMP_WORDS[COMP_CWORD]}"
    prev="${COMP_WORDS[COMP_CWORD-1]}"
    opts="-h --help -c --config --json -q --quiet -v --verbose --log --version -p --port --wait-port --baudrate --speed --flowcontrol --apn --apn-user --apn-auth --apn-type --cid --host --server-port -u --user --mode --type --data-address --timeout --tls --verify --ca --cert --key --tls-version --tls-context --tls-time"

    case "$prev" in
        -c|--config)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --log)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        -p|--port)
            COMPREPLY=($(compgen -W "auto $(ls /dev/ttyUSB* /dev/ttyACM* /dev/ttyS* /dev/ttyAMA* 2>/dev/null)" -- "$cur"))
            return 0
            ;;
        --wait-port)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --baudrate)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --speed)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --flowcontrol)
            COMPREPLY=($(compgen -W "none rtscts" -- "$cur"))
            return 0
            ;;
        --apn)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --apn-user)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --apn-auth)
            COMPREPLY=($(compgen -W "none pap chap" -- "$cur"))
            return 0
            ;;
        --apn-type)
            COMPREPLY=($(compgen -W "ipv4 ipv6 ipv4v6" -- "$cur"))
            return 0
            ;;
        --cid)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --host)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --server-port)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        -u|--user)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --mode)
            COMPREPLY=($(compgen -W "passive active" -- "$cur"))
            return 0
            ;;
        --type)
            COMPREPLY=($(compgen -W "binary ascii" -- "$cur"))
            return 0
            ;;
        --data-address)
            COMPREPLY=($(compgen -W "control server" -- "$cur"))
            return 0
            ;;
        --timeout)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --tls)
            COMPREPLY=($(compgen -W "no implicit explicit" -- "$cur"))
            return 0
            ;;
        --verify)
            COMPREPLY=($(compgen -W "server mutual none" -- "$cur"))
            return 0
            ;;
        --ca)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --cert)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --key)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --tls-version)
            COMPREPLY=($(compgen -W "1.0 1.1 1.2 all" -- "$cur"))
            return 0
            ;;
        --tls-context)
            COMPREPLY=($(compgen -f -- "$cur"))
            return 0
            ;;
        --tls-time)
            COMPREPLY=($(compgen -W "check ignore" -- "$cur"))
            return 0
            ;;
    esac

    args=("${args[@]:1}")
    for arg in "${args[@]}"; do
        case "$arg" in
            ls)
                cmd="ls"
                opts="$opts -h --help -l --long"
                break
                ;;
            mlsd)
                cmd="mlsd"
                opts="$opts -h --help"
                break
                ;;
            get)
                cmd="get"
                opts="$opts -h --help --into -r --recursive --delete-after --keep-going --retries --deadline --no-atomic --reboot"
                break
                ;;
            put)
                cmd="put"
                opts="$opts -h --help --into -r --recursive --delete-after --keep-going --retries --deadline --no-atomic --reboot"
                break
                ;;
            rm)
                cmd="rm"
                opts="$opts -h --help --keep-going"
                break
                ;;
            mv)
                cmd="mv"
                opts="$opts -h --help"
                break
                ;;
            mkdir)
                cmd="mkdir"
                opts="$opts -h --help -p --parents --keep-going"
                break
                ;;
            rmdir)
                cmd="rmdir"
                opts="$opts -h --help --keep-going"
                break
                ;;
            size)
                cmd="size"
                opts="$opts -h --help"
                break
                ;;
            mdtm)
                cmd="mdtm"
                opts="$opts -h --help"
                break
                ;;
            batch)
                cmd="batch"
                opts="$opts -h --help --keep-going"
                break
                ;;
            spool)
                cmd="spool"
                opts="$opts -h --help --once --interval --keep --into --retries --deadline --no-atomic --reboot"
                break
                ;;
            at)
                cmd="at"
                opts="$opts -h --help -t --wait"
                break
                ;;
            ports)
                cmd="ports"
                opts="$opts -h --help"
                break
                ;;
            status)
                cmd="status"
                opts="$opts -h --help"
                break
                ;;
            diagnose)
                cmd="diagnose"
                opts="$opts -h --help"
                break
                ;;
            survey)
                cmd="survey"
                opts="$opts -h --help -o --output --quick --offline"
                break
                ;;
            console)
                cmd="console"
                opts="$opts -h --help -t --wait"
                break
                ;;
            ufs)
                cmd="ufs"
                opts="$opts -h --help"
                args=("${args[@]:1}")
                for arg in "${args[@]}"; do
                    case "$arg" in
                        ls)
                            cmd="$cmd ls"
                            opts="$opts -h --help"
                            break
                            ;;
                        get)
                            cmd="$cmd get"
                            opts="$opts -h --help"
                            break
                            ;;
                        put)
                            cmd="$cmd put"
                            opts="$opts -h --help"
                            break
                            ;;
                        rm)
                            cmd="$cmd rm"
                            opts="$opts -h --help"
                            break
                            ;;
                    esac
                done
                break
                ;;
            config)
                cmd="config"
                opts="$opts -h --help"
                break
                ;;
        esac
    done

    case "$cmd" in
        '')
            COMPREPLY=($(compgen -W "ls mlsd get put rm mv mkdir rmdir size mdtm batch spool at ports status diagnose survey console ufs config" -- "$cur"))
            ;;
        'get')
            case "$prev" in
                --into)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --retries)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'put')
            case "$prev" in
                --into)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --retries)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'spool')
            case "$prev" in
                --interval)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --into)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --retries)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'at')
            case "$prev" in
                -t|--wait)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'survey')
            case "$prev" in
                -o|--output)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'console')
            case "$prev" in
                -t|--wait)
                    COMPREPLY=($(compgen -f -- "$cur"))
                    return 0
                    ;;
            esac

            ;;
        'ufs')
            COMPREPLY=($(compgen -W "ls get put rm" -- "$cur"))
            ;;
    esac

    if [[ "$cur" = -* ]]; then
        COMPREPLY=($(compgen -W "$opts" -- "$cur"))
    fi
}

complete -F _bg96-ftp -o bashdefault -o default bg96-ftp
