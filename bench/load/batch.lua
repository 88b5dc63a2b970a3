-- Batches of 100 events, as an SDK on a server sends them. The events are the lines of $EVENTS, again
-- and again, each time with a message id of its own.
dofile("bench/load/result.lua")

local kEvents = 100
local heads, tails = {}, {}
local line, message, run = 0, 0, os.time()
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Basic YmVuY2g6"}

function init()
  for text in io.lines(os.getenv("EVENTS")) do
    local head, tail = text:match('^(.*"messageId":")[^"]*(".*)$')
    heads[#heads + 1], tails[#tails + 1] = head, tail
  end
end

function request()
  local parts = {'{"batch":['}
  for i = 1, kEvents do
    line = line % #heads + 1
    message = message + 1
    parts[#parts + 1] = (i > 1 and "," or "") .. heads[line]
    parts[#parts + 1] = run .. "-" .. message
    parts[#parts + 1] = tails[line]
  end
  parts[#parts + 1] = "]}"
  return wrk.format("POST", "/v1/batch", headers, table.concat(parts))
end
