/* The tables of the core as Lua tables, so that Lua repeats none of them. */
#include "ftp/errors.h"
#include "lua/core.h"

static void push_texts(lua_State *L, const char *texts, const char *name, const char *advice_name) {
  ftp_error_row row;
  lua_newtable(L);
  lua_newtable(L);
  while (ftp_error_next(&texts, &row)) {
    lua_pushlstring(L, row.text, row.text_len);
    lua_rawseti(L, -3, row.code);
    if (row.advice_len > 0) {
      lua_pushlstring(L, row.advice, row.advice_len);
      lua_rawseti(L, -2, row.code);
    }
  }
  if (advice_name) {
    lua_setfield(L, -3, advice_name);
  } else {
    lua_pop(L, 1);
  }
  lua_setfield(L, -2, name);
}

static void push_error_tables(lua_State *L) {
  push_texts(L, ftp_error_texts, "errors", "advice");
  push_texts(L, ftp_reply_texts, "replies", NULL);
  push_texts(L, ftp_cme_texts, "cme_errors", "cme_advice");
}

static void push_range(lua_State *L, int64_t min, int64_t max) {
  core_set_integer(L, "min", min);
  core_set_integer(L, "max", max);
}

static void push_arguments(lua_State *L, const ftp_command *command) {
  static const char kinds[][8] = {"string", "integer"};
  lua_newtable(L);
  for (int i = 0; i < FTP_ARGUMENT_MAX && command->arguments[i] != FTP_ARGUMENT_NONE; i++) {
    const ftp_argument *argument = &ftp_arguments[command->arguments[i]];
    lua_newtable(L);
    core_set_string(L, "name", argument->name);
    core_set_string(L, "kind", kinds[argument->kind]);
    core_set_boolean(L, "optional", argument->optional);
    core_set_boolean(L, "with_previous", argument->with_previous);
    core_set_boolean(L, "port_only", argument->port_only);
    push_range(L, argument->min, argument->max);
    lua_rawseti(L, -2, i + 1);
  }
}

/* commands[word] = {number, arguments = {{name, kind, optional, with_previous,
 * port_only, min, max}}, result, connects, result_before_ok}; number is the last
 * one of its section in the manual, 2.1 to 2.18 */
static void push_commands(lua_State *L) {
  static const char results[][8] = {"none", "status", "number", "text"};
  lua_newtable(L);
  for (int id = 0; id < FTP_COMMAND_COUNT; id++) {
    lua_newtable(L);
    push_arguments(L, &ftp_commands[id]);
    lua_setfield(L, -2, "arguments");
    core_set_boolean(L, "connects", ftp_commands[id].connects);
    core_set_integer(L, "number", id + 1);
    core_set_string(L, "result", results[ftp_commands[id].result]);
    core_set_boolean(L, "result_before_ok", ftp_commands[id].result_before_ok);
    lua_setfield(L, -2, ftp_commands[id].word);
  }
  lua_setfield(L, -2, "commands");
}

/* settings[name] = {min, max} */
static void push_settings(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; i < FTP_SETTING_COUNT; i++) {
    lua_newtable(L);
    push_range(L, ftp_settings[i].min, ftp_settings[i].max);
    lua_setfield(L, -2, ftp_settings[i].name);
  }
  lua_setfield(L, -2, "settings");
}

void core_push_tables(lua_State *L) {
  push_error_tables(L);
  push_commands(L);
  push_settings(L);
}
