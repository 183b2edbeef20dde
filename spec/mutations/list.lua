--- Mistakes planted in the driver; the simulation or a spec has to find each. A mutation is
-- { name, file, old, new }: `old`, which occurs exactly once, is replaced. `specs` run if the
-- simulation finds nothing.

return {
  {
    name = "OK is matched by its beginning",
    file = "src/at/final.c",
    old = "return len == row_len || (row->takes_rest && line[row_len] == ' ');",
    new = "return true;",
    specs = "spec/at/framing_spec.lua spec/at/exchange_spec.lua",
  },
  {
    name = "a trailer need not count the bytes before it",
    file = "src/at/trailer.c",
    old = "state == MATCH_WHOLE && code == 0 && second != t->count",
    new = "state == MATCH_WHOLE && code == 0 && second != t->count && t->count == 0",
    specs = "spec/ftp/listing_spec.lua",
  },
  {
    name = "no silence before +++",
    file = "src/at/escape.c",
    old = "at_engine_enter(e, AT_STATE_GUARD, later_of(now_ms, e->line_free_ms) + AT_GUARD_MS);",
    new = "at_engine_enter(e, AT_STATE_GUARD, later_of(now_ms, e->line_free_ms));",
  },
  {
    name = "the guard counts from when bytes were handed to the port",
    file = "src/at/escape.c",
    old = "at_engine_enter(e, AT_STATE_GUARD, later_of(now_ms, e->line_free_ms) + AT_GUARD_MS);",
    new = "at_engine_enter(e, AT_STATE_GUARD, now_ms + AT_GUARD_MS - 1000);",
  },
  {
    name = "a channel is not dirty after a timeout",
    file = "src/at/engine.c",
    old = "e->dirty = true;\n  stop(e);\n  event->type = AT_EVENT_FAILED;",
    new = "stop(e);\n  event->type = AT_EVENT_FAILED;",
  },
  {
    name = "the resync believes an answer without its echo",
    file = "src/modem/resync.c",
    old = ".noisy = true, .needs_echo = true};",
    new = ".noisy = true};",
    specs = "spec/at/exchange_spec.lua",
  },
  {
    name = "the module is not told how much to send",
    file = "src/ftp/download.c",
    old = "if (length != FTP_TO_THE_END) at_builder_add_integer(&b, length);",
    new = "(void)length;",
  },
  {
    name = "the module's count of a download is not compared",
    file = "src/ftp/download.c",
    old = "bool fits = is_whole && d->counted == d->received - d->before;",
    new = "bool fits = is_whole;",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "the module's count of an upload is not compared",
    file = "src/ftp/upload.c",
    old = "if (was_sent && result.number == (int64_t)u->chunk_len) {",
    new = "if (was_sent && result.number >= 0) {",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "what must follow a payload is not looked at",
    file = "src/at/framer.c",
    old = "if (*f->in != wanted) {",
    new = "if (*f->in == wanted + 1) {",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "nothing is thrown away when an upload is cut",
    file = "src/at/engine.c",
    old = "if (e->transmits) e->flush_output = true;",
    new = "",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "an upload goes on when the module has left data mode",
    file = "src/at/engine.c",
    old = "    drop_unsent(e);\n    if (e->state == AT_STATE_TRANSMIT) cut_payload(e, now_ms);",
    new = "",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "the end of a cut upload stays in the command line",
    file = "src/ftp/upload.c",
    old = "if (u->in_flight) at_engine_set_dirty(&m->engine, m->engine.in_data_mode);",
    new = "",
    specs = "spec/ftp/cut_uploads_spec.lua",
  },
  {
    name = "CLOSE is done when its OK is",
    file = "src/ftp/request.c",
    old = ".result_timeout_ms = command->result == FTP_RESULT_NONE ? 0 : timeouts.result_ms,",
    new = ".result_timeout_ms = command->result == FTP_RESULT_NONE || id == FTP_CLOSE ? 0\n"
      .. "                           : timeouts.result_ms,",
    specs = "spec/ftp/session_ends_spec.lua",
  },
  {
    name = "a CLOSE that failed leaves the session open for ever",
    file = "src/ftp/request.c",
    old = "if (r->id == FTP_CLOSE || is_closed) m->session_open = false;",
    new = "if (r->id == FTP_CLOSE && r->failure.kind == AT_ERROR_NONE && !is_closed && "
      .. "r->number > 0) "
      .. "m->session_open = false;",
  },
  {
    name = "the account is shown in the trace",
    file = "src/at/mask.c",
    old = '    {"+QFTPCFG=\\"account\\",", 0},\n',
    new = "",
  },
  {
    name = "a result line is waited for for ever",
    file = "src/at/engine.c",
    old = "if (now_ms < e->deadline_ms) return false;",
    new = "if (now_ms < e->deadline_ms || e->state == AT_STATE_RESULT) return false;",
  },
  {
    name = "a call in the queue has no deadline",
    file = "src/modem/modem.c",
    old = "if (t->state != MODEM_TASK_QUEUED || t == m->head || now_ms < t->deadline_ms) return;",
    new = "if (t->state != MODEM_TASK_QUEUED || t == m->head || now_ms < INT64_MAX) return;",
    specs = "spec/at/exchange_spec.lua",
  },
  {
    name = "the echo is taken for a reply",
    file = "src/at/engine.c",
    old = "  if (at_engine_is_echo(e, line)) {\n    e->echo_seen = true;\n    return false;\n  }\n",
    new = "  if (at_engine_is_echo(e, line)) e->echo_seen = true;\n",
  },
  {
    name = "an unsolicited line is taken for a reply",
    file = "src/at/engine.c",
    old = "  if (at_urc_matches(&e->urc, line->text, line->len)) "
      .. "return report(event, AT_EVENT_URC, line);\n",
    new = "",
  },
  {
    name = "a restart of the module is not noticed",
    file = "src/modem/urc.c",
    old = '{"RDY", "POWERED DOWN", "NORMAL POWER DOWN"}',
    new = '{"POWERED DOWN", "NORMAL POWER DOWN"}',
    specs = "spec/modem/failures_spec.lua",
  },
  {
    name = "a download goes on from its beginning where ATO is refused",
    file = "src/ftp/download.c",
    old = "at_builder_add_integer(&b, d->offset + d->received);",
    new = "at_builder_add_integer(&b, d->offset);",
    specs = "spec/ftp/interrupt_spec.lua",
  },
  {
    name = "the checksum of a file in UFS is not compared",
    file = "src/modem/ufs.c",
    old = "counted == size && summed == checksum;",
    new = "counted == size && (summed == checksum || summed != checksum);",
    specs = "spec/modem/services_spec.lua",
  },
  {
    name = "what came before a call is taken for its answer",
    file = "src/lua/pump.c",
    old = "    if (!receive(m)) break;",
    new = "    break;",
    specs = "spec/at/exchange_spec.lua spec/modem/failures_spec.lua",
  },
  {
    name = "a lone +++ of a payload stands between two silences",
    file = "src/ftp/upload.c",
    old = 'return len == 3 && memcmp(data, "+++", 3) == 0;',
    new = "return len == 3 && !data;",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "what the port has not sent goes out after an upload has ended",
    file = "src/at/engine.c",
    old = "if (e->transmits) e->flush_output = true;",
    new = "if (e->state == AT_STATE_TRANSMIT) e->flush_output = true;",
    specs = "spec/ftp/cut_uploads_spec.lua",
  },
  {
    name = "a session outlives its context where that has gone without a word",
    file = "src/modem/pdp.c",
    old = "if (!a->found.active) lose_session(m, a->cid);",
    new = "",
    specs = "spec/ftp/session_ends_spec.lua",
  },
  {
    name = "a line that has begun is forgotten when a call ends",
    file = "src/at/engine.c",
    old = "  at_framer_expect_lines(&e->framer);\n  at_engine_enter(e, AT_STATE_IDLE, AT_NEVER);",
    new = "  at_framer_expect_lines(&e->framer);\n  e->framer.line_len = 0;\n"
      .. "  at_engine_enter(e, AT_STATE_IDLE, AT_NEVER);",
    specs = "spec/at/exchange_spec.lua",
  },
}
