-- Starts busted in the interpreter that runs this file: the program that distributions
-- install always uses the same one.
-- busted unloads the modules that a file of specs has loaded. luv crashes when it is loaded
-- again, as its loop belongs to the interpreter; what is loaded before stays.
pcall(require, "luv")

require("busted.runner")({ standalone = false })
