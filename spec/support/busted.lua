-- busted's own starter, for whichever interpreter runs this file: the program
-- that distributions install insists on one of its own.
require("busted.runner")({ standalone = false })
