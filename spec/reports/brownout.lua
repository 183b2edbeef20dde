return {
  title = "a restart without a word, whose command is still answered",
  run = function(modem, assert)
    assert(modem:clean_up())
    assert(modem:activate())
    local session = assert(modem:login { host = "ftp.example.com", user = "joe", password = "x" })
    assert.equal("error", select(2, session:size("a.txt")).kind)
    assert.is_nil((session:pwd()))
    assert.equal(-73, assert(modem:signal()).dbm)
  end,
}
