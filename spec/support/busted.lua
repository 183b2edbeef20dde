-- Starts busted in the interpreter that runs this file: the program that distributions
-- install always uses the same one.
require("busted.runner")({ standalone = false })
