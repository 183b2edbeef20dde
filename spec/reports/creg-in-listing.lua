return {
  title = "registration is told between OK and the result of a listing",
  run = function(modem, assert)
    local told = {}
    assert(modem:clean_up())
    modem:on("+CREG", function(line) told[#told + 1] = line end)
    assert(modem:activate())
    local session = assert(modem:login { host = "ftp.example.com", user = "joe", password = "x" })
    assert.equal(1, #assert(session:nlst("logs")))
    assert.same({ "+CREG: 5" }, told)
    assert.is_true(session:close())
  end,
}
