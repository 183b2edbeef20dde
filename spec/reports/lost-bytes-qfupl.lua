return {
  title = "a QFUPL that ends well with less than was sent is no success",
  run = function(modem, assert)
    assert(modem:clean_up())
    assert(modem:activate())
    local session = assert(modem:login { host = "ftp.example.com", user = "joe", password = "x" })
    local count, err = session:put("a.txt", ("x"):rep(1000), { via = "ufs" })
    assert.is_nil(count)
    assert.same({ "verify", "+QFUPL", 0 }, { err.kind, err.command, err.transferred })
    assert.is_true(session:close())
  end,
}
