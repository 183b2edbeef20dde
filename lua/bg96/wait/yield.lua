--- Waiting by yielding, for a scheduler of your own. coroutine.resume() gives it the
-- descriptor, "r", "w" or "rw", and seconds or nil; with a descriptor of -1 the events
-- are nil, and only the time counts. It resumes the coroutine with true, or with nil and
-- "timeout". Waking too early does no harm.
return function(fd, events, timeout)
  return coroutine.yield(fd, events, timeout)
end
