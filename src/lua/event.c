#include "lua/event.h"

#include "at/mask.h"
#include "lua/text.h"

static void push_trace(lua_State *L, const at_event *event) {
  lua_pushstring(L, event->outgoing ? ">" : "<");
  if (event->payload > 0) {
    lua_pushfstring(L, "(%d bytes of payload)", (int)event->payload);
  } else if (event->secret) {
    lua_pushfstring(L, "*** (%d bytes not understood)", (int)event->len);
  } else {
    char masked[AT_LINE_SIZE + 3];
    size_t len = at_mask_secrets(event->text, event->len, masked, sizeof masked);
    core_push_escaped(L, masked, len);
  }
}

int core_push_event(lua_State *L, const at_event *event) {
  switch (event->type) {
    case AT_EVENT_TRACE:
      lua_pushliteral(L, "trace");
      push_trace(L, event);
      return 3;
    case AT_EVENT_URC: lua_pushliteral(L, "urc"); break;
    case AT_EVENT_DATA: lua_pushliteral(L, "data"); break;
    default: lua_pushliteral(L, "line"); break;
  }
  lua_pushlstring(L, event->text, event->len);
  return 2;
}
