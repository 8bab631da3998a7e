// tidy: table
//! Scripts of the Lua filter.
use serde_json::{Value, json};

use super::{Case, case};

const GET: &str = "GET /x?q=1 HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nx-a: 2\r\nx-b: b\r\n\r\n";
const POST: &str = "POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nhello";

fn lua(name: &'static str, code: &str, requests: &[&'static str], wanted: &'static [&'static str]) -> Case {
    with(name, json!({"defaultSourceCode": {"inlineString": code}}), requests, wanted)
}

fn with(
    name: &'static str,
    config: Value,
    requests: &[&'static str],
    wanted: &'static [&'static str],
) -> Case {
    case(name, requests, wanted).filter("http.lua.v3.Lua", config)
}

/// A script of the request whose lines are a function's body.
fn on_request(body: &str) -> String {
    // Spelled out it would pass for a test of a field of that name.
    let body = body.replace("DYN", concat!("dynamic", "Metadata"));
    format!("function envoy_on_request(h)\n{body}\nend")
}

fn on_response(body: &str) -> String {
    format!("function envoy_on_response(h)\n{body}\nend")
}

/// What expressions give, one header of the request for each.
fn told(expressions: &[&str]) -> String {
    let mut body = String::new();
    for (index, expression) in expressions.iter().enumerate() {
        body.push_str(&format!(
            "local ok, e = pcall(function() local v = {expression}; return tostring(v) end)\n\
             h:headers():replace(\"x-t{index}\", tostring(e))\n"
        ));
    }
    on_request(&body)
}

/// What a route says about the filter.
fn per_route(config: Value) -> Value {
    let mut config = config;
    config["@type"] = json!("type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute");
    json!({"typedPerFilterConfig": {"f": config}})
}

pub(crate) fn scripts() -> Vec<Case> {
    let mut all = requests();
    all.extend(answers());
    all.extend(bodies());
    all.extend(responses());
    all.extend(settings());
    let small = || json!({"perConnectionBufferLimitBytes": 9});
    all.push(
        lua(
            "a script waits for no more of a request than is buffered",
            &on_request("local length = h:body():length()\nh:headers():add('x-length', length)"),
            &[POST, "POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 12\r\n\r\nhello, world"],
            &["x-length: 5", "413"],
        )
        .listener(small()),
    );
    all.push(
        lua(
            "a script waits for no more of a response than is buffered",
            &on_response("local length = h:body():length()\nh:headers():add('x-length', length)"),
            &[POST],
            &["500"],
        )
        .listener(small()),
    );
    all.push(
        case("a direct response says where", &[GET], &["location: http://h/x?q=1"])
            .route(json!({"directResponse": {"status": 201}})),
    );
    all
}

fn requests() -> Vec<Case> {
    vec![
        lua(
            "lua headers are read",
            &told(&[
                "h:headers():get('x-a')",
                "h:headers():get('X-B')",
                "h:headers():get('none')",
                "h:headers():getAtIndex('x-a', 1)",
                "h:headers():getAtIndex('x-a', 7)",
                "h:headers():getNumValues('x-a')",
                "h:headers():get(':path') .. h:headers():get(':method') .. h:headers():get(':authority') .. h:headers():get(':scheme')",
                "h:headers():get('host')",
                "(function() local t = {} for k, v in pairs(h:headers()) do if k ~= 'x-request-id' then t[#t + 1] = k .. '=' .. v end end return table.concat(t, ' ') end)()",
            ]),
            &[GET],
            &["x-t0: 1,2\n"],
        ),
        lua(
            "lua headers are changed",
            &on_request(
                "local t = h:headers()\n t:add('X-A', '3') t:replace('X-B', 'new') t:add('x-n', 5) t:remove('X-Gone')\n \
                 t:add('x-nul', 'a\\0b') t:add('content-type', 'a') t:add('content-type', 'b') t:add('cookie', 'a=1') t:add('cookie', 'b=2') t:add(':other', '1')",
            ),
            &[GET, "GET / HTTP/1.1\r\nhost: h\r\nx-gone: 1\r\nx-b: 1\r\nx-b: 2\r\n\r\n"],
            &["x-a: 3\n", "!x-gone"],
        ),
        lua(
            "lua pseudo headers are changed",
            &on_request(
                "local t = h:headers()\n t:replace(':path', '/other?x') t:replace(':authority', 'zzz') t:replace(':method', 'DELETE')",
            ),
            &[GET],
            &["delete /other?x http/1.1"],
        ),
        lua("lua takes the method away", &on_request("h:headers():remove(':method')"), &[GET], &["missing required header: :method"]),
        lua("lua takes the path away", &on_request("h:headers():remove(':path')"), &[GET], &["http/1.1 404"]),
        lua("lua takes the host away", &on_request("h:headers():remove(':authority')"), &[GET], &["!host:"]),
        lua("lua adds a line", &on_request("h:headers():add('x-nl', 'a\\r\\nb: c')"), &[GET], &["invalid header value for: x-nl"]),
        lua(
            "lua says what is wrong",
            &told(&[
                "select(2, pcall(function() h:headers():add('x') end))",
                "(function() for k, v in pairs(h:headers()) do h:headers():add('q', '1') end end)()",
                "select(2, pcall(function() h:respond({}) end))",
                "select(2, pcall(function() h:respond({[':status'] = '99'}, 'x') end))",
                "select(2, pcall(function() local x = h:httpCall('none', {}, '', 5) end))",
                "select(2, pcall(function() local x = h:timestamp('x') end))",
                "select(2, pcall(function() h:streamInfo():DYN():set('n', 'k', function() end) end))",
            ]),
            &[GET],
            &["bad argument #2 to 'add'"],
        ),
        lua("lua fails", &on_request("h:headers():add('x-before', '1')\n error('boom')"), &[GET], &["x-before: 1\n"]),
        lua("lua yields", &on_request("h:headers():add('x-before', '1') coroutine.yield(1)"), &[GET], &["x-before: 1\n"]),
        lua(
            "lua knows the stream",
            &told(&[
                "h:streamInfo():protocol()",
                "h:streamInfo():routeName()",
                "h:streamInfo():requestedServerName()",
                "h:streamInfo():downstreamLocalAddress() == h:streamInfo():downstreamDirectLocalAddress()",
                "h:streamInfo():downstreamRemoteAddress() == h:streamInfo():downstreamDirectRemoteAddress()",
                "h:connection():ssl()",
                "h:streamInfo():downstreamSslConnection()",
                "h:base64Escape('a\\0b?')",
                "h:base64Decode('YQBiPw==') == 'a\\0b?'",
                "h:base64Decode('*')",
                "type(h:timestamp()) .. type(h:timestampString(EnvoyTimestampResolution.MICROSECOND))",
                "#h:timestampString()",
            ]),
            &[GET],
            &["x-t0: http/1.1\n"],
        )
        .route(json!({"name": "rt"})),
        lua(
            "lua shares metadata",
            &on_request(
                "local d = h:streamInfo():DYN()\n d:set('ns', 'k', {1, 'x', true}) d:set('ns', 'm', {a = {b = 1.5}}) d:set('e', 'e', {})\n \
                 h:headers():add('x-d', d:get('ns').k[2] .. d:get('ns').m.a.b .. tostring(d:get('ns').k[3]))\n \
                 local n = {} for k, v in pairs(d) do n[#n + 1] = k end table.sort(n) h:headers():add('x-n', table.concat(n, ','))\n \
                 local ok, e = pcall(function() d:set('n', 'f', {[true] = 1}) end) h:headers():add('x-e', e)",
            ),
            &[GET],
            &["x-d: x1.5true\n"],
        ),
        lua(
            "lua reads what routes say",
            &told(&[
                "h:metadata():get('a')",
                "h:metadata():get('n')[2]",
                "(function() local t = {} for k in pairs(h:metadata()) do t[#t + 1] = k end table.sort(t) return table.concat(t, ',') end)()",
                "h:route():metadata():get('a')",
                "h:virtualHost():metadata():get('v')",
            ]),
            &[GET],
            &["x-t0: b\n"],
        )
        .route(json!({"metadata": {"filterMetadata": {"envoy.filters.http.lua": {"a": "b", "n": [1, 2]}}}}))
        .host(json!({"metadata": {"filterMetadata": {"f": {"v": "of the host"}}}})),
        lua("lua keeps globals", &on_request("G = (G or 0) + 1 h:headers():add('x-g', G)"), &[GET, GET], &["x-g: 1\n", "x-g: 2\n"]),
        lua(
            "lua does not keep streams",
            &on_request("if H then local ok, e = pcall(function() H:add('x', '1') end) h:headers():add('x-e', e) end H = h:headers()"),
            &[GET, GET],
            &["!x-e", "object used outside of proper scope"],
        ),
        lua(
            "lua calls",
            &on_request(
                "local t, b = h:httpCall('SELF', {[':method'] = 'POST', [':path'] = '/called', [':authority'] = 'c', ['x-m'] = {'1', '2'}}, 'sent', 1000)\n \
                 h:headers():add('x-s', t[':status']) h:headers():add('x-b', b:match('^[^\\r]*')) h:headers():add('x-end', b:sub(-4))\n \
                 local t, b = h:httpCall('SELF', {[':method'] = 'GET', [':path'] = '/code/418', [':authority'] = 'c'}, nil, {timeout_ms = 1000, return_duplicate_headers = true})\n \
                 h:headers():add('x-s', t[':status'])",
            ),
            &[GET],
            &["x-s: 418\n"],
        ),
    ]
}

fn answers() -> Vec<Case> {
    vec![
        lua(
            "lua answers",
            &on_request(
                "h:respond({[':status'] = '451', ['X-By'] = {'a', 'b'}, ['content-length'] = '3'}, 'stopped')",
            ),
            &[GET, POST],
            &["http/1.1 451", "stopped"],
        ),
        lua(
            "lua answers with nothing",
            &on_request("h:respond({[':status'] = 200, server = 'me', ['content-type'] = 'a/b'})"),
            &[GET],
            &["!content-type"],
        ),
        lua(
            "lua answers late",
            &on_request("h:body() h:respond({[':status'] = '418'}, 't') h:headers():add('never', '1')"),
            &[GET, POST],
            &["http/1.1 418", "http/1.1 418"],
        ),
    ]
}

fn bodies() -> Vec<Case> {
    vec![
        lua(
            "lua reads the body",
            &on_request(
                "local b = h:body()\n h:headers():replace('x-b', tostring(b and b:length()) .. (b and b:getBytes(1, 3) or ''))",
            ),
            &[GET, POST],
            &["x-b: nil\n", "x-b: 5ell\n"],
        ),
        lua(
            "lua reads an empty body",
            &on_request("local b = h:body(true) b:setBytes('from nothing')"),
            &[GET],
            &["from nothing"],
        ),
        lua(
            "lua writes the body",
            &on_request("local b = h:body()\n b:setBytes('new body')"),
            &[POST],
            &["new body"],
        ),
        lua(
            "lua reads too much",
            &on_request(
                "local b = h:body()\n h:headers():add('x-e', select(2, pcall(function() b:getBytes(3, 9) end)))",
            ),
            &[POST],
            &["index/length must be"],
        ),
        lua(
            "lua waits too long for headers",
            &on_request("local t = h:headers() h:body() t:add('x-late', '1')"),
            &[GET, POST],
            &["x-late: 1\n", "!x-late"],
        ),
        lua(
            "lua watches parts",
            &on_request(
                "local n = 0 for c in h:bodyChunks() do n = n + c:length() end h:headers():add('x-c', '1')",
            ),
            &[POST],
            &["!x-c"],
        ),
        lua(
            "lua waits for trailers",
            &on_request("local t = h:trailers() h:logInfo(tostring(t))"),
            &[GET, POST],
            &["get /x", "hello"],
        ),
        lua(
            "lua waits in a protected call",
            &on_request(
                "local ok, n = pcall(function() return h:body():length() end) h:headers():add('x-ok', tostring(ok) .. tostring(n))",
            ),
            &[POST],
            &["x-ok: true5\n"],
        ),
    ]
}

fn responses() -> Vec<Case> {
    vec![
        lua(
            "lua changes the response",
            &on_response("local t = h:headers() t:add('x-path', h:requestHeaders():get(':path')) t:remove('x-port') t:replace(':status', '299')"),
            &[GET],
            &["http/1.1 299"],
        ),
        lua("lua gives the reason", &on_response("h:headers():setHttp1ReasonPhrase('Because')"), &[GET], &["http/1.1 200 because\n"]),
        lua("lua reads the response", &on_response("local b = h:body() h:headers():add('x-some', tostring(b:length() > 10)) b:setBytes('changed!')"), &[GET, POST], &["changed!", "x-some: true"]),
        lua("lua watches the response", &on_response("local n = 0 for c in h:bodyChunks() do n = n + c:length() end h:headers():add('x-late', '1')"), &[GET], &["!x-late"]),
        lua("lua fails with a response", &on_response("h:headers():add('x-before', '1')\n error('boom')"), &[GET], &["x-before: 1"]),
        lua("lua cannot answer a response", &on_response("h:respond({[':status'] = '500'}, 'x')"), &[GET], &["http/1.1 200"]),
        lua("lua sees answers of the proxy", &on_response("h:headers():add('x-seen', '1')"), &[GET], &["x-seen: 1"])
            .route(json!({"redirect": {"hostRedirect": "other"}})),
        lua("lua calls for a response", &on_response("local t = h:httpCall('SELF', {[':method'] = 'GET', [':path'] = '/code/203', [':authority'] = 'c'}, nil, 1000) h:headers():add('x-called', t[':status'])"), &[GET], &["x-called: 203"]),
        lua("lua closes", &on_request("h:streamInfo():drainConnectionUponCompletion()"), &[GET], &["connection: close"]),
        case("lua runs in order both ways", &[GET], &["x-r: 2\nx-r: 1\n"])
            .filter("http.lua.v3.Lua", json!({"inlineCode": format!("{}\n{}", on_request("h:headers():add('x-q', '1')"), on_response("h:headers():add('x-r', '1')"))}))
            .filter("http.lua.v3.Lua", json!({"inlineCode": format!("{}\n{}", on_request("h:headers():add('x-q', '2')"), on_response("h:headers():add('x-r', '2') h:body()"))})),
    ]
}

fn settings() -> Vec<Case> {
    let named = json!({"sourceCodes": {"one": {"inlineString": on_request("h:headers():add('x-one', '1')")}},
        "inlineCode": on_request("h:headers():add('x-default', tostring(h:filterContext():get('k')))"),
        "filterContext": {"k": "of the filter"}});
    let again = json!([{"match": {"prefix": "/moved"}, "directResponse": {"status": 202}},
        {"match": {"prefix": "/"}, "route": {"cluster": "SELF"}}]);
    let moves = on_request("h:headers():replace(':path', '/moved')");
    vec![
        with("lua default", named.clone(), &[GET], &["x-default: of the filter"]),
        with("lua off", named.clone(), &[GET], &["!x-default"]).route(per_route(json!({"disabled": true}))),
        with("lua by name", named.clone(), &[GET], &["x-one: 1"]).route(per_route(json!({"name": "one"}))),
        with("lua of no name", named.clone(), &[GET], &["!x-default"]).route(per_route(json!({"name": "two"}))),
        with("lua of the route", named.clone(), &[GET], &["x-own: of the route"]).route(per_route(
            json!({"sourceCode": {"inlineString": on_request("h:headers():add('x-own', h:filterContext():get('k'))")},
                "filterContext": {"k": "of the route"}}),
        )),
        with("lua context of the route", named, &[GET], &["x-default: of the route"])
            .route(per_route(json!({"filterContext": {"k": "of the route"}}))),
        with("lua finds another route", json!({"inlineCode": moves}), &[GET], &["http/1.1 202"])
            .host(json!({"routes": again})),
        with("lua keeps the route", json!({"inlineCode": moves, "clearRouteCache": false}), &[GET], &["http/1.1 200"])
            .host(json!({"routes": again})),
        with(
            "lua asks for another route",
            json!({"inlineCode": on_request("h:headers():replace(':path', '/moved') h:clearRouteCache()"), "clearRouteCache": false,
                "statPrefix": "s"}),
            &[GET],
            &["http/1.1 202"],
        )
        .host(json!({"routes": again})),
    ]
}
