#include "lua/tables.h"

#include "ftp/commands.h"
#include "ftp/login.h"
#include "lua/helpers.h"

static void set_range(lua_State *L, int64_t min, int64_t max) {
  core_set_integer(L, "min", min);
  core_set_integer(L, "max", max);
}

static void push_argument(lua_State *L, const ftp_argument *argument) {
  static const char *const kinds[] = {"string", "integer"};
  lua_newtable(L);
  core_set_string(L, "name", argument->name);
  core_set_string(L, "kind", kinds[argument->kind]);
  core_set_boolean(L, "optional", argument->optional);
  core_set_boolean(L, "with_previous", argument->with_previous);
  core_set_boolean(L, "port_only", argument->port_only);
  set_range(L, argument->min, argument->max);
}

static void push_arguments(lua_State *L, const ftp_command *command) {
  lua_newtable(L);
  for (int i = 0; i < FTP_ARGUMENT_MAX && command->arguments[i] != FTP_ARGUMENT_NONE; i++) {
    push_argument(L, &ftp_arguments[command->arguments[i]]);
    lua_rawseti(L, -2, i + 1);
  }
}

static void push_command(lua_State *L, ftp_command_id id) {
  static const char *const results[] = {"none", "status", "number", "text"};
  const ftp_command *command = &ftp_commands[id];
  lua_newtable(L);
  push_arguments(L, command);
  lua_setfield(L, -2, "arguments");
  core_set_boolean(L, "connects", command->connects);
  core_set_integer(L, "number", (int)id + 1);
  core_set_string(L, "result", results[command->result]);
  core_set_boolean(L, "result_before_ok", command->result_before_ok);
}

/* commands[word] = {number, arguments = {{name, kind, optional, with_previous,
 * port_only, min, max}}, result, connects, result_before_ok}; number is the last
 * one of its section in the manual, 2.1 to 2.18 */
static void set_commands(lua_State *L) {
  lua_newtable(L);
  for (int id = 0; id < FTP_COMMAND_COUNT; id++) {
    push_command(L, (ftp_command_id)id);
    lua_setfield(L, -2, ftp_commands[id].word);
  }
  lua_setfield(L, -2, "commands");
}

/* settings[name] = {min, max} */
static void set_settings(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; i < FTP_SETTING_COUNT; i++) {
    lua_newtable(L);
    set_range(L, ftp_settings[i].min, ftp_settings[i].max);
    lua_setfield(L, -2, ftp_settings[i].name);
  }
  lua_setfield(L, -2, "settings");
}

void core_set_tables(lua_State *L) {
  set_commands(L);
  set_settings(L);
}
