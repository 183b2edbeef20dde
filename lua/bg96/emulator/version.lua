--- The version of the emulator, which is released with the library and has the same.
return "1.0.0"
