"""VirtualService with its delegates, Gateway, Sidecar."""
from draw import obj
from traffic import connection_pool, positive, client_tls

HEADERS = ["x-a", "x-b", "end-user", "cookie", "Content-Type"]


def string_match(r, kind="word"):
    words = {"word": ["v", "abc"], "path": ["/", "/a", "/a/b", "/a/"], "method": ["GET", "POST"],
             "scheme": ["http", "https"], "host": ["a.example.com", "shop.example.com"]}[kind]
    how = r.pick("exact", "prefix", "regex")
    if how == "regex":
        return {"regex": r.pick(".*", "a.*b", "^/x/[0-9]+$", ".+")}
    return {how: r.choice(words)}


def match(r, mesh, gateways=()):
    return r.fields({
        "name": lambda: r.pick("m1", "m2"),
        "uri": lambda: string_match(r, "path"),
        "scheme": lambda: string_match(r, "scheme"),
        "method": lambda: string_match(r, "method"),
        "authority": lambda: string_match(r, "host"),
        "headers": lambda: {h: (string_match(r) if r.chance(0.85) else {}) for h in r.some(HEADERS, 1, 2)},
        "withoutHeaders": lambda: {h: (string_match(r) if r.chance(0.8) else {}) for h in r.some(HEADERS, 1, 2)},
        "queryParams": lambda: {q: string_match(r) if r.chance(0.8) else {} for q in r.some(["q", "k", "z"], 1, 1)},
        "ignoreUriCase": lambda: r.chance(0.8),
        "port": lambda: r.pick(80, 8080, 443, 9090),
        "sourceLabels": lambda: {"app": r.choice(mesh.pods)[2].get("app", "web")},
        "sourceNamespace": lambda: r.choice(mesh.namespaces),
        "statPrefix": lambda: "stat",
        "gateways": lambda: r.some(list(gateways) or ["mesh"], 1, 2),
    }, 0.17, 1)


def header_ops(r):
    ops = lambda: r.fields({
        "set": lambda: {h: r.pick("1", "%DOWNSTREAM_REMOTE_ADDRESS%", "a%%b", "") for h in r.some(["x-s", "x-t", "x-u"], 1, 2)},
        "add": lambda: {h: "2" for h in r.some(["x-c", "x-d"], 1, 2)},
        "remove": lambda: r.some(["x-r", "x-q"], 1, 2),
    }, 0.5, 1)
    return r.fields({"request": ops, "response": ops}, 0.6, 1)


def destination(r, mesh, ns, subsets=True):
    name, sns, ports = r.choice(mesh.app_services())
    host = r.pick(f"{name}.{sns}.svc.cluster.local", name if sns == ns else f"{name}.{sns}.svc.cluster.local")
    if r.chance(0.07):
        host = r.pick("missing", "nothere.example.com", "ext.example.com")
    out = {"host": host}
    if subsets and r.chance(0.3):
        out["subset"] = r.pick("v1", "v2")
    if r.chance(0.4) or len(ports) > 1:
        out["port"] = {"number": r.choice(ports) if ports and r.chance(0.9) else 8888}
    return out


def routes(r, mesh, ns, tcp=False):
    n = r.pick(1, 1, 1, 2, 3)
    out = []
    weights = {1: [None], 2: [60, 40], 3: [10, 0, 90]}[n]
    for w in weights:
        d = {"destination": destination(r, mesh, ns)}
        if w is not None:
            d["weight"] = w
        elif r.chance(0.1):
            d["weight"] = r.pick(100, 7)
        if not tcp and r.chance(0.15):
            d["headers"] = header_ops(r)
        out.append(d)
    return out


def fault(r):
    pct = lambda: {"value": r.pick(0, 100, 0.1, 33.3)}
    delay = lambda: {"fixedDelay": positive(r), **r.fields({"percentage": pct}, 0.7)}
    abort = lambda: {**r.pick({"httpStatus": 503}, {"grpcStatus": "UNAVAILABLE"}, {"httpStatus": 400}),
                     **r.fields({"percentage": pct}, 0.7)}
    return r.fields({"delay": delay, "abort": abort}, 0.6, 1)


def cors(r):
    return r.fields({
        "allowOrigins": lambda: [string_match(r, "host") for _ in range(r.randint(1, 2))],
        "allowMethods": lambda: r.some(["GET", "POST", "PUT"]),
        "allowHeaders": lambda: r.some(["x-a", "x-b"]),
        "exposeHeaders": lambda: r.some(["x-e", "x-f"]),
        "maxAge": lambda: r.pick("24h", "1s"),
        "allowCredentials": lambda: r.chance(0.5),
        "unmatchedPreflights": lambda: r.pick("UNSPECIFIED", "FORWARD", "IGNORE"),
    }, 0.5)


def retries(r):
    out = r.fields({
        "attempts": lambda: r.pick(0, 1, 3, 5),
        "perTryTimeout": lambda: positive(r),
        "retryOn": lambda: r.pick("5xx", "gateway-error,reset", "connect-failure,503", "503,504", "", "retriable-4xx, cancelled"),
        "retryRemoteLocalities": lambda: r.chance(0.6),
        "backoff": lambda: positive(r),
        "retryIgnorePreviousHosts": lambda: r.chance(0.5),
    }, 0.5, 1)
    if out.get("attempts", 1) == 0:
        return {"attempts": 0}
    return out | ({"attempts": 2} if r.chance(0.6) else {})


def http_route(r, mesh, ns, i, gateways=(), delegates=()):
    out = {}
    if r.chance(0.4):
        out["name"] = f"r{i}"
    if r.chance(0.7):
        out["match"] = [match(r, mesh, gateways) for _ in range(r.pick(1, 1, 2))]
    kind = r.pick("route", "route", "route", "route", "redirect", "direct", "delegate")
    if kind == "delegate" and delegates:
        out["delegate"] = r.choice(delegates)
        out.update(r.fields({"timeout": lambda: positive(r), "headers": lambda: header_ops(r),
                             "retries": lambda: retries(r), "fault": lambda: fault(r),
                             "corsPolicy": lambda: cors(r), "rewrite": lambda: {"uri": "/z"}}, 0.15))
        return out
    if kind == "redirect":
        out["redirect"] = r.fields({
            "uri": lambda: r.pick("/new", "%PREFIX()%/x"), "authority": lambda: r.pick("new.example.com", "n.example.com:81"),
            "scheme": lambda: r.pick("http", "https"),
            "redirectCode": lambda: r.pick(301, 302, 303, 307, 308)}, 0.5, 1)
        out["redirect"].update(r.pick({}, {"port": 8443}, {"derivePort": "FROM_PROTOCOL_DEFAULT"}, {"derivePort": "FROM_REQUEST_PORT"}))
        if r.chance(0.3):
            out["headers"] = header_ops(r)
        return out
    if kind == "direct":
        out["directResponse"] = {"status": r.pick(200, 503), **r.fields({"body": lambda: r.pick({"string": "hi"}, {"bytes": "aGk="})}, 0.6)}
        if r.chance(0.3):
            out["headers"] = header_ops(r)
        return out
    out["route"] = routes(r, mesh, ns)
    out.update(r.fields({
        "rewrite": lambda: r.pick({"uri": "/re"}, {"authority": "re.example.com"}, {"uri": "/", "authority": "x"},
                                  {"uri": "/re/"}, {"uriRegexRewrite": {"match": "^/a/(.*)$", "rewrite": "/b/\\1"}},
                                  {"uriRegexRewrite": {"match": "^/c", "rewrite": "/d"}, "authority": "y.example.com"}),
        "timeout": lambda: r.pick("0s", "3s", "1.5s"),
        "retries": lambda: retries(r),
        "fault": lambda: fault(r),
        "corsPolicy": lambda: cors(r),
        "headers": lambda: header_ops(r),
    }, 0.15))
    if r.chance(0.2):
        out.update(r.pick(
            {"mirror": destination(r, mesh, ns)},
            {"mirror": destination(r, mesh, ns), "mirrorPercentage": {"value": r.pick(0, 12.5, 100)}},
            {"mirror": destination(r, mesh, ns), "mirrorPercent": r.pick(0, 7)},
            {"mirrors": [{"destination": destination(r, mesh, ns), **r.fields({"percentage": lambda: {"value": r.pick(0, 50, 0.01)}}, 0.5)}
                         for _ in range(2)]}))
    return out


def virtual_service(r, mesh, i, hosts=(), gateways=()):
    name, ns, ports = r.choice(mesh.app_services())
    where = r.pick(ns, ns, ns, *mesh.namespaces)
    choices = [f"{name}.{ns}.svc.cluster.local"] * 3 + ["shop.example.com", "*.example.com", f"*.{ns}.svc.cluster.local", "ext.example.com"]
    if where == ns:
        choices += [name] * 3
    if gateways:
        choices += ["shop.example.com", "a.example.com", "*.example.com", "*"] * 2
    choices += list(hosts) * 2
    spec = {"hosts": r.some(choices, 1, 2)}
    spec["hosts"] = list(dict.fromkeys(spec["hosts"]))
    if any("*" in h for h in spec["hosts"]):
        spec["hosts"] = spec["hosts"][:1]
    gws = []
    if gateways and r.chance(0.7):
        gws = r.some(gateways, 1, 2) + (["mesh"] if r.chance(0.4) else [])
        if "*" in spec["hosts"] and "mesh" in gws:
            gws.remove("mesh")
        spec["gateways"] = gws
    if "*" in spec["hosts"] and not gws:
        spec["hosts"] = ["shop.example.com"]
    extra = []
    delegates = []
    kinds = r.pick(["http"], ["http"], ["http"], ["http"], ["tcp"], ["tls"], ["http", "tls"], ["http", "tcp"])
    if "http" in kinds and r.chance(0.2):
        for j in range(r.pick(1, 2)):
            dns = r.pick(where, *mesh.namespaces)
            delegates.append({"name": f"del-{i}-{j}", "namespace": dns})
            dspec = {"http": [http_route(r, mesh, dns, 10 + k) for k in range(r.pick(1, 2))]}
            dspec["http"][0].setdefault("match", [{"uri": {"prefix": "/p/z"}}])
            for h in dspec["http"]:
                for m in h.get("match", []):
                    for k in ("sourceLabels", "sourceNamespace", "gateways"):
                        if r.chance(0.7):
                            m.pop(k, None)
                    if not m:
                        m["uri"] = {"prefix": "/a/b"}
            if r.chance(0.2):
                dspec["exportTo"] = ["."]
            extra.append(obj("networking.istio.io/v1", "VirtualService", f"del-{i}-{j}", dns, dspec))
        if r.chance(0.1):
            delegates.append({"name": "nowhere"})
    if "http" in kinds:
        spec["http"] = [h for h in [http_route(r, mesh, where, k, gateways + ["mesh"], delegates) for k in range(r.pick(1, 2, 3))]]
        for h in spec["http"][:-1]:
            h.setdefault("match", [{"uri": {"prefix": r.pick("/p", "/q")}}])
    if "tcp" in kinds:
        spec["tcp"] = []
        for _ in range(r.pick(1, 2)):
            t = {"route": routes(r, mesh, where, True)}
            if r.chance(0.6):
                t["match"] = [r.fields({
                    "destinationSubnets": lambda: r.some(["10.96.1.0/24", "10.0.0.0/8", "10.96.1.40"], 1, 2),
                    "port": lambda: r.pick(5432, 80, 9090, 6000),
                    "sourceLabels": lambda: {"app": r.choice(mesh.pods)[2].get("app", "web")},
                    "sourceNamespace": lambda: r.choice(mesh.namespaces),
                    "gateways": lambda: r.some(gateways + ["mesh"], 1, 2)}, 0.3, 1) for _ in range(r.pick(1, 2))]
            spec["tcp"].append(t)
    if "tls" in kinds:
        spec["tls"] = []
        for _ in range(r.pick(1, 2)):
            t = {"route": routes(r, mesh, where, True), "match": []}
            for _ in range(r.pick(1, 2)):
                snis = [h for h in spec["hosts"] if "." in h and h != "*"] or ["nosni.example.com"]
                t["match"].append({"sniHosts": r.some(snis, 1, 2), **r.fields({
                    "destinationSubnets": lambda: r.some(["10.96.1.0/24", "10.0.0.0/8"], 1, 1),
                    "port": lambda: r.pick(443, 80, 8443),
                    "sourceLabels": lambda: {"app": r.choice(mesh.pods)[2].get("app", "web")},
                    "sourceNamespace": lambda: r.choice(mesh.namespaces),
                    "gateways": lambda: r.some(gateways + ["mesh"], 1, 2)}, 0.25)})
            spec["tls"].append(t)
    if r.chance(0.15):
        spec["exportTo"] = r.pick(["."], ["*"], [r.choice(mesh.namespaces)])
    return [obj("networking.istio.io/v1", "VirtualService", f"vs-{i}", where, spec)] + extra


def server(r, k):
    protocol = r.pick("HTTP", "HTTP", "HTTPS", "HTTPS", "TLS", "TCP", "GRPC", "HTTP2", "MONGO")
    port = r.pick(80, 8080, 31400) if protocol in ("HTTP", "HTTP2", "GRPC") else r.pick(443, 443, 8443, 15443, 9000)
    out = {"port": {"number": port, "name": f"{protocol.lower()}-{k}", "protocol": protocol}}
    hosts = ["shop.example.com", "a.example.com", "*.example.com", "*", "shop/shop.example.com", "./a.example.com", "*/b.example.com"]
    out["hosts"] = list(dict.fromkeys(r.some(hosts, 1, 2)))
    if protocol in ("HTTPS", "TLS"):
        modes = ["SIMPLE", "SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "ISTIO_MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH"]
        mode = r.choice(modes)
        tls = {"mode": mode}
        if mode in ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"):
            how = r.pick("cred", "cred", "files", "creds", "certs")
            if how == "cred":
                tls["credentialName"] = r.pick("shop-cert", "other-cert")
            elif how == "creds":
                tls["credentialNames"] = ["shop-cert", "other-cert"]
            elif how == "certs":
                tls["tlsCertificates"] = [{"serverCertificate": f"/etc/c/{n}.pem", "privateKey": f"/etc/c/{n}.key"} for n in ("a", "b")]
                if mode != "SIMPLE":
                    tls["caCertificates"] = "/etc/c/ca.pem"
            else:
                tls["serverCertificate"], tls["privateKey"] = "/etc/c/s.pem", "/etc/c/s.key"
                if mode != "SIMPLE":
                    tls["caCertificates"] = "/etc/c/ca.pem"
            if mode != "SIMPLE" and how in ("cred", "creds", "files") and r.chance(0.1):
                tls["caCertCredentialName"] = "ca-only"
        if mode not in ("PASSTHROUGH", "AUTO_PASSTHROUGH"):
            tls.update(r.fields({
                "subjectAltNames": lambda: r.some(["spiffe://a/b", "c.example.com"]),
                "minProtocolVersion": lambda: r.pick("TLSV1_0", "TLSV1_2", "TLSV1_3", "TLS_AUTO"),
                "maxProtocolVersion": lambda: r.pick("TLSV1_2", "TLSV1_3", "TLS_AUTO"),
                "cipherSuites": lambda: r.some(["ECDHE-RSA-AES256-GCM-SHA384", "AES128-SHA", "ECDHE-ECDSA-AES128-GCM-SHA256"]),
                "verifyCertificateSpki": lambda: ["NvqYIYSbgK2vCJpQhObf77vv+bQWtc5ek5RIOwPiC9A="],
                "verifyCertificateHash": lambda: ["df:6f:f7:2f:e9:11:65:21:26:8f:6f:2d:d4:96:6f:51:df:47:98:83:fe:70:37:b3:9f:75:91:6a:c3:04:9d:1a"],
            }, 0.15))
            if "subjectAltNames" in tls and mode == "SIMPLE":
                tls.pop("subjectAltNames")
        out["tls"] = tls
    elif protocol == "HTTP" and r.chance(0.25):
        out["tls"] = {"httpsRedirect": True}
    if r.chance(0.2):
        out["name"] = f"srv-{k}"
    if r.chance(0.1):
        out["bind"] = r.pick("127.0.0.1", "10.10.9.10")
    if r.chance(0.1):
        out["defaultEndpoint"] = "127.0.0.1:9999"
    return out


def gateway(r, mesh, i):
    where = r.pick("istio-system", "istio-system", *mesh.namespaces)
    labels = r.choice(mesh.gateways())[2]
    spec = {"selector": {"istio": labels["istio"]}}
    if r.chance(0.05):
        spec.pop("selector")
    spec["servers"] = [server(r, f"{i}-{k}") for k in range(r.pick(1, 1, 2, 3))]
    return [obj("networking.istio.io/v1", "Gateway", f"gw-{i}", where, spec)]


def sidecar(r, mesh, i):
    where = r.pick("istio-system", *mesh.namespaces, *mesh.namespaces)
    spec = {}
    if r.chance(0.4) and where != "istio-system":
        spec["workloadSelector"] = {"labels": {"app": r.choice(mesh.app_services())[0]}}
    hosts = ["./*", "*/*", "istio-system/*", "~/*"] + [f"{s[1]}/{s[0]}.{s[1]}.svc.cluster.local" for s in mesh.app_services()]
    hosts += [f"{n}/*" for n in mesh.namespaces] + ["*/ext.example.com", "./*.shop.svc.cluster.local"]

    def egress():
        out = {"hosts": list(dict.fromkeys(r.some(hosts, 1, 3)))}
        if "~/*" in out["hosts"]:
            out["hosts"] = ["~/*"]
        if r.chance(0.35):
            out["port"] = {"number": r.pick(80, 8080, 5432, 9090, 3128, 9999), "name": f"e{r.randint(0, 99)}",
                           "protocol": r.pick("HTTP", "TCP", "HTTPS", "HTTP_PROXY", "GRPC", "TLS")}
            if r.chance(0.4):
                out["bind"] = r.pick("127.0.0.1", "0.0.0.0")
            if r.chance(0.3):
                out["captureMode"] = r.pick("DEFAULT", "IPTABLES", "NONE")
        return out

    if r.chance(0.85):
        spec["egress"] = [egress() for _ in range(r.pick(1, 1, 2, 3))]
        spec["egress"].sort(key=lambda e: "port" not in e)
        seen, kept = set(), []
        for e in spec["egress"]:
            key = e.get("port", {}).get("number")
            if key not in seen:
                seen.add(key)
                kept.append(e)
        spec["egress"] = kept
    if r.chance(0.3):
        spec["ingress"] = []
        for p in r.some([8080, 9080, 7777, 5432], 1, 2):
            e = {"port": {"number": p, "name": f"in-{p}", "protocol": r.pick("HTTP", "TCP", "GRPC", "HTTPS", "HTTP2")},
                 "defaultEndpoint": r.pick("127.0.0.1:8081", "0.0.0.0:9090", "unix:///var/run/app.sock")}
            if r.chance(0.3):
                e["captureMode"] = r.pick("DEFAULT", "IPTABLES", "NONE")
            if r.chance(0.2):
                e["bind"] = r.pick("127.0.0.1", "0.0.0.0", "10.10.1.10")
            if r.chance(0.2):
                e["tls"] = {"mode": "SIMPLE", "privateKey": "/etc/c/k.pem", "serverCertificate": "/etc/c/c.pem"}
                e["port"]["protocol"] = "HTTPS"
            if r.chance(0.3):
                e["connectionPool"] = connection_pool(r)
            spec["ingress"].append(e)
        if r.chance(0.3):
            for e in spec["ingress"]:
                e.pop("defaultEndpoint")
    spec.update(r.fields({
        "outboundTrafficPolicy": lambda: r.pick({"mode": "REGISTRY_ONLY"}, {"mode": "ALLOW_ANY"},
                                                {"mode": "ALLOW_ANY", "egressProxy": {"host": "web.shop.svc.cluster.local", "port": {"number": 80}}}),
        "inboundConnectionPool": lambda: connection_pool(r),
    }, 0.25))
    if not spec.get("egress") and not spec.get("ingress") and "outboundTrafficPolicy" not in spec:
        spec["egress"] = [{"hosts": ["./*"]}]
    return [obj("networking.istio.io/v1", "Sidecar", f"sc-{i}", where, spec)]
