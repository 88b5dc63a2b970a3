-- The pixel on the pages of a shop, asked for by ten thousand visitors who have been there before.
dofile("bench/load/result.lua")

local requests, next_request = {}, 0

function init()
  for i = 1, 10000 do
    requests[i] = wrk.format("GET", "/pixel.gif?event=Product%20Viewed&writeKey=bench&product_id=p" .. i % 500, {
      ["Cookie"] = string.format("mr_id=%032x", i),
      ["Referer"] = "https://shop.example/p/" .. i % 500,
      ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36",
      ["Accept"] = "image/avif,image/webp,*/*;q=0.8",
      ["Accept-Language"] = "en",
    })
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end
