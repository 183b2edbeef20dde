return {
  title = "from RDY to APP RDY every command is answered ERROR",
  run = function(modem, assert)
    assert(modem:clean_up())
    assert.is_true(modem:reboot())
    assert.equal(-73, assert(modem:signal()).dbm)
  end,
}
