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
    file = "src/at/payload.c",
    old = "(uint64_t)count == r->count;\n}\n\n/* `+QFTPGET: 607,426` */",
    new = "count >= 0;\n}\n\n/* `+QFTPGET: 607,426` */",
    specs = "spec/ftp/listing_spec.lua",
  },
  {
    name = "no silence before +++",
    file = "src/at/exchange.c",
    old = "return later_of(now_ms, e->line.free_ms) + AT_GUARD_MS;",
    new = "return later_of(now_ms, e->line.free_ms);",
  },
  {
    name = "the guard counts from when bytes were handed to the port",
    file = "src/at/exchange.c",
    old = "return later_of(now_ms, e->line.free_ms) + AT_GUARD_MS;",
    new = "return e ? now_ms + AT_GUARD_MS - 1000 : 0;",
  },
  {
    name = "a channel is not dirty after a timeout",
    file = "src/at/exchange.c",
    old = "if (e->run.state != AT_STATE_PAUSE) e->channel.dirty = true;",
    new = "",
    specs = "spec/at/exchange_spec.lua",
  },
  {
    name = "the resync believes an answer without its echo",
    file = "src/modem/resync.c",
    old = "send(r, STEP_PROOF, &b, AT_SHAPE_PROOF, proof_ms(r));",
    new = "send(r, STEP_PROOF, &b, AT_SHAPE_PROBE, proof_ms(r));",
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
    old = "bool is_counted = d->counted == d->received - d->before;",
    new = "bool is_counted = d->counted >= 0;",
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
    old = "if (*from->at != wanted) {",
    new = "if (*from->at == wanted + 1) {",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "nothing is thrown away when an upload is cut",
    file = "src/at/exchange.c",
    old = "if (is_unsent || e->run.state == AT_STATE_CONFIRM) e->line.flush = true;",
    new = "",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "an upload goes on when the module has left data mode",
    file = "src/at/exchange.c",
    old = "if (is_unsent) e->line.out_len = 0;",
    new = "",
    specs = "spec/ftp/put_and_get_spec.lua",
  },
  {
    name = "the end of a cut upload stays in the command line",
    file = "src/ftp/upload.c",
    old = "  if (u->in_flight) {\n"
      .. "    at_engine_set_dirty(&m->engine, at_engine_is_in_data_mode(&m->engine));\n"
      .. "  } else if (",
    new = "  if (",
    specs = "spec/ftp/cut_uploads_spec.lua",
  },
  {
    name = "CLOSE is done when its OK is",
    file = "src/ftp/exchange.c",
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
    file = "src/at/input.c",
    old = "return now_ms >= e->run.deadline_ms && expire(e, event);",
    new = "return now_ms >= e->run.deadline_ms && e->run.state != AT_STATE_RESULT && "
      .. "expire(e, event);",
    specs = "spec/at/unsolicited_spec.lua",
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
    file = "src/at/line.c",
    old = "    at_exchange_echoed(e);\n    return false;\n",
    new = "    at_exchange_echoed(e);\n",
    specs = "spec/at/exchange_spec.lua",
  },
  {
    name = "an unsolicited line is taken for a reply",
    file = "src/at/state.c",
    old = "{ REPLY, ACCEPT,  UNFRAMED, DONE,    CARRIER, TELL,  TELL,  REPLY },",
    new = "{ REPLY, ACCEPT,  UNFRAMED, DONE,    CARRIER, REPLY, REPLY, REPLY },",
    specs = "spec/at/unsolicited_spec.lua",
  },
  {
    name = "a restart of the module is not noticed",
    file = "src/modem/urc.c",
    old = '{"RDY", "POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN"}',
    new = '{"POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN"}',
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
    old = "  bool is_dry = false;\n  for",
    new = "  bool is_dry = true;\n  for",
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
    file = "src/at/exchange.c",
    old = "if (is_unsent || e->run.state == AT_STATE_CONFIRM) e->line.flush = true;",
    new = "if (is_unsent) e->line.flush = true;",
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
    file = "src/at/exchange.c",
    old = "  at_framer_expect_lines(&e->framer);\n  enter(e, AT_STATE_IDLE, AT_NEVER);",
    new = "  at_framer_expect_lines(&e->framer);\n  e->framer.line_len = 0;\n"
      .. "  enter(e, AT_STATE_IDLE, AT_NEVER);",
    specs = "spec/at/exchange_spec.lua",
  },
  -- A module may say anything, late, or not at all: one mistake for each rule.
  {
    name = "a line behind OK is no unsolicited line to a listing",
    file = "src/at/payload.c",
    old = "  bool is_first = r->ending == AT_ENDING_LINES;\n  if (!at_urc_matches",
    new = "  bool is_first = r->ending == AT_ENDING_LINES;\n"
      .. "  if (r->ending == AT_ENDING_OK) return false;\n  if (!at_urc_matches",
    specs = "spec/at/unsolicited_spec.lua",
  },
  {
    name = "lines behind OK fill the room for the result",
    file = "src/at/payload.c",
    old = "if (p->ending > AT_ENDING_OK || is_roomy",
    new = "if (p->ending > AT_ENDING_LINES || is_roomy",
    specs = "spec/at/unsolicited_spec.lua",
  },
  {
    name = "a line that a module says by itself renews the deadline of a payload",
    file = "src/at/input.c",
    old = "  if (ending != e->run.ending) e->run.ending_ms = now_ms;",
    new = "  if (ending == AT_ENDING_LINES) at_exchange_renew(e, now_ms);\n"
      .. "  if (ending != e->run.ending) e->run.ending_ms = now_ms;",
    specs = "spec/ftp/early_end_spec.lua",
  },
  {
    name = "chatter behind the words of the end puts it off",
    file = "src/at/input.c",
    old = "  at_ending ending = e->framer.payload.ending;\n  if (ending != e->run.ending)",
    new = "  at_ending ending = e->framer.payload.ending;\n"
      .. "  static size_t held;\n"
      .. "  size_t end = e->framer.payload.held_end;\n"
      .. "  bool is_longer = end != held;\n  held = end;\n"
      .. "  if (is_longer || ending != e->run.ending)",
    specs = "spec/ftp/early_end_spec.lua",
  },
  {
    name = "behind an early end an OK is waited for",
    file = "src/at/exchange.c",
    old = "return is_early && tells_end(e) ? now_ms : now_ms + e->run.how.silence_ms;",
    new = "return is_early && !e ? now_ms : now_ms + e->run.how.silence_ms;",
    specs = "spec/ftp/early_end_spec.lua",
  },
  {
    name = "empty lines at the end of a payload are the module's",
    file = "src/at/payload.c",
    old = "p->spare_blanks = is_known ? 0 : r->blanks - p->lead;",
    new = "p->spare_blanks = is_known ? 0 : 0 * r->blanks;",
    specs = "spec/ftp/early_end_spec.lua",
  },
  {
    name = "empty lines that the module says are payload",
    file = "src/at/framer.c",
    old = "if (f->blanks > 1) f->lead = MOST_LEAD;",
    new = "if (f->blanks > 200) f->lead = MOST_LEAD;",
    specs = "spec/ftp/early_end_spec.lua",
  },
  {
    name = "what has ended a transfer once is believed again at the same place",
    file = "src/at/payload.c",
    old = "  return p->doubtful_at > 0 && count",
    new = "  return p->doubtful_at == 1 && count",
    specs = "spec/ftp/early_end_spec.lua",
  },
  {
    name = "a final result code of another's ends what waits for its result",
    file = "src/at/state.c",
    old = "[AT_STATE_RESULT]        = { RESULT, _______, _______, _______, TELL,",
    new = "[AT_STATE_RESULT]        = { RESULT, _______, _______, DONE,    DONE,",
    specs = "spec/at/unsolicited_spec.lua spec/modem/replies_spec.lua",
  },
  {
    name = "a caller who hangs up ends a command that waits for CONNECT",
    file = "src/at/state.c",
    old = "[AT_STATE_CONNECT]       = { OWN,   ACCEPT,  CONNECT,  DONE,    CARRIER,",
    new = "[AT_STATE_CONNECT]       = { OWN,   ACCEPT,  CONNECT,  DONE,    DONE,   ",
    specs = "spec/modem/replies_spec.lua",
  },
  {
    name = "NO CARRIER behind a whole payload is the end of it",
    file = "src/at/state.c",
    old = "[AT_STATE_TRAILER]       = { OWN,   ACCEPT,  UNFRAMED, DONE,    CUT, ",
    new = "[AT_STATE_TRAILER]       = { OWN,   ACCEPT,  UNFRAMED, DONE,    DONE,",
    specs = "spec/modem/replies_spec.lua",
  },
  {
    name = "the replies of the second command on a line get lost",
    file = "src/modem/command.c",
    old = "c->text[i] == '+' && (i == 0 || c->text[i - 1] == ';');",
    new = "c->text[i] == '+' && i == 0;",
    specs = "spec/at/unsolicited_spec.lua",
  },
  {
    name = "a registration that comes by itself answers the query",
    file = "src/modem/command.c",
    old = '.accepts = strstr(c->words, "REG") ? is_registration_reply : NULL,',
    new = '.accepts = strstr(c->words, "REGX") ? is_registration_reply : NULL,',
    specs = "spec/at/unsolicited_spec.lua",
  },
  {
    name = "the first line is the reply, whatever its shape",
    file = "lua/bg96/ftp/replies.lua",
    old = "  for _, line in ipairs(lines) do\n",
    new = "  for _, line in ipairs({ lines[1] }) do\n",
    specs = "spec/modem/replies_spec.lua",
  },
  {
    name = "CGREG counts on Cat M1 as well",
    file = "lua/bg96/ftp/diagnosis.lua",
    old = "if is_on_gsm and not is_on_lte(modem) then return true, other end",
    new = "if is_on_gsm or false and is_on_lte(modem) then return true, other end",
    specs = "spec/modem/replies_spec.lua",
  },
  {
    name = "a number that is missing is 0",
    file = "src/at/cursor.c",
    old = "  *value = sum;\n  return c->at > start;",
    new = "  *value = sum;\n  return c->at >= start;",
    specs = "spec/at/unsolicited_spec.lua",
  },
  {
    name = "what came behind a step is the reply to the next",
    file = "src/modem/ending.c",
    old = "  t->step = step;\n  t->is_due = true;\n  m->notice.kind = AT_ERROR_NONE;",
    new = "  t->step = step;\n  m->notice.kind = AT_ERROR_NONE;\n"
      .. "  t->is_due = at_engine_is_dirty(&m->engine);\n"
      .. "  if (!t->is_due) step->begin(t, m);",
    specs = "spec/modem/steps_spec.lua",
  },
  {
    name = "a setting that was refused is made",
    file = "src/modem/resync.c",
    old = "  } else if (!is_ok) {\n    refuse(r);\n    return false;\n  }\n  r->refusals = 0;",
    new = "  }\n  (void)refuse;\n  r->refusals = 0;",
    specs = "spec/modem/boot_spec.lua",
  },
  {
    name = "a restart without a word is not found by its echo",
    file = "src/at/exchange.c",
    old = "if (e->channel.is_quiet) e->channel.dirty = true;",
    new = "",
    specs = "spec/modem/boot_spec.lua",
  },
  {
    name = "a resync begins anew with each call",
    file = "src/modem/modem.c",
    old = "  if (modem_resync_is_running(&m->resync)) {\n    m->resync.is_proof = false;\n"
      .. "  } else {\n    at_engine_abort(&m->engine);\n  }",
    new = "  if (modem_resync_is_running(&m->resync)) modem_resync_stop(&m->resync);\n"
      .. "  at_engine_abort(&m->engine);",
    specs = "spec/modem/slow_module_spec.lua",
  },
  {
    name = "the echo is doubted before the older answers have come",
    file = "src/modem/resync.c",
    old = "uint32_t wanted_ms = answer_ms(r) * (r->due + 1);",
    new = "uint32_t wanted_ms = answer_ms(r);",
    specs = "spec/modem/slow_module_spec.lua",
  },
  {
    name = "an OK behind a payload that ended by itself answers +++",
    file = "src/at/exchange.c",
    old = "    e->run.answer_from_ms = 0; /* it is no answer to \"+++\" that comes */\n",
    new = "",
    specs = "spec/ftp/interrupt_end_spec.lua",
  },
  {
    name = "one of two OKs is believed to be the module's",
    file = "src/at/payload.c",
    old = "return is_first || is_endless || r->ending == AT_ENDING_LOST;",
    new = "return r->payload->left > 0;",
    specs = "spec/ftp/interrupt_end_spec.lua",
  },
  {
    name = "other line ends are not looked for",
    file = "src/modem/resync.c",
    old = "STEP_PROBE, STEP_ENDS,  STEP_RESTORE};",
    new = "STEP_PROBE, STEP_PROBE, STEP_RESTORE};",
    specs = "spec/modem/left_by_others_spec.lua",
  },
  {
    name = "a module that says it is off is not believed",
    file = "src/modem/urc.c",
    old = '"NORMAL POWER DOWN", "PSM POWER DOWN"};',
    new = '"NORMAL POWER DOWN"};',
    specs = "spec/modem/boot_spec.lua",
  },
  {
    name = "an answer to a line of the payload is the reason of a cut upload",
    file = "src/at/state.c",
    old = "[AT_STATE_TRANSMIT]      = { EARLY, ACCEPT,  UNFRAMED, CUT,  ",
    new = "[AT_STATE_TRANSMIT]      = { EARLY, ACCEPT,  UNFRAMED, DONE, ",
    specs = "spec/ftp/cut_reasons_spec.lua",
  },
  {
    name = "a chunk that +++ had to end is believed if it was counted whole",
    file = "src/ftp/upload.c",
    old = "if (was_sent && is_overdue && result.number <= (int64_t)u->chunk_len) {",
    new = "if (was_sent && is_overdue && result.number < (int64_t)u->chunk_len) {",
    specs = "spec/ftp/overdue_chunks_spec.lua",
  },
  {
    name = "what a module loses is not remembered",
    file = "src/ftp/chunks.c",
    old = "if (u->ceiling > 0) return u->ceiling;",
    new = "",
    specs = "spec/transfer/slow_radio_spec.lua",
  },
  {
    name = "settings outlive a restart",
    file = "src/ftp/login.c",
    old = "return is_set && s->epoch == modem_epoch(m);",
    new = "return is_set && m;",
    specs = "spec/ftp/login_settings_spec.lua",
  },
  {
    name = "a change between the questions for size and time is not seen",
    file = "lua/bg96/ftp/transfer/identity.lua",
    old = "  modified, err = identity.ask_time(transfer)\n"
      .. "  if not modified then return nil, err end\n"
      .. "  size, err = ask_size(transfer)\n  if not size then return nil, err end\n",
    new = "  size, err = ask_size(transfer)\n  if not size then return nil, err end\n"
      .. "  modified, err = identity.ask_time(transfer)\n"
      .. "  if not modified then return nil, err end\n",
    specs = "spec/transfer/remote_changes_spec.lua",
  },
}
