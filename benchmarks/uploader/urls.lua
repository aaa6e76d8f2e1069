-- For wrk: ask for the paths that a text file lists, one after the other.
-- wrk -s urls.lua ADDRESS -- FILE
local requests = {}
local last = 0

function init(arguments)
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end
