-- Asks Oarlock's decision API about a request, from `http-request lua.oarlock`.
-- Before `lua-load`: setenv OARLOCK_URL, OARLOCK_MILLISECONDS and OARLOCK_HEADERS (separated by commas).
--   200: the listed headers become Oarlock's, or are removed where it sends none; txn.oarlock is set to "allowed".
--   3xx, 4xx: Oarlock's status, headers and body are the client's answer.
--   Anything else, no answer in time and every error in here: 503. Nothing in here lets a request pass by default.
local url = assert(os.getenv("OARLOCK_URL"), "OARLOCK_URL is missing")
local milliseconds = assert(tonumber(os.getenv("OARLOCK_MILLISECONDS")), "OARLOCK_MILLISECONDS is no number")
local names = assert(os.getenv("OARLOCK_HEADERS"), "OARLOCK_HEADERS is missing")

-- `X_User` and `x-user` are one header to many upstreams.
local function plain(name)
  return (name:lower():gsub("_", "-"))
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end

local owned = {}
for name in names:gmatch("[^,%s]+") do owned[#owned + 1] = plain(name) end
local is_owned = set_of(owned)

-- Of a connection and not of a request, or of a body that the check does not carry.
local of_connection = set_of {
  "connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "expect",
  "content-length",
}
-- Headers that describe the request in the check: they replace the client's own.
local forwarded = set_of {
  "x-forwarded-method", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-uri", "x-forwarded-for",
  "x-forwarded-content-length",
}

-- {name = {[0] = value, ...}}, as HAProxy has it, to {name = {value, ...}} without the names that `skip` has.
local function copied(headers, skip)
  local copy = {}
  for name, values in pairs(headers) do
    if not skip(plain(name)) then
      local list = {}
      for i = 0, #values do list[#list + 1] = values[i] end
      copy[name] = list
    end
  end
  return copy
end

local function check_headers(txn)
  local headers = copied(txn.http:req_get_headers(), function(name)
    return of_connection[name] or forwarded[name]
  end)
  headers["x-forwarded-method"] = { txn.f:method() }
  headers["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" }
  headers["x-forwarded-host"] = { txn.f:req_hdr("host") or "" }
  headers["x-forwarded-uri"] = { txn.f:pathq() or "" }
  headers["x-forwarded-for"] = { txn.f:src() }
  -- What announces a body: with it, a rule that reads the body denies a GET that has one.
  headers["x-forwarded-content-length"] = { txn.f:req_hdr("transfer-encoding") or txn.f:req_hdr("content-length") or "" }
  return headers
end

-- Every spelling goes, so that what is set afterwards is the only one.
local function remove_owned(txn)
  for name in pairs(txn.http:req_get_headers()) do
    if is_owned[plain(name)] then txn.http:req_del_header(name) end
  end
end

local function allow(txn, answer)
  for _, name in ipairs(owned) do
    for _, value in ipairs(copied(answer.headers, function(other) return other ~= name end)[name] or {}) do
      txn.http:req_add_header(name, value)
    end
  end
  txn:set_var("txn.oarlock", "allowed")
end

local function denial(txn, answer)
  local reply = txn:reply { status = answer.status }
  local headers = copied(answer.headers, function(name) return of_connection[name] or name == "date" end)
  for name, values in pairs(headers) do
    for _, value in ipairs(values) do reply:add_header(name, value) end
  end
  reply:set_body(answer.body or "")
  return reply
end

core.register_action("oarlock", { "http-req" }, function(txn)
  txn:set_var("txn.oarlock", "unanswered")
  local asked, answer = pcall(function()
    return core.httpclient():get { url = url, headers = check_headers(txn), timeout = milliseconds }
  end)
  remove_owned(txn)
  local status = asked and answer and answer.status or 0
  if status == 200 then return allow(txn, answer) end
  if status >= 300 and status < 500 then return txn:done(denial(txn, answer)) end
  txn:done(txn:reply { status = 503 })
end, 0)
