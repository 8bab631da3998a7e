"""EnvoyFilter, WasmPlugin and TrafficExtension."""
from draw import obj

HCM = "envoy.filters.network.http_connection_manager"
FILTERS = ["envoy.filters.http.router", "envoy.filters.http.cors", "istio.stats", "envoy.filters.http.fault", "nosuch"]
LUA = {"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua", "default_source_code": {"inline_string": "function f() end"}}
LIMIT = {"@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", "stat_prefix": "rl",
         "token_bucket": {"max_tokens": 5, "fill_interval": "1s"}}
TCP = "envoy.filters.network.tcp_proxy"


def context(r):
    return r.pick("ANY", "SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY", "SIDECAR_OUTBOUND", "SIDECAR_INBOUND", "GATEWAY")


def listener_match(r, depth):
    out = r.fields({"name": lambda: r.pick("virtualInbound", "virtualOutbound", "0.0.0.0_80", "0.0.0.0_8080"),
                    "portNumber": lambda: r.pick(80, 8080, 5432, 443)}, 0.3)
    if depth >= 1 and r.chance(0.8):
        chain = r.fields({"transportProtocol": lambda: r.pick("tls", "raw_buffer"), "destinationPort": lambda: r.pick(8080, 5432),
                          "applicationProtocols": lambda: r.pick("istio", "http/1.1,h2c"), "name": lambda: "virtualInbound-catchall-http",
                          "sni": lambda: "shop.example.com"}, 0.15)
        if depth >= 2 and r.chance(0.85):
            chain["filter"] = {"name": r.pick(HCM, HCM, HCM, TCP, "istio.stats")}
            if depth >= 3 and r.chance(0.8):
                chain["filter"]["name"] = HCM
                chain["filter"]["subFilter"] = {"name": r.choice(FILTERS)}
        out["filterChain"] = chain
    return out


def route_match(r, depth):
    out = r.fields({"portNumber": lambda: r.pick(80, 8080, 443), "name": lambda: r.pick("80", "8080", "http.8080"),
                    "gateway": lambda: "istio-system/gw-0", "portName": lambda: "http-0-0"}, 0.2)
    if depth >= 1 and r.chance(0.7):
        host = r.fields({"name": lambda: r.pick("catalog.shop.svc.cluster.local:8080", "shop.example.com:80", "inbound|http|8080", "allow_any"),
                         "domainName": lambda: r.pick("*", "web", "catalog")}, 0.4)
        if depth >= 2 and r.chance(0.7):
            host["route"] = r.fields({"name": lambda: r.pick("default", "r0"), "action": lambda: r.pick("ANY", "ROUTE", "REDIRECT", "DIRECT_RESPONSE")}, 0.6)
        out["vhost"] = host
    return out


def patch(r):
    what = r.pick("LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER", "HTTP_FILTER", "ROUTE_CONFIGURATION", "VIRTUAL_HOST",
                  "HTTP_ROUTE", "CLUSTER", "CLUSTER", "LISTENER_FILTER")
    op = lambda *ops: r.pick(*ops)
    inserts = ("ADD", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", "REPLACE", "REMOVE", "MERGE")
    merges = ("MERGE", "MERGE", "MERGE_AND_REPLACE_LIST", "REMOVE", "ADD")
    match = {"context": context(r)}
    if what == "LISTENER":
        match["listener"] = listener_match(r, 0)
        o = op(*merges)
        value = {"per_connection_buffer_limit_bytes": 1000, "listener_filters_timeout": "3s"}
        if o == "ADD":
            value = {"name": "added", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 7000}},
                     "filter_chains": [{"filters": [{"name": TCP, "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "cluster": "x", "stat_prefix": "x"}}]}]}
    elif what == "FILTER_CHAIN":
        match["listener"] = listener_match(r, 1)
        o = op("MERGE", "REMOVE", "ADD", "MERGE")
        value = r.pick({"transport_socket_connect_timeout": "9s"},
                       {"transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {
                           "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", "common_tls_context": {"alpn_protocols": ["zz"]}}}})
        if o == "ADD":
            value = {"filter_chain_match": {"destination_port": 9}, "filters": [{"name": "x"}]}
    elif what == "NETWORK_FILTER":
        match["listener"] = listener_match(r, 2)
        o = op(*inserts)
        value = {"name": "mine", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.network.sni_cluster.v3.SniCluster"}}
        if o == "MERGE":
            match["listener"].setdefault("filterChain", {})["filter"] = {"name": HCM}
            value = {"typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                                      **r.pick({"stream_idle_timeout": "5s", "xff_num_trusted_hops": 3}, {"upgrade_configs": [{"upgrade_type": "x"}]},
                                               {"common_http_protocol_options": {"idle_timeout": "7s"}, "generate_request_id": False})}}
    elif what == "HTTP_FILTER":
        match["listener"] = listener_match(r, 3)
        o = op(*inserts)
        value = {"name": r.pick("envoy.filters.http.lua", "mine"), "typed_config": r.pick(LUA, LIMIT)}
        if o == "MERGE":
            match["listener"].setdefault("filterChain", {})["filter"] = {"name": HCM, "subFilter": {"name": "envoy.filters.http.router"}}
            value = {"name": "envoy.filters.http.router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router", "suppress_envoy_headers": True}}
    elif what == "LISTENER_FILTER":
        match["listener"] = listener_match(r, 0)
        if r.chance(0.6):
            match["listener"]["listenerFilter"] = r.pick("envoy.filters.listener.tls_inspector", "envoy.filters.listener.http_inspector")
        o = op(*inserts[:-1])
        value = {"name": "envoy.filters.listener.proxy_protocol", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"}}
    elif what == "ROUTE_CONFIGURATION":
        match["routeConfiguration"] = route_match(r, 0)
        o = op("MERGE", "MERGE_AND_REPLACE_LIST")
        value = r.pick({"response_headers_to_remove": ["x"]}, {"request_headers_to_add": [{"header": {"key": "a", "value": "b"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}]}, {"validate_clusters": False})
    elif what == "VIRTUAL_HOST":
        match["routeConfiguration"] = route_match(r, 1)
        o = op("MERGE", "MERGE_AND_REPLACE_LIST", "REMOVE", "ADD", "REPLACE")
        value = {"rate_limits": [{"actions": [{"remote_address": {}}]}], "domains": ["added.example.com"]}
        if o in ("ADD", "REPLACE"):
            value = {"name": "vh", "domains": ["vh.example.com"], "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 418}}]}
    elif what == "HTTP_ROUTE":
        match["routeConfiguration"] = route_match(r, 2)
        o = op("MERGE", "MERGE", "MERGE_AND_REPLACE_LIST", "REMOVE", "ADD", "INSERT_FIRST", "INSERT_BEFORE", "INSERT_AFTER")
        value = r.pick({"route": {"timeout": "4s", "retry_policy": {"num_retries": 8}}}, {"request_headers_to_remove": ["z"], "route": {"prefix_rewrite": "/n"}},
                       {"typed_per_filter_config": {"envoy.filters.http.lua": {"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute", "disabled": True}}})
        if "MERGE" not in o:
            value = {"name": "new", "match": {"path": "/n"}, "redirect": {"path_redirect": "/o"}}
    else:
        match["cluster"] = r.fields({"service": lambda: r.pick("catalog.shop.svc.cluster.local", "web.shop.svc.cluster.local"), "portNumber": lambda: r.pick(80, 8080),
                                     "subset": lambda: "v1", "name": lambda: r.pick("outbound|8080||catalog.shop.svc.cluster.local", "BlackHoleCluster", "InboundPassthroughCluster")}, 0.35)
        o = op(*merges)
        value = r.pick({"connect_timeout": "0.25s", "circuit_breakers": {"thresholds": [{"max_connections": 3}]}}, {"lb_policy": "MAGLEV", "outlier_detection": {"consecutive_5xx": 2}},
                       {"transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", "sni": "p.example.com"}}},
                       {"upstream_connection_options": {"tcp_keepalive": {"keepalive_time": 9}}, "common_lb_config": {"healthy_panic_threshold": {"value": 0}}})
        if o == "ADD":
            value = {"name": r.pick("extra", "outbound|80||extra.example.com"), "type": r.pick("STATIC", "STRICT_DNS", "EDS"), "connect_timeout": "1s"}
    if r.chance(0.12):
        match["proxy"] = r.pick({"proxyVersion": r"^1\.31.*"}, {"proxyVersion": r"^1\.2[0-9].*"}, {"metadata": {"NAMESPACE": "shop"}}, {"metadata": {"X": "y"}})
    out = {"operation": o}
    if o != "REMOVE":
        out["value"] = value
    return {"applyTo": what, "match": match, "patch": out}


def envoy_filter(r, mesh, i):
    spec = {"configPatches": [patch(r) for _ in range(r.pick(1, 1, 2, 3))]}
    if r.chance(0.3):
        spec["workloadSelector"] = {"labels": {"app": r.choice(mesh.pods)[2].get("app", "web")}}
    if r.chance(0.3):
        spec["priority"] = r.pick(-5, 7)
    return [obj("networking.istio.io/v1alpha3", "EnvoyFilter", f"ef-{i}", r.pick("istio-system", *mesh.namespaces), spec)]


def wasm(r):
    return {"url": r.pick("https://files.example.com/f.wasm", "oci://reg.example.com/x:v1", "ghcr.io/a/b:1", "file:///opt/f.wasm"), **r.fields({
        "sha256": lambda: "5d41402abc4b2a76b9719d911017c592aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "imagePullPolicy": lambda: r.pick("Always", "IfNotPresent", "UNSPECIFIED_POLICY"),
        "imagePullSecret": lambda: "pull", "pluginConfig": lambda: r.pick({"b": 1, "a": [1.5, "x", None, True]}, {}, {"n": {"z": "<&>", "y": 1e10}}),
        "pluginName": lambda: "root", "failStrategy": lambda: r.pick("FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"),
        "vmConfig": lambda: {"env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": "HOST"}, {"name": "C", "value": "2", "valueFrom": "INLINE"}]},
        "type": lambda: r.pick("HTTP", "NETWORK", "UNSPECIFIED_PLUGIN_TYPE")}, 0.35)}


def extension(r, mesh, i):
    shared = r.fields({
        "selector": lambda: {"matchLabels": {"app": r.choice(mesh.pods)[2].get("app", "web")}},
        "phase": lambda: r.pick("AUTHN", "AUTHZ", "STATS", "UNSPECIFIED_PHASE"), "priority": lambda: r.pick(0, 5, -2),
        "match": lambda: [r.fields({"mode": lambda: r.pick("CLIENT", "SERVER", "CLIENT_AND_SERVER"), "ports": lambda: [{"number": r.pick(80, 8080, 5432)}]}, 0.6, 1)
                          for _ in range(r.pick(1, 2))]}, 0.4)
    where = r.pick("istio-system", *mesh.namespaces)
    if r.chance(0.5):
        return [obj("extensions.istio.io/v1alpha1", "WasmPlugin", f"wp-{i}", where, {**shared, **wasm(r)})]
    if shared.get("phase") == "UNSPECIFIED_PHASE":
        shared.pop("phase")
    kind = r.pick({"lua": {"inlineCode": "function envoy_on_request(h) end"}}, {"wasm": wasm(r)})
    return [obj("extensions.istio.io/v1alpha1", "TrafficExtension", f"te-{i}", where, {**shared, **kind})]
