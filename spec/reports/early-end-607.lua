return {
  title = "a download that the server cuts ends with 607, and +QIND lines follow",
  run = function(modem, assert)
    assert(modem:clean_up())
    assert(modem:activate())
    local session = assert(modem:login { host = "ftp.example.com", user = "joe", password = "x" })
    local content, err = session:get("firmware.bin")
    assert.is_nil(content)
    assert.same({ "ftp", 607, 426, 24576 }, { err.kind, err.code, err.protocol, err.transferred })
    assert.equal("idle", session:stat())
    assert.is_true(session:close())
  end,
}
