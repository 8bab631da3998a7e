"""PeerAuthentication, RequestAuthentication, AuthorizationPolicy, Telemetry, ProxyConfig."""
from draw import obj

JWKS = '{"keys":[{"kty":"RSA","e":"AQAB","kid":"k1","n":"xAE7eB6qugXyCAG3yhh7pkDkT65pHymX-P7KfIupjf59vsdo91bSP9C8H07pSAGQO1MV_xFj9VswgsCg4R6otmg5PV2He95lZdHtOcU5DXIg_pbhLdKXbi66GlVeK6ABZOUW3WYtnNHD-91gVuoeJT_DwtGGcp4ignkgXfkiEm4sw-4sfb4qdt5oLbyVpmW6x9cfa7vs2WTfURiCrBoUqgBo_-4WTiULmmHSGZHOjzwa8WtrtOQGsAFjIbno85jp6MnGGGZPYZbDAa_b3y5u-YpW7ypZrvD8BgtKVjgtQgZhLAGezMt0ua3DRrWnKqTZ0BJ_EyxOGuHJrLsn00fnMQ"}]}'


def selector(r, mesh, p=0.5):
    if not r.chance(p):
        return {}
    return {"selector": {"matchLabels": {"app": r.choice(mesh.pods)[2].get("app", "web")}}}


def place(r, mesh):
    return r.pick("istio-system", *mesh.namespaces, *mesh.namespaces)


def peer(r, mesh, i):
    where = place(r, mesh)
    mode = lambda: {"mode": r.pick("STRICT", "PERMISSIVE", "DISABLE", "UNSET")}
    spec = selector(r, mesh) if where != "istio-system" or r.chance(0.2) else {}
    if r.chance(0.8):
        spec["mtls"] = mode()
    if "selector" in spec and r.chance(0.7):
        spec["portLevelMtls"] = {p: mode() for p in r.some([8080, 9876], 1, 2)}
    return [obj("security.istio.io/v1", "PeerAuthentication", f"pa-{i}", where, spec)]


def request(r, mesh, i):
    rules = []
    for k in range(r.pick(1, 1, 2)):
        rule = {"issuer": f"https://issuer{k}.example.com"}
        if r.chance(0.8):
            rule["jwks"] = JWKS
        rule.update(r.fields({
            "audiences": lambda: r.some(["aud1", "aud2"]),
            "fromHeaders": lambda: [{"name": h, **r.fields({"prefix": lambda: "Bearer "}, 0.5)} for h in r.some(["x-jwt", "Authorization"], 1, 2)],
            "fromParams": lambda: r.some(["token", "t2"]),
            "fromCookies": lambda: r.some(["c1", "c2"]),
            "outputPayloadToHeader": lambda: "x-payload",
            "outputClaimToHeaders": lambda: [{"header": "x-sub", "claim": "sub"}, {"header": "x-g", "claim": "a.b"}],
            "forwardOriginalToken": lambda: r.chance(0.7),
            "timeout": lambda: r.pick("1s", "7s"),
            "spaceDelimitedClaims": lambda: ["roles", "perm"],
        }, 0.22))
        rules.append(rule)
    spec = {**selector(r, mesh), "jwtRules": rules if r.chance(0.95) else []}
    return [obj("security.istio.io/v1", "RequestAuthentication", f"ra-{i}", place(r, mesh), spec)]


VALUES = {
    "principals": ["cluster.local/ns/shop/sa/web", "*/sa/web", "cluster.local/ns/shop/*", "*", "td1/ns/x/sa/y"],
    "requestPrincipals": ["https://issuer0.example.com/sub", "*", "https://issuer0.example.com/*", "*/sub"],
    "namespaces": ["shop", "bill*", "*-ns", "*"],
    "serviceAccounts": ["web", "shop/catalog", "billing/payments"],
    "ipBlocks": ["10.0.0.0/8", "1.2.3.4", "2001:db8::/32"],
    "remoteIpBlocks": ["172.16.0.0/12", "5.6.7.8"],
    "hosts": ["shop.example.com", "*.example.com", "shop.*", "*", "web:80"],
    "ports": ["80", "8080", "5432"],
    "methods": ["GET", "POST", "PUT*", "*"],
    "paths": ["/a", "/a/*", "*/b", "*", "/x/{*}/y", "/z/{**}"],
}
CONDITIONS = {
    "request.headers[x-a]": ["v", "v*", "*v", "*"],
    "request.headers": None,
    "source.ip": ["10.0.0.0/8", "1.2.3.4"], "remote.ip": ["10.1.0.0/16"],
    "source.namespace": ["shop", "b*"], "source.principal": ["cluster.local/ns/shop/sa/web", "*", "*/web"],
    "source.serviceAccount": ["web", "shop/web"],
    "request.auth.principal": ["i/s", "i/*", "*"], "request.auth.audiences": ["a1", "*"], "request.auth.presenter": ["p1"],
    "request.auth.claims[groups]": ["g1", "g*", "*"], "request.auth.claims[a][b]": ["n1"],
    "destination.ip": ["10.10.0.0/16", "10.10.1.10"], "destination.port": ["80", "8080"],
    "connection.sni": ["www.example.com", "*.example.com"],
    "experimental.envoy.filters.network.mysql_proxy[db.tbl]": ["[select]"],
    "experimental.envoy.filters.a.b[k]": ["v1", "v*"],
    "request.auth.claims[iss]": ["https://x"],
    "request.query_params[q]": ["z"],
}


def clause(r, keys, tcp):
    out = {}
    for k in r.some(keys, 1, 2):
        neg = r.chance(0.25)
        name = "not" + k[0].upper() + k[1:] if neg else k
        values = VALUES[k]
        out[name] = r.some(values, 1, 2)
    if "serviceAccounts" in out or "notServiceAccounts" in out:
        for k in ("principals", "notPrincipals", "namespaces", "notNamespaces"):
            out.pop(k, None)
    return out


def authz(r, mesh, i, providers=()):
    rules = []
    tcp = r.chance(0.2)
    froms = ["ipBlocks", "remoteIpBlocks", "principals", "namespaces", "serviceAccounts"] + ([] if tcp else ["requestPrincipals"])
    tos = ["ports"] + ([] if tcp else ["hosts", "methods", "paths"])
    for _ in range(r.pick(0, 1, 1, 1, 2)):
        rule = r.fields({
            "from": lambda: [{"source": clause(r, froms, tcp)} for _ in range(r.pick(1, 1, 2))],
            "to": lambda: [{"operation": clause(r, tos, tcp)} for _ in range(r.pick(1, 1, 2))],
            "when": lambda: [when(r, tcp) for _ in range(r.pick(1, 1, 2))],
        }, 0.5)
        rules.append(rule)
    spec = {**selector(r, mesh), "rules": rules}
    if not rules and r.chance(0.5):
        spec.pop("rules")
    if r.chance(0.75):
        spec["action"] = r.pick("ALLOW", "DENY", "AUDIT", "DENY", *(["CUSTOM", "CUSTOM"] if providers else []))
        if spec["action"] == "CUSTOM":
            spec["provider"] = {"name": r.choice(list(providers))}
            bad = ("principals", "requestPrincipals", "namespaces") if False else ()
    if spec.get("action") in ("DENY", "CUSTOM", "AUDIT") and not spec.get("rules"):
        spec["rules"] = [{}]
    meta = {"annotations": {"istio.io/dry-run": r.pick("true", "false")}} if r.chance(0.12) else {}
    return [obj("security.istio.io/v1", "AuthorizationPolicy", f"ap-{i}", place(r, mesh), spec, **meta)]


def when(r, tcp):
    keys = [k for k, v in CONDITIONS.items() if v and not (tcp and k.startswith("request"))]
    k = r.choice(keys)
    out = {"key": k}
    which = r.pick("values", "values", "notValues", "both")
    if which != "notValues":
        out["values"] = r.some(CONDITIONS[k], 1, 2)
    if which in ("notValues", "both"):
        out["notValues"] = r.some(CONDITIONS[k], 1, 2)
    return out


METRICS = ["ALL_METRICS", "REQUEST_COUNT", "REQUEST_DURATION", "REQUEST_SIZE", "RESPONSE_SIZE", "TCP_OPENED_CONNECTIONS",
           "TCP_CLOSED_CONNECTIONS", "TCP_SENT_BYTES", "TCP_RECEIVED_BYTES", "GRPC_REQUEST_MESSAGES", "GRPC_RESPONSE_MESSAGES"]


def telemetry(r, mesh, i, logs=(), traces=()):
    mode = lambda: r.pick("CLIENT", "SERVER", "CLIENT_AND_SERVER")

    def metrics():
        def override():
            out = r.fields({"disabled": lambda: r.chance(0.7), "match": lambda: r.fields(
                {"metric": lambda: r.choice(METRICS), "mode": mode}, 0.6, 1),
                "tagOverrides": lambda: {t: r.pick({"operation": "REMOVE"}, {"value": "request.host"},
                                                   {"operation": "UPSERT", "value": "'x'"}) for t in r.some(["source_app", "request_host", "zz"], 1, 2)}}, 0.6, 1)
            if r.chance(0.1) and "match" in out:
                out["match"] = {"customMetric": "my_metric"}
            return out
        return [r.fields({"providers": lambda: [{"name": "prometheus"}], "overrides": lambda: [override() for _ in range(r.pick(1, 2))],
                          "reportingInterval": lambda: "7s"}, 0.6, 1) for _ in range(r.pick(1, 1, 2))]

    def logging():
        return [r.fields({"providers": lambda: [{"name": n} for n in r.some(list(logs) + ["envoy"], 1, 2)],
                          "match": lambda: {"mode": mode()}, "disabled": lambda: r.chance(0.5),
                          "filter": lambda: {"expression": "response.code >= 500"}}, 0.5, 1) for _ in range(r.pick(1, 1, 2))]

    def tracing():
        return [r.fields({
            "providers": lambda: [{"name": r.choice(list(traces))}] if traces else [{"name": "nosuch"}],
            "match": lambda: {"mode": mode()},
            "randomSamplingPercentage": lambda: r.pick(0, 100, 0.01, 50),
            "disableSpanReporting": lambda: r.chance(0.6),
            "customTags": lambda: {k: r.pick({"literal": {"value": "l"}}, {"header": {"name": "x-h", "defaultValue": "d"}}, {"header": {"name": "x-i"}},
                                             {"environment": {"name": "E", "defaultValue": "d"}}, {"environment": {"name": "F"}},
                                             {"formatter": {"value": "%REQ(X-A)%"}}) for k in r.some(["zz", "aa", "mm"], 1, 2)},
            "useRequestIdForTraceSampling": lambda: r.chance(0.5),
            "enableIstioTags": lambda: r.chance(0.5),
        }, 0.4, 1)]

    spec = {**selector(r, mesh, 0.4), **r.fields({"metrics": metrics, "accessLogging": logging, "tracing": tracing}, 0.45, 1)}
    return [obj("telemetry.istio.io/v1", "Telemetry", f"tel-{i}", place(r, mesh), spec)]


def proxy_config(r, mesh, i):
    spec = {**selector(r, mesh), **r.fields({"concurrency": lambda: r.pick(0, 3), "environmentVariables": lambda: {"A": "b"}}, 0.6, 1)}
    return [obj("networking.istio.io/v1beta1", "ProxyConfig", f"pc-{i}", place(r, mesh), spec)]
