return {
  title = "+CME ERROR: 615 in place of CONNECT, then 603 until CLOSE has ended",
  run = function(modem, assert)
    assert(modem:clean_up())
    assert(modem:activate())
    local login = { host = "ftp.example.com", user = "joe", password = "x" }
    local session = assert(modem:login(login))
    local content, err = session:get("a.txt")
    assert.is_nil(content)
    assert.same({ "ftp", 615, 0 }, { err.kind, err.code, err.transferred })
    assert.equal(603, select(2, session:size("a.txt")).code)
    assert.is_true(session:close())
    assert(modem:login(login))
  end,
}
