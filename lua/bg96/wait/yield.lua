--- Waiting by yielding: for a scheduler of your own, which gets the descriptor,
-- "r", "w" or "rw", and seconds or nil from coroutine.resume(), and resumes with
-- true, or with nil and "timeout". Waking too early does no harm.
return function(fd, events, timeout)
  return coroutine.yield(fd, events, timeout)
end
