/* The pump: moves bytes between port and modem, a bounded amount a step. */
#ifndef BG96_LUA_PUMP_H
#define BG96_LUA_PUMP_H

#include "lua/modem.h"

/* Moves what can be moved. Fills `event` and returns true when there is
 * something to tell; false when `t`, which may be NULL, has ended or wants
 * something, or when there is nothing to do but wait. The port must not be lost. */
bool core_pump(core_modem *m, const modem_task *t, at_event *event);

#endif
