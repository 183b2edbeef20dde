return {
  title = "a CLOSE of another program is waited for, whose 603 is no failure",
  run = function(modem, assert)
    assert(modem:clean_up())
    assert(modem:activate())
    local session = assert(modem:login { host = "ftp.example.com", user = "joe", password = "x" })
    assert.equal("/home/joe", session:pwd())
    assert.is_true(session:close())
  end,
}
