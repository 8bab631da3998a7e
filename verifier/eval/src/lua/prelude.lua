-- What a script sees of a request or a response that was not sent. What cannot be told ends the run by `unknown`. Names, results
-- and messages are those of source/extensions/filters/http/lua of Envoy.
local host, ASK = ...
local yield, select, next, tonumber, setmetatable, rawset = coroutine.yield, select, next, tonumber, setmetatable, rawset
local error, type, floor, concat, sort = error, type, math.floor, table.concat, table.sort
local globals = _G
local string_of, getmetatable, ipairs = tostring, getmetatable, ipairs
local real_pcall, real_xpcall, real_resume = pcall, xpcall, coroutine.resume

local function unknown(what)
  host.unknown(what)
  yield(ASK)
end

-- ---- the library

-- Tables that stand for what is not there offline.
local function closed(name)
  return setmetatable({}, { __index = function(_, key) unknown("what `" .. name .. "." .. string_of(key) .. "` gives") end })
end

for _, name in ipairs({ "os", "io", "debug", "package", "jit", "ffi" }) do _G[name] = closed(name) end
for _, name in ipairs({ "require", "dofile", "loadfile", "collectgarbage", "gcinfo", "newproxy" }) do
  _G[name] = function() unknown("what `" .. name .. "` gives") end
end
math.random = function() unknown("what `math.random` gives") end
math.randomseed = function() end
print = function() end

function tostring(value)
  local found = type(value)
  local meta = found == "table" and getmetatable(value)
  if (found == "table" and not (type(meta) == "table" and meta.__tostring)) or found == "function" or found == "thread"
    or found == "userdata" then
    unknown("the address of a " .. found)
  end
  return string_of(value)
end

-- Orders that Lua leaves open are those of the keys.
local function ordered(value)
  local keys = {}
  for key in next, value do keys[#keys + 1] = key end
  local rank = { number = 1, string = 2 }
  sort(keys, function(a, b)
    local left, right = rank[type(a)] or 3, rank[type(b)] or 3
    if left ~= right or left == 3 then return left < right end
    return a < b
  end)
  local at = 0
  return function()
    at = at + 1
    if keys[at] ~= nil then return keys[at], value[keys[at]] end
  end
end

function pairs(value)
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__pairs then return meta.__pairs(value) end
  if type(value) ~= "table" then error("bad argument #1 to 'pairs' (table expected, got " .. type(value) .. ")", 2) end
  return ordered(value)
end

-- A run that has taken too long is not caught.
local function checked(...)
  if host.is_over() then error("the run is over", 0) end
  return ...
end

function pcall(...) return checked(real_pcall(...)) end
function xpcall(...) return checked(real_xpcall(...)) end
coroutine.resume = function(...) return checked(real_resume(...)) end

-- ---- arguments

local function bad(position, name, wanted, got)
  error("bad argument #" .. position .. " to '" .. name .. "' (" .. wanted .. " expected, got " .. got .. ")", 4)
end

local function text(position, name, count, value)
  if type(value) == "number" then return string_of(value) end
  if type(value) ~= "string" then bad(position, name, "string", count < position and "no value" or type(value)) end
  return value
end

local function number(position, name, count, value)
  local converted = tonumber(value)
  if not converted then bad(position, name, "number", count < position and "no value" or type(value)) end
  return converted
end

local function cut(value)
  local zero = value:find("\0", 1, true)
  return zero and value:sub(1, zero - 1) or value
end

local function class(methods)
  for _, name in ipairs({ "logTrace", "logDebug", "logInfo", "logWarn", "logErr", "logCritical" }) do
    methods[name] = function(_, ...) host.log(cut(text(1, name, select("#", ...), (...)))) end
  end
  return { __index = methods, __metatable = methods }
end

-- ---- headers

local Headers = {}
local HeadersMeta = class(Headers)

local function modifiable(self)
  if self.iterating then error("header map cannot be modified while iterating", 3) end
  if self.which == 1 and not host.modify() then error("header map can no longer be modified", 3) end
end

function Headers:add(...)
  modifiable(self)
  local count, name, value = select("#", ...), ...
  host.add(self.which, cut(text(1, "add", count, name)), cut(text(2, "add", count, value)))
end

function Headers:replace(...)
  modifiable(self)
  local count, name, value = select("#", ...), ...
  host.replace(self.which, cut(text(1, "replace", count, name)), cut(text(2, "replace", count, value)))
end

function Headers:remove(...)
  modifiable(self)
  host.remove(self.which, cut(text(1, "remove", select("#", ...), (...))))
end

local function values(self, name)
  local found, made = host.values(self.which, name)
  if made then unknown("the value of the header `" .. name:lower() .. "`") end
  return found
end

function Headers:get(...)
  local found = values(self, text(1, "get", select("#", ...), (...)))
  if #found > 0 then return concat(found, ",") end
end

function Headers:getAtIndex(...)
  local count, name, index = select("#", ...), ...
  name, index = text(1, "getAtIndex", count, name), number(2, "getAtIndex", count, index)
  local value = values(self, name)[floor(index) + 1]
  if value then return value end
end

function Headers:getNumValues(...)
  return #values(self, text(1, "getNumValues", select("#", ...), (...)))
end

function Headers:setHttp1ReasonPhrase(...)
  modifiable(self)
  text(1, "setHttp1ReasonPhrase", select("#", ...), (...))
end

function HeadersMeta.__pairs(self)
  if self.iterating then error("cannot create a second iterator before completing the first", 2) end
  if self.which == 1 and host.is_response() then unknown("all headers of the response") end
  self.iterating = true
  local all, at = host.list(self.which), -1
  return function()
    at = at + 2
    if all[at] == nil then
      self.iterating = nil
      return
    end
    values(self, all[at])
    return all[at], all[at + 1]
  end
end

local made = {}
local function cached(name, meta, fields)
  if not made[name] then made[name] = setmetatable(fields or {}, meta) end
  return made[name]
end

-- ---- bodies

local Buffer = {}
local BufferMeta = class(Buffer)

function Buffer:length() return #host.body() end

function Buffer:getBytes(...)
  local count, index, length = select("#", ...), ...
  index, length = floor(number(1, "getBytes", count, index)), floor(number(2, "getBytes", count, length))
  local bytes = host.body()
  if index < 0 or length < 0 or index + length > #bytes then
    error("index/length must be >= 0 and (index + length) must be <= buffer size", 2)
  end
  return bytes:sub(index + 1, index + length)
end

function Buffer:setBytes(...)
  local bytes = text(1, "setBytes", select("#", ...), (...))
  host.set_body(bytes)
  return #bytes
end

-- ---- metadata

local Empty = {}
local EmptyMeta = class(Empty)
function Empty:get(...) text(1, "get", select("#", ...), (...)) end
function EmptyMeta.__pairs() return function() end end

local function plain(value, level)
  local found = type(value)
  if found == "table" then
    local out, numbers, size = {}, true, 0
    for key in next, value do
      if type(key) == "number" and key >= 1 and floor(key) == key then
        size = key > size and key or size
      else
        numbers = false
      end
    end
    if numbers and size > 0 then
      for at = 1, size do out[at] = plain(value[at], level + 1) end
      return out
    end
    for key, item in next, value do
      if type(key) ~= "string" then
        error("unexpected type " .. type(key) .. " in table key (only string keys are supported)", level)
      end
      out[key] = plain(item, level + 1)
    end
    return out
  end
  if found ~= "nil" and found ~= "number" and found ~= "boolean" and found ~= "string" then
    error("unexpected type '" .. found .. "' in dynamicMetadata", level)
  end
  return value
end

local Dynamic = {}
local DynamicMeta = class(Dynamic)
local dynamic = {}

function Dynamic:get(...)
  local name = text(1, "get", select("#", ...), (...))
  if host.is_written(name) then unknown("the metadata `" .. name .. "`") end
  if dynamic[name] then return plain(dynamic[name], 1) end
end

function Dynamic:set(...)
  if self.iterating then error("dynamic metadata map cannot be modified while iterating", 2) end
  local count, name, key, value = select("#", ...), ...
  name, key = text(1, "set", count, name), text(2, "set", count, key)
  value = plain(value, 3)
  dynamic[name] = dynamic[name] or {}
  dynamic[name][key] = value
  host.write(name)
end

function DynamicMeta.__pairs(self)
  if host.is_written() then unknown("the metadata of other filters") end
  if self.iterating then error("cannot create a second iterator before completing the first", 2) end
  self.iterating = true
  local following = ordered(dynamic)
  return function()
    local name, fields = following()
    if name == nil then
      self.iterating = nil
      return
    end
    return name, plain(fields, 1)
  end
end

-- ---- stream and connection

local function open(what) return function() unknown(what) end end

local Ssl = {}
local SslMeta = { __index = function(_, name) return open("what `" .. string_of(name) .. "` of the TLS session gives") end }

local function ssl()
  if not host.has_tls() then return nil end
  return setmetatable(Ssl, SslMeta)
end

local Info = {
  downstreamSslConnection = ssl,
  dynamicTypedMetadata = open("typed metadata"),
  filterState = open("the filter state"),
  downstreamLocalAddress = open("the address of the proxy"),
  downstreamDirectLocalAddress = open("the address of the proxy"),
  downstreamRemoteAddress = open("the port of the client"),
  downstreamDirectRemoteAddress = open("the port of the client"),
  drainConnectionUponCompletion = open("what becomes of the connection"),
}
local InfoMeta = class(Info)
for _, name in ipairs({ "protocol", "routeName", "virtualClusterName", "requestedServerName" }) do
  Info[name] = function() return host.fact(name) end
end
function Info:dynamicMetadata() return cached("dynamic", DynamicMeta) end

local ConnectionMeta = class({ ssl = ssl })
local ConnectionInfoMeta = class({
  dynamicMetadata = function() return cached("empty", EmptyMeta) end,
  dynamicTypedMetadata = open("typed metadata"),
})
local LevelMeta = class({ metadata = function() return cached("empty", EmptyMeta) end })

local CounterMeta = class({ inc = function() end, add = function() end, value = open("a statistic") })
local function statistic() return setmetatable({}, CounterMeta) end
local StatsMeta = class({ counter = statistic, gauge = open("a gauge"), histogram = open("a histogram") })

-- ---- the handle

local Handle = {}
local HandleMeta = class(Handle)

function Handle:headers() return cached("headers", HeadersMeta, { which = 1 }) end
function Handle:requestHeaders()
  if not host.is_response() then return self:headers() end
  return cached("request", HeadersMeta, { which = 2 })
end

function Handle:body(...)
  local always = ...
  if select("#", ...) > 0 and type(always) ~= "boolean" then bad(1, "body", "boolean", type(always)) end
  local state = host.body_state()
  if state == "unknown" then unknown("the body") end
  if state == "absent" then
    if not always then return end
    host.set_empty()
  else
    -- The script has waited: objects from before are gone.
    made.headers, made.request = nil, nil
  end
  return cached("body", BufferMeta)
end

function Handle:bodyChunks()
  if host.body_state() == "absent" then return function() end end
  return open("the parts of the body")
end

function Handle:trailers()
  if host.body_state() ~= "absent" then unknown("the trailers") end
end

local function header_list(given)
  local out = {}
  local function put(name, value)
    if type(value) ~= "string" and type(value) ~= "number" then
      error("header value must be a string, got " .. type(value), 4)
    end
    out[#out + 1], out[#out + 2] = name, cut(string_of(value))
  end
  for name, value in pairs(given) do
    if type(name) ~= "string" then error("header key must be a string, got " .. type(name), 3) end
    if type(value) == "table" then
      for _, one in pairs(value) do put(name, one) end
    else
      put(name, value)
    end
  end
  return out
end

function Handle:respond(...)
  local count, given, body = select("#", ...), ...
  if type(given) ~= "table" then bad(1, "respond", "table", count < 1 and "no value" or type(given)) end
  if body ~= nil then body = text(2, "respond", count, body) end
  local list, status = header_list(given), nil
  for at = 1, #list, 2 do
    if list[at]:lower() == ":status" then status = status or tonumber(list[at + 1]) end
  end
  if not status or floor(status) ~= status or status < 200 or status >= 600 then
    error(":status must be between 200-599", 2)
  end
  if host.is_response() then error("respond not currently supported in the response path", 2) end
  host.respond(status, list, body or "")
  yield(ASK)
end

Handle.httpCall = open("what `httpCall` gives")
Handle.timestamp = open("the time")
Handle.timestampString = open("the time")
Handle.importPublicKey = open("what `importPublicKey` gives")
Handle.verifySignature = open("what `verifySignature` gives")
Handle.setUpstreamOverrideHost = open("which endpoint `setUpstreamOverrideHost` leads to")

function Handle:clearRouteCache() host.clear() end
function Handle:metadata() return cached("empty", EmptyMeta) end
function Handle:filterContext() return cached("empty", EmptyMeta) end
function Handle:virtualHost() return cached("level", LevelMeta) end
function Handle:route() return cached("level", LevelMeta) end
function Handle:streamInfo() return cached("info", InfoMeta) end
function Handle:connection() return cached("connection", ConnectionMeta) end
function Handle:connectionStreamInfo() return cached("connection_info", ConnectionInfoMeta) end
function Handle:stats() return cached("stats", StatsMeta) end
function Handle:base64Escape(...) return host.escape(text(1, "base64Escape", select("#", ...), (...))) end
function Handle:base64Decode(...) return host.unescape(text(1, "base64Decode", select("#", ...), (...))) end

EnvoyTimestampResolution = { MILLISECOND = 0, MICROSECOND = 1 }

-- What a script keeps from one request to the next is not known: a global that is read and then written tells of it.
local function guard()
  local base, read = {}, {}
  for name, value in next, globals do base[name] = value end
  for name in next, base do rawset(globals, name, nil) end
  setmetatable(globals, {
    __index = function(_, name)
      read[name] = true
      return base[name]
    end,
    __newindex = function(_, name, value)
      if read[name] then unknown("what an earlier request has left in `" .. string_of(name) .. "`") end
      rawset(globals, name, value)
    end,
  })
end

return function()
  guard()
  return setmetatable({}, HandleMeta)
end
