"""Gateway API objects."""
from draw import obj

API = "gateway.networking.k8s.io/v1"
CERT = """-----BEGIN CERTIFICATE-----
MIIBqjCCAVCgAwIBAgIUK0kDgVcgaDVjdQ5qpw6p1zIOzBYwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTAgFw0yNjExMjAyMTUwNDdaGA8y
MTI2MTAyNzIxNTA0N1owGzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABNHeiP/Zl8gfZhYd7CBh7qDFW8r144bjWUoX
x4QfR/s4Kja2pSbx/XeOcQqxt8VYBg4QhsuPKDLJJ2bqp+3DU4mjcDBuMB0GA1Ud
DgQWBBTKSsXWP/PjfWcODjRVEiTZL3h0xzAfBgNVHSMEGDAWgBTKSsXWP/PjfWcO
DjRVEiTZL3h0xzAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEHNob3AuZXhh
bXBsZS5jb20wCgYIKoZIzj0EAwIDSAAwRQIgcM1eiN9gaCC584wSYLxw+MCIJjKN
Jp5R4Xu4WkbGe/gCIQDs9FOe5Wy0UTluhXaRVsuLtq2GbXYm/3BcIQtHB9MmUw==
-----END CERTIFICATE-----
"""
KEY = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgP1TEynZtwI73ejai
6P2h8iVLpgHLtzKOs0qtLHvgJ2+hRANCAATR3oj/2ZfIH2YWHewgYe6gxVvK9eOG
41lKF8eEH0f7OCo2tqUm8f13jnEKsbfFWAYOEIbLjygyySdm6qftw1OJ
-----END PRIVATE KEY-----
"""
HOSTS = ["shop.example.com", "a.example.com", "*.example.com", "*.com", "b.other.org"]


def allowed(r):
    out = r.fields({"kinds": lambda: [{"kind": r.pick("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute")}]}, 0.08)
    how = r.pick("All", "All", "All", "Same", "Selector")
    out["namespaces"] = {"from": how}
    if how == "Selector":
        out["namespaces"]["selector"] = r.pick({"matchLabels": {"kubernetes.io/metadata.name": "shop"}}, {"matchLabels": {"purpose": "shop"}},
                                               {"matchExpressions": [{"key": "purpose", "operator": "Exists"}]})
    return out


def listener(r, k):
    protocol = r.pick("HTTP", "HTTP", "HTTPS", "HTTPS", "TLS", "TCP")
    port = {"HTTP": r.pick(80, 80, 8080), "HTTPS": r.pick(443, 443, 8443), "TLS": r.pick(443, 15443), "TCP": r.pick(5432, 9000)}[protocol]
    out = {"name": f"l{k}", "port": port, "protocol": protocol}
    if protocol != "TCP" and r.chance(0.7):
        out["hostname"] = r.choice(HOSTS)
    if r.chance(0.9):
        out["allowedRoutes"] = allowed(r)
    if protocol == "HTTPS" or protocol == "TLS" and r.chance(0.4):
        out["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": n} for n in r.pick(["good"], ["good"], ["good"], ["bad"], ["nosuch"], ["good", "good2"])]}
        if r.chance(0.1):
            out["tls"]["certificateRefs"] = [{"name": "good", "namespace": "shop"}]
        if r.chance(0.25):
            out["tls"]["options"] = r.pick({"gateway.istio.io/tls-terminate-mode": r.pick("MUTUAL", "OPTIONAL_MUTUAL", "ISTIO_MUTUAL", "ISTIO_SIMPLE")},
                                           {"gateway.istio.io/tls-cipher-suites": "ECDHE-RSA-AES256-GCM-SHA384, AES128-SHA"})
    elif protocol == "TLS":
        out["tls"] = {"mode": "Passthrough"}
    return out


def gateway(r, i, name="edge"):
    spec = {"gatewayClassName": "istio", "listeners": [listener(r, k) for k in range(r.pick(1, 2, 2, 3))]}
    if r.chance(0.15):
        spec["addresses"] = r.pick([{"type": "Hostname", "value": "istio-ingressgateway"}], [{"type": "IPAddress", "value": "1.2.3.4"}],
                                   [{"type": "Hostname", "value": "edge-istio.istio-system.svc.cluster.local"}])
    if r.chance(0.12):
        spec["tls"] = {"frontend": {"default": {"validation": {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}],
                                                               **r.pick({}, {"mode": "AllowInsecureFallback"})}}}}
    if r.chance(0.3):
        spec["allowedListeners"] = {"namespaces": {"from": r.pick("All", "Same", "None")}}
    return obj(API, "Gateway", name, "istio-system", spec)


def listener_set(r, i):
    return obj(API, "ListenerSet", f"set-{i}", r.pick("istio-system", "shop"),
               {"parentRef": {"name": "edge", "namespace": "istio-system"}, "listeners": [listener(r, f"s{k}") for k in range(r.pick(1, 2))]})


def parents(r, mesh, sets=()):
    out = []
    for _ in range(r.pick(1, 1, 1, 2)):
        kind = r.pick("gw", "gw", "gw", "gw", "mesh", "set")
        if kind == "mesh":
            name, ns, ports = r.choice(mesh.app_services())
            out.append({"group": "", "kind": "Service", "name": name, "namespace": ns, **r.pick({}, {"port": (ports or [80])[0]})})
        elif kind == "set" and sets:
            s = r.choice(list(sets))
            out.append({"kind": "ListenerSet", "name": s["metadata"]["name"], "namespace": s["metadata"]["namespace"]})
        else:
            out.append({"name": "edge", "namespace": "istio-system", **r.fields({"sectionName": lambda: r.pick("l0", "l1", "nosuch"), "port": lambda: r.pick(80, 443)}, 0.2)})
    seen, kept = set(), []
    for p in out:
        key = str(sorted(p.items()))
        if key not in seen:
            seen.add(key)
            kept.append(p)
    return kept


def backend(r, mesh, ns, filters=None):
    name, sns, ports = r.choice(mesh.app_services())
    out = {"name": name, "port": r.choice(ports) if ports else 80}
    if sns != ns:
        out["namespace"] = sns
    if r.chance(0.08):
        out["name"] = "nosuch"
    if r.chance(0.06):
        out = {"group": "networking.istio.io", "kind": "Hostname", "name": r.pick("ext.example.com", "nosuch.example.com"), "port": 80}
    if r.chance(0.04):
        out = {"group": "x.io", "kind": "Thing", "name": "x", "port": 80}
    if r.chance(0.3):
        out["weight"] = r.pick(0, 1, 3, 10)
    if filters and r.chance(0.15):
        out["filters"] = [{"type": "RequestHeaderModifier", "requestHeaderModifier": modifier(r)}]
    return out


def modifier(r):
    h = lambda n: [{"name": x, "value": "v" + x} for x in n]
    return r.fields({"set": lambda: h(["x-s", "X-T"]), "add": lambda: h(["x-a"]), "remove": lambda: ["x-r"]}, 0.5, 1)


def http_filters(r, mesh, ns):
    table = {
        "RequestHeaderModifier": lambda: {"requestHeaderModifier": modifier(r)}, "ResponseHeaderModifier": lambda: {"responseHeaderModifier": modifier(r)},
        "RequestRedirect": lambda: {"requestRedirect": r.fields({"scheme": lambda: r.pick("http", "https"), "hostname": lambda: "r.example.com", "port": lambda: r.pick(80, 8443),
            "statusCode": lambda: r.pick(301, 302, 308), "path": lambda: r.pick({"type": "ReplaceFullPath", "replaceFullPath": "/full"}, {"type": "ReplacePrefixMatch", "replacePrefixMatch": r.pick("/", "/new", "/new/")})}, 0.5, 1)},
        "URLRewrite": lambda: {"urlRewrite": r.fields({"hostname": lambda: "w.example.com", "path": lambda: r.pick({"type": "ReplaceFullPath", "replaceFullPath": "/full"}, {"type": "ReplacePrefixMatch", "replacePrefixMatch": r.pick("/", "/new", "/new/")})}, 0.6, 1)},
        "RequestMirror": lambda: {"requestMirror": {"backendRef": {k: v for k, v in backend(r, mesh, ns).items() if k != "weight"}, **r.pick({}, {"percent": 30}, {"fraction": {"numerator": 1, "denominator": 8}})}},
        "CORS": lambda: {"cors": r.fields({"allowOrigins": lambda: r.some(["https://a.example", "*", "https://*.b.example", "https://c*"], 1, 2), "allowMethods": lambda: ["GET", "*"] if r.chance(0.3) else ["GET"],
            "allowHeaders": lambda: ["x"], "exposeHeaders": lambda: ["x-e"], "maxAge": lambda: r.pick(1, 86400), "allowCredentials": lambda: True}, 0.5, 1)},
    }
    kinds = r.some(list(table), 1, 2)
    if "RequestRedirect" in kinds and "URLRewrite" in kinds:
        kinds.remove("URLRewrite")
    return [{"type": k, **table[k]()} for k in kinds]


def http_match(r):
    return r.fields({"path": lambda: r.pick({"type": "PathPrefix", "value": r.pick("/", "/a", "/a/b/", "/a/b/c")}, {"type": "Exact", "value": "/x"}, {"type": "RegularExpression", "value": "/r.*"}, {"value": "/d"}),
                     "method": lambda: r.pick("GET", "POST"), "headers": lambda: [{"name": h, "value": "v", **r.pick({}, {"type": "RegularExpression"})} for h in r.some(["x-a", "X-B"], 1, 2)],
                     "queryParams": lambda: [{"name": "q", "value": "v", **r.pick({}, {"type": "RegularExpression"})}]}, 0.45)


def http_route(r, mesh, i, sets):
    ns = r.pick("shop", "shop", *mesh.namespaces)
    rules = []
    for k in range(r.pick(1, 2, 3)):
        rule = r.fields({"matches": lambda: [http_match(r) for _ in range(r.pick(1, 2))], "filters": lambda: http_filters(r, mesh, ns), "name": lambda: f"n{k}",
                         "timeouts": lambda: r.pick({"request": "10s"}, {"request": "10s", "backendRequest": "2s"}, {"backendRequest": "3s"}, {"request": "0s"}),
                         "retry": lambda: r.fields({"attempts": lambda: r.pick(0, 1, 4), "codes": lambda: [503, 500], "backoff": lambda: "100ms"}, 0.6)}, 0.3)
        if r.chance(0.92) and not any(f["type"] == "RequestRedirect" for f in rule.get("filters", [])):
            rule["backendRefs"] = [backend(r, mesh, ns, True) for _ in range(r.pick(1, 1, 2, 3))]
        rules.append(rule)
    spec = {"parentRefs": parents(r, mesh, sets), "rules": rules}
    if r.chance(0.6):
        spec["hostnames"] = r.some(HOSTS, 1, 2)
    return obj(API, "HTTPRoute", f"h-{i}", ns, spec)


def grpc_route(r, mesh, i, sets):
    ns = r.pick("shop", *mesh.namespaces)
    rules = [{**r.fields({"matches": lambda: [r.fields({"method": lambda: r.fields({"service": lambda: "a.B", "method": lambda: "Get", "type": lambda: r.pick("Exact", "RegularExpression")}, 0.6) | {"service": "s.T"},
                                                        "headers": lambda: [{"name": "x", "value": "w"}]}, 0.6, 1) for _ in range(r.pick(1, 2))],
                          "filters": lambda: [{"type": "RequestHeaderModifier", "requestHeaderModifier": modifier(r)}]}, 0.5),
              "backendRefs": [backend(r, mesh, ns) for _ in range(r.pick(1, 2))]} for _ in range(r.pick(1, 2))]
    spec = {"parentRefs": parents(r, mesh, sets), "rules": rules}
    if r.chance(0.6):
        spec["hostnames"] = r.some(HOSTS, 1, 2)
    return obj(API, "GRPCRoute", f"g-{i}", ns, spec)


def l4_route(r, mesh, i, sets, tls):
    ns = r.pick("shop", *mesh.namespaces)
    spec = {"parentRefs": parents(r, mesh, sets), "rules": [{"backendRefs": [backend(r, mesh, ns) for _ in range(r.pick(1, 2))]}]}
    if tls:
        spec["hostnames"] = r.some(HOSTS, 1, 2)
    return obj(API if tls else "gateway.networking.k8s.io/v1alpha2", "TLSRoute" if tls else "TCPRoute", f"t-{i}", ns, spec)


def policy(r, mesh, i):
    name, ns, ports = r.choice(mesh.app_services())
    validation = {"hostname": "b.internal"}
    validation.update(r.pick({"wellKnownCACertificates": "System"}, {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}]},
                             {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "nosuch"}]}))
    if r.chance(0.3):
        validation["subjectAltNames"] = [{"type": "Hostname", "hostname": "san.internal"}, {"type": "URI", "uri": "spiffe://a/b"}]
    return obj(API, "BackendTLSPolicy", f"btp-{i}", ns, {"targetRefs": [{"group": "", "kind": "Service", "name": name, **r.pick({}, {}, {"sectionName": "http"})}], "validation": validation})


def build(r, mesh):
    out = [{"apiVersion": API, "kind": "GatewayClass", "metadata": {"name": "istio"}, "spec": {"controllerName": "istio.io/gateway-controller"}}, gateway(r, 0)]
    for n in ("good", "good2"):
        out.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": n, "namespace": "istio-system"}, "type": "kubernetes.io/tls", "stringData": {"tls.crt": CERT, "tls.key": KEY}})
    out.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "good", "namespace": "shop"}, "type": "kubernetes.io/tls", "stringData": {"tls.crt": CERT, "tls.key": KEY}})
    out.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bad", "namespace": "istio-system"}, "type": "kubernetes.io/tls", "stringData": {"tls.crt": "placeholder", "tls.key": "placeholder"}})
    for ns in ("istio-system", "shop"):
        out.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ca", "namespace": ns}, "data": {"ca.crt": CERT}})
    sets = [listener_set(r, 0)] if r.chance(0.3) else []
    out += sets
    for i in range(r.pick(1, 2, 2)):
        out.append(http_route(r, mesh, i, sets))
    if r.chance(0.3):
        out.append(grpc_route(r, mesh, 0, sets))
    if r.chance(0.25):
        out.append(l4_route(r, mesh, 0, sets, True))
    if r.chance(0.25):
        out.append(l4_route(r, mesh, 1, sets, False))
    if r.chance(0.25):
        out.append(policy(r, mesh, 0))
    if r.chance(0.4):
        out.append({"apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant", "metadata": {"name": "grant", "namespace": r.pick("shop", "billing", "legacy")},
                    "spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": r.pick("HTTPRoute", "Gateway", "GRPCRoute"), "namespace": r.pick("shop", "istio-system")}],
                             "to": [{"group": "", "kind": r.pick("Service", "Secret"), **r.pick({}, {"name": "payments"}, {"name": "good"})}]}})
    return out
