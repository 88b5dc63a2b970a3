-- Batches of as many events as one may have, made once, so that the sender can offer many times what a server takes.
-- Without message ids, so that every event counts. Of 200,000 visitors, some come much more often than others.
dofile("bench/load/result.lua")

local kBodies, kEvents = 80, tonumber(os.getenv("EVENTS_OF_A_BATCH"))
local requests = {}
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Basic YmVuY2g6"}

function init()
  for i = 1, kBodies do
    local events = {}
    for j = 1, kEvents do
      local number = i * kEvents + j
      events[j] = string.format(
        '{"type":"track","event":"Product Viewed","userId":"u%d","properties":{"product_id":"p%d","category":"c%d","price":%d.5}}',
        number, number % 500, number % 10, number % 100)
    end
    requests[i] = wrk.format("POST", "/v1/batch", headers, '{"batch":[' .. table.concat(events, ",") .. "]}")
  end
end

function request()
  return requests[math.floor(kBodies * math.random() ^ 3) + 1]
end
