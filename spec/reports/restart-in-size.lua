return {
  title = "the module restarts between OK and the result",
  run = function(modem, assert)
    assert(modem:clean_up())
    assert(modem:activate())
    local session = assert(modem:login { host = "ftp.example.com", user = "joe", password = "x" })
    local size, err = session:size("a.txt")
    assert.is_nil(size)
    assert.equal("reset", err.kind)
    assert.equal(-73, modem:signal().dbm)
    assert.equal("closed", select(2, session:pwd()).kind)
  end,
}
