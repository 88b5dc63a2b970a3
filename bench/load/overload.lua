-- Batches of as many events as one may have, made once, so that the sender can offer many times what a server takes.
-- Without message ids, so that every event counts.
dofile("bench/load/result.lua")

local kBodies, kEvents, kUsers = 8, tonumber(os.getenv("EVENTS_OF_A_BATCH")), 10000
local requests, next_request = {}, 0
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Basic YmVuY2g6"}

function init()
  for i = 1, kBodies do
    local events = {}
    for j = 1, kEvents do
      local number = i * kEvents + j
      events[j] = string.format(
        '{"type":"track","event":"Product Viewed","userId":"u%d","properties":{"product_id":"p%d","category":"c%d","price":%d.5}}',
        number % kUsers, number % 500, number % 10, number % 100)
    end
    requests[i] = wrk.format("POST", "/v1/batch", headers, '{"batch":[' .. table.concat(events, ",") .. "]}")
  end
end

function request()
  next_request = next_request % kBodies + 1
  return requests[next_request]
end
