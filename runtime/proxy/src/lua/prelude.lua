-- What scripts see of a stream. Whatever waits asks the proxy by a yield whose first value is ASK; names and messages are
-- those of source/extensions/filters/http/lua and source/extensions/filters/common/lua of Envoy.
local host, ASK = ...
local yield, select, next, tonumber, setmetatable = coroutine.yield, select, next, tonumber, setmetatable
local error, type, tostring, floor = error, type, tostring, math.floor

local function kind(count, value) return count == 0 and "no value" or type(value) end

local function bad(position, name, wanted, got)
  error("bad argument #" .. position .. " to '" .. name .. "' (" .. wanted .. " expected, got " .. got .. ")", 4)
end

-- A string; a number becomes one.
local function text(position, name, count, value)
  if type(value) == "number" then return tostring(value) end
  if type(value) ~= "string" then bad(position, name, "string", count < position and "no value" or type(value)) end
  return value
end

local function number(position, name, count, value)
  local converted = tonumber(value)
  if not converted then bad(position, name, "number", count < position and "no value" or type(value)) end
  return converted
end

-- A string that ends where C ends it.
local function cut(value)
  local zero = value:find("\0", 1, true)
  return zero and value:sub(1, zero - 1) or value
end

local function live(self)
  if host.epoch(self.stream) ~= self.epoch then error("object used outside of proper scope", 3) end
end

local function class(methods)
  for level, name in ipairs({ "logTrace", "logDebug", "logInfo", "logWarn", "logErr", "logCritical" }) do
    methods[name] = function(self, ...)
      live(self)
      host.log(self.stream, level, cut(text(1, name, select("#", ...), (...))))
    end
  end
  local meta = { __index = methods, __metatable = methods }
  methods.__index = methods
  return meta
end

local function object(meta, stream, fields)
  fields = fields or {}
  fields.stream, fields.epoch = stream, host.epoch(stream)
  return setmetatable(fields, meta)
end

-- The object of this kind that the script has got since it last waited.
local function cached(self, name, make)
  local found = self.made[name]
  if not found or found.epoch ~= host.epoch(self.stream) then
    found = make(self)
    self.made[name] = found
  end
  return found
end

-- ---- headers

local Headers = {}
local HeadersMeta = class(Headers)

local function modifiable(self)
  if self.iterating then error("header map cannot be modified while iterating", 3) end
  if self.which == 1 and not host.modify(self.stream) then error("header map can no longer be modified", 3) end
end

function Headers:add(...)
  live(self)
  modifiable(self)
  local count, name, value = select("#", ...), ...
  host.add(self.stream, self.which, cut(text(1, "add", count, name)), cut(text(2, "add", count, value)))
end

function Headers:replace(...)
  live(self)
  modifiable(self)
  local count, name, value = select("#", ...), ...
  host.replace(self.stream, self.which, cut(text(1, "replace", count, name)), cut(text(2, "replace", count, value)))
end

function Headers:remove(...)
  live(self)
  modifiable(self)
  host.remove(self.stream, self.which, cut(text(1, "remove", select("#", ...), (...))))
end

function Headers:get(...)
  live(self)
  local values = host.values(self.stream, self.which, text(1, "get", select("#", ...), (...)))
  if #values > 0 then return table.concat(values, ",") end
end

function Headers:getAtIndex(...)
  live(self)
  local count, name, index = select("#", ...), ...
  name, index = text(1, "getAtIndex", count, name), number(2, "getAtIndex", count, index)
  local value = host.values(self.stream, self.which, name)[floor(index) + 1]
  if value then return value end
end

function Headers:getNumValues(...)
  live(self)
  return #host.values(self.stream, self.which, text(1, "getNumValues", select("#", ...), (...)))
end

function Headers:setHttp1ReasonPhrase(...)
  live(self)
  modifiable(self)
  host.reason(self.stream, self.which, text(1, "setHttp1ReasonPhrase", select("#", ...), (...)))
end

function HeadersMeta.__pairs(self)
  live(self)
  if self.iterating then error("cannot create a second iterator before completing the first", 2) end
  self.iterating = true
  local all, at = host.list(self.stream, self.which), -1
  return function()
    live(self)
    at = at + 2
    if all[at] == nil then
      self.iterating = nil
      return
    end
    return all[at], all[at + 1]
  end
end

local function headers(stream, which) return object(HeadersMeta, stream, { which = which }) end

-- ---- bodies

local Buffer = {}
local BufferMeta = class(Buffer)

function Buffer:length()
  live(self)
  return host.length(self.stream, self.chunk)
end

function Buffer:getBytes(...)
  live(self)
  local count, index, length = select("#", ...), ...
  index, length = floor(number(1, "getBytes", count, index)), floor(number(2, "getBytes", count, length))
  local bytes = index >= 0 and length >= 0 and host.bytes(self.stream, self.chunk, index, length)
  if not bytes then error("index/length must be >= 0 and (index + length) must be <= buffer size", 2) end
  return bytes
end

function Buffer:setBytes(...)
  live(self)
  return host.set_bytes(self.stream, self.chunk, text(1, "setBytes", select("#", ...), (...)))
end

-- ---- metadata and filter state: tables that were read when they were asked for

local Map = {}
local MapMeta = class(Map)

function Map:get(...)
  live(self)
  local value = self.read(self)[text(1, "get", select("#", ...), (...))]
  if value ~= nil then return value end
end

function MapMeta.__pairs(self)
  live(self)
  if self.iterating then error("cannot create a second iterator before completing the first", 2) end
  self.iterating = true
  local values, key = self.read(self), nil
  return function()
    live(self)
    local value
    key, value = next(values, key)
    if key == nil then
      self.iterating = nil
      return
    end
    return key, value
  end
end

local Dynamic = {}
local DynamicMeta = class(Dynamic)
Dynamic.get, DynamicMeta.__pairs = Map.get, MapMeta.__pairs

local function plain(value, level)
  local found = type(value)
  if found == "table" then
    local size, list = 0, true
    for key in next, value do
      if type(key) == "number" and key >= 1 and floor(key) == key then
        size = key > size and key or size
      else
        list = false
      end
    end
    local out = {}
    if list and size > 0 then
      for at = 1, size do out[at] = plain(value[at], level + 1) end
      return { list = out, size = size }
    end
    for key, item in next, value do
      if type(key) ~= "string" then
        error("unexpected type " .. type(key) .. " in table key (only string keys are supported)", level)
      end
      out[key] = plain(item, level + 1)
    end
    return { fields = out }
  end
  if found ~= "nil" and found ~= "number" and found ~= "boolean" and found ~= "string" then
    error("unexpected type '" .. found .. "' in dynamicMetadata", level)
  end
  return { value = value }
end

function Dynamic:set(...)
  live(self)
  if self.iterating then error("dynamic metadata map cannot be modified while iterating", 2) end
  local count, name, key, value = select("#", ...), ...
  name, key = text(1, "set", count, name), text(2, "set", count, key)
  host.set_metadata(self.stream, cut(name), cut(key), plain(value, 3))
end

local Fixed = {}
local FixedMeta = class(Fixed)
Fixed.get, FixedMeta.__pairs = Map.get, MapMeta.__pairs

local FilterState = {}
local FilterStateMeta = class(FilterState)

function FilterState:get(...)
  live(self)
  local value = host.state(self.stream, cut(text(1, "get", select("#", ...), (...))))
  if value and select(2, ...) == nil then return value end
end

function FilterState:set(...)
  live(self)
  local count, key, factory, value = select("#", ...), ...
  key, factory, value = text(1, "set", count, key), text(2, "set", count, factory), text(3, "set", count, value)
  if factory ~= "envoy.string" then error("'" .. factory .. "' does not have an object factory", 2) end
  host.set_state(self.stream, key, value)
end

-- ---- connection and stream

local Ssl = {}
local SslMeta = class(Ssl)
for _, name in ipairs(host.ssl_names) do
  Ssl[name] = function(self)
    live(self)
    return host.ssl(self.stream, name)
  end
end

local function ssl(self)
  live(self)
  if not host.has_ssl(self.stream) then return nil end
  return object(SslMeta, self.stream)
end

local Connection = { ssl = ssl }
local ConnectionMeta = class(Connection)

local ConnectionInfo = {}
local ConnectionInfoMeta = class(ConnectionInfo)

function ConnectionInfo:dynamicMetadata()
  live(self)
  return object(FixedMeta, self.stream, { read = function(map) return host.connection_metadata(map.stream) end })
end

function ConnectionInfo:dynamicTypedMetadata() live(self) end

local Info = { downstreamSslConnection = ssl }
local InfoMeta = class(Info)
for _, name in ipairs(host.fact_names) do
  Info[name] = function(self)
    live(self)
    return host.fact(self.stream, name)
  end
end

function Info:dynamicMetadata()
  live(self)
  return cached(self, "dynamic", function()
    return object(DynamicMeta, self.stream, { read = function(map) return host.metadata(map.stream) end })
  end)
end

function Info:dynamicTypedMetadata() live(self) end

function Info:filterState()
  live(self)
  return object(FilterStateMeta, self.stream)
end

function Info:drainConnectionUponCompletion()
  live(self)
  host.drain(self.stream)
end

local RouteLevel = {}
local RouteLevelMeta = class(RouteLevel)

function RouteLevel:metadata()
  live(self)
  return object(MapMeta, self.stream, { read = self.read })
end

local PublicKey = {}
local PublicKeyMeta = class(PublicKey)

function PublicKey:get()
  live(self)
  return self.key
end

-- ---- statistics

local Counter, Histogram = {}, {}
local CounterMeta, HistogramMeta = class(Counter), class(Histogram)

function Counter:inc()
  live(self)
  host.count(self.stream, self.name, 1)
end

function Counter:add(...)
  live(self)
  host.count(self.stream, self.name, number(1, "add", select("#", ...), (...)))
end

function Counter:value()
  live(self)
  return host.counted(self.stream, self.name)
end

local Stats = {}
local StatsMeta = class(Stats)

function Stats:counter(...)
  live(self)
  local name = text(1, "counter", select("#", ...), (...))
  host.count(self.stream, name, 0)
  return object(CounterMeta, self.stream, { name = name })
end

function Stats:gauge() error("gauges of scripts are not supported by this proxy", 2) end
function Stats:histogram() error("histograms of scripts are not supported by this proxy", 2) end

-- ---- the stream

local Handle = {}
local HandleMeta = { __index = Handle, __metatable = Handle }

local function awake(self)
  if not host.epoch(self.stream) then error("object used outside of proper scope", 3) end
end

for level, name in ipairs({ "logTrace", "logDebug", "logInfo", "logWarn", "logErr", "logCritical" }) do
  Handle[name] = function(self, ...)
    awake(self)
    host.log(self.stream, level, cut(text(1, name, select("#", ...), (...))))
  end
end

function Handle:headers()
  awake(self)
  return cached(self, "headers", function() return headers(self.stream, 1) end)
end

function Handle:requestHeaders()
  awake(self)
  return cached(self, "request", function() return headers(self.stream, host.is_response(self.stream) and 3 or 1) end)
end

function Handle:body(...)
  awake(self)
  local always = ...
  if select("#", ...) > 0 and type(always) ~= "boolean" then bad(1, "body", "boolean", type(always)) end
  local ended, saw, buffered = host.progress(self.stream)
  if ended and saw and not buffered then error("cannot call body() after body has been streamed", 2) end
  if not ended and saw then error("cannot call body() after body streaming has started", 2) end
  if not ended then yield(ASK, "body") end
  if not host.has_body(self.stream, always or false) then return end
  return cached(self, "body", function() return object(BufferMeta, self.stream, { chunk = false }) end)
end

function Handle:bodyChunks()
  awake(self)
  local _, saw = host.progress(self.stream)
  if saw then error("cannot call bodyChunks after body processing has begun", 2) end
  return function()
    awake(self)
    if host.progress(self.stream) then return end
    if yield(ASK, "chunk") then return object(BufferMeta, self.stream, { chunk = true }) end
  end
end

function Handle:trailers()
  awake(self)
  if not host.progress(self.stream) then yield(ASK, "trailers") end
  if not host.has_trailers(self.stream) then return end
  return cached(self, "trailers", function() return headers(self.stream, 2) end)
end

-- Names and values one after the other.
local function header_list(given)
  local out = {}
  local function put(name, value)
    if type(value) ~= "string" and type(value) ~= "number" then
      error("header value must be a string, got " .. type(value), 4)
    end
    out[#out + 1], out[#out + 2] = name, cut(tostring(value))
  end
  for name, value in next, given do
    if type(name) ~= "string" then error("header key must be a string, got " .. type(name), 3) end
    if type(value) == "table" then
      for _, one in next, value do put(name, one) end
    else
      put(name, value)
    end
  end
  return out
end

local function body_text(position, name, value)
  if value == nil then return nil end
  return text(position, name, position, value)
end

function Handle:respond(...)
  awake(self)
  local count, given, body = select("#", ...), ...
  if host.is_continued(self.stream) then
    error("respond() cannot be called if headers have been continued", 2)
  end
  if type(given) ~= "table" then bad(1, "respond", "table", kind(count, given)) end
  body = body_text(2, "respond", body)
  local list = header_list(given)
  local status
  for at = 1, #list, 2 do
    if list[at]:lower() == ":status" then status = status or tonumber(list[at + 1]) end
  end
  if not status or floor(status) ~= status or status < 200 or status >= 600 then
    error(":status must be between 200-599", 2)
  end
  if host.is_response(self.stream) then error("respond not currently supported in the response path", 2) end
  yield(ASK, "respond", status, list, body)
end

local OPTIONS = { asynchronous = true, timeout_ms = true, trace_sampled = true, return_duplicate_headers = true,
  send_xff = true }

local function call_options(count, fifth, sixth)
  if type(fifth) == "table" then
    for key in next, fifth do
      if not OPTIONS[key] then error('"' .. tostring(key) .. '" is not valid key for httpCall() options', 3) end
    end
    if (fifth.timeout_ms or 0) < 0 then error("http call timeout must be >= 0", 3) end
    return fifth
  end
  if count >= 5 and type(sixth) ~= "boolean" then
    error("http call asynchronous flag must be 'true', 'false', or empty", 3)
  end
  local timeout = tonumber(fifth)
  if not timeout then bad(4, "httpCall", "number", count < 4 and "no value" or type(fifth)) end
  if timeout < 0 then error("http call timeout must be >= 0", 3) end
  return { timeout_ms = timeout, asynchronous = sixth }
end

function Handle:httpCall(...)
  awake(self)
  local count, cluster, given, body, fifth, sixth = select("#", ...), ...
  local options = call_options(count, fifth, sixth)
  cluster = text(1, "httpCall", count, cluster)
  if type(given) ~= "table" then bad(2, "httpCall", "table", count < 2 and "no value" or type(given)) end
  body = body_text(3, "httpCall", body)
  if not host.has_cluster(self.stream, cluster) then error("http call cluster invalid. Must be configured", 2) end
  local list = header_list(given)
  local seen = {}
  for at = 1, #list, 2 do seen[list[at]:lower()] = true end
  if not (seen[":path"] and seen[":method"] and (seen[":authority"] or seen.host)) then
    error("http call headers must include ':path', ':method', and ':authority'", 2)
  end
  local asynchronous = options.asynchronous and true or false
  local answer, answer_body = yield(ASK, "call", cluster, list, body, options.timeout_ms or 0, asynchronous)
  if asynchronous then return end
  local out = {}
  for at = 1, #answer, 2 do
    local name, value, before = answer[at], answer[at + 1], out[answer[at]]
    if options.return_duplicate_headers and before then
      if type(before) == "string" then
        out[name] = { before, value }
      else
        before[#before + 1] = value
      end
    else
      out[name] = value
    end
  end
  return out, answer_body
end

function Handle:metadata()
  awake(self)
  if host.is_stale(self.stream) then yield(ASK, "route") end
  return cached(self, "metadata", function()
    return object(MapMeta, self.stream, { read = function(map) return host.route_metadata(map.stream, "any") end })
  end)
end

local function route_level(self, level)
  if host.is_stale(self.stream) then yield(ASK, "route") end
  return object(RouteLevelMeta, self.stream, { read = function(map) return host.route_metadata(map.stream, level) end })
end

function Handle:virtualHost()
  awake(self)
  return route_level(self, "host")
end

function Handle:route()
  awake(self)
  return route_level(self, "route")
end

function Handle:filterContext()
  awake(self)
  return cached(self, "context", function()
    return object(MapMeta, self.stream, { read = function(map) return host.context(map.stream) end })
  end)
end

function Handle:streamInfo()
  awake(self)
  return cached(self, "info", function() return object(InfoMeta, self.stream, { made = {} }) end)
end

function Handle:connection()
  awake(self)
  return cached(self, "connection", function() return object(ConnectionMeta, self.stream) end)
end

function Handle:connectionStreamInfo()
  awake(self)
  return cached(self, "connection_info", function() return object(ConnectionInfoMeta, self.stream) end)
end

function Handle:stats()
  awake(self)
  return cached(self, "stats", function() return object(StatsMeta, self.stream) end)
end

function Handle:clearRouteCache()
  awake(self)
  host.clear_route(self.stream)
end

function Handle:setUpstreamOverrideHost(...)
  awake(self)
  local count, address, strict = select("#", ...), ...
  address = text(1, "setUpstreamOverrideHost", count, address)
  if count >= 2 and type(strict) ~= "boolean" then bad(2, "setUpstreamOverrideHost", "boolean", type(strict)) end
  if not host.override(self.stream, address, strict or false) then error("host is not a valid IP address", 2) end
end

function Handle:base64Escape(...)
  awake(self)
  return host.escape(text(1, "base64Escape", select("#", ...), (...)))
end

function Handle:base64Decode(...)
  awake(self)
  return host.unescape(text(1, "base64Decode", select("#", ...), (...)))
end

local function resolution(value)
  if value == nil or value == "" then return 0 end
  return tonumber(value)
end

function Handle:timestamp(unit)
  awake(self)
  if resolution(unit) ~= 0 then error("timestamp format must be MILLISECOND.", 2) end
  return floor(host.micros() / 1000)
end

function Handle:timestampString(unit)
  awake(self)
  local wanted = resolution(unit)
  if wanted == 0 then return ("%.0f"):format(floor(host.micros() / 1000)) end
  if wanted == 1 then return ("%.0f"):format(host.micros()) end
  error("timestamp format must be MILLISECOND or MICROSECOND.", 2)
end

function Handle:importPublicKey(...)
  awake(self)
  local count, key, length = select("#", ...), ...
  key, length = text(1, "importPublicKey", count, key), number(2, "importPublicKey", count, length)
  local made = self.made.key
  if not made or made.epoch ~= host.epoch(self.stream) then
    local known = host.is_key(key:sub(1, length))
    if known then self.keys[key:sub(1, length)] = true end
    made = object(PublicKeyMeta, self.stream, { key = known and key or nil })
    self.made.key = made
  end
  return made
end

function Handle:verifySignature(...)
  awake(self)
  local count, hash, key, signature, signature_length, clear, clear_length = select("#", ...), ...
  hash, key = text(1, "verifySignature", count, hash), text(2, "verifySignature", count, key)
  if not self.keys[key] then error("invalid public key", 2) end
  signature = text(3, "verifySignature", count, signature):sub(1, number(4, "verifySignature", count, signature_length))
  clear = text(5, "verifySignature", count, clear):sub(1, number(6, "verifySignature", count, clear_length))
  local fault = host.verify(hash, key, signature, clear)
  if fault then return false, fault end
  return true, nil
end

EnvoyTimestampResolution = { MILLISECOND = 0, MICROSECOND = 1 }

return function(stream) return setmetatable({ stream = stream, made = {}, keys = {} }, HandleMeta) end
