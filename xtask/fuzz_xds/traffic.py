"""DestinationRule, and the traffic policies that Sidecar and MeshConfig share."""
from draw import obj

DURATIONS = ["1s", "30s", "1.5s", "250ms", "1m", "2h", "0s", "10s"]


def positive(r):
    return r.pick("1s", "30s", "1.5s", "250ms", "1m", "2h", "10s")


def connection_pool(r, inbound=False):
    tcp = lambda: r.fields({
        "maxConnections": lambda: r.pick(1, 77, 1000),
        "connectTimeout": lambda: positive(r),
        "tcpKeepalive": lambda: r.fields({"probes": lambda: r.pick(1, 9), "time": lambda: positive(r),
                                          "interval": lambda: positive(r)}, 0.6),
        "maxConnectionDuration": lambda: positive(r),
        "idleTimeout": lambda: positive(r),
    }, 0.4, 1)
    http = lambda: r.fields({
        "http1MaxPendingRequests": lambda: r.pick(1, 5, 1024),
        "http2MaxRequests": lambda: r.pick(1, 9, 1000),
        "maxRequestsPerConnection": lambda: r.pick(1, 10),
        "maxRetries": lambda: r.pick(1, 3),
        "idleTimeout": lambda: r.pick(*DURATIONS),
        "h2UpgradePolicy": lambda: r.pick("DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"),
        "useClientProtocol": lambda: r.chance(0.7),
        "maxConcurrentStreams": lambda: r.pick(1, 100),
    }, 0.3, 1)
    return r.fields({"tcp": tcp, "http": http}, 0.6, 1)


def outlier(r):
    out = outlier_fields(r)
    if "consecutiveLocalOriginFailures" in out:
        out["splitExternalLocalOriginErrors"] = True
    return out


def outlier_fields(r):
    return r.fields({
        "consecutive5xxErrors": lambda: r.pick(0, 1, 7),
        "consecutiveGatewayErrors": lambda: r.pick(0, 1, 3),
        "consecutiveErrors": lambda: r.pick(0, 4),
        "splitExternalLocalOriginErrors": lambda: r.chance(0.7),
        "consecutiveLocalOriginFailures": lambda: r.pick(0, 2, 6),
        "interval": lambda: positive(r),
        "baseEjectionTime": lambda: positive(r),
        "maxEjectionPercent": lambda: r.pick(0, 10, 100),
        "minHealthPercent": lambda: r.pick(0, 20, 50, 100),
    }, 0.35)


LOCALITIES = ["eu", "us", "eu/eu-a", "eu/eu-b", "us/us-a", "eu/eu-a/*", "eu/eu-b/*", "us/*", "us/us-a/*", "*"]


def locality_lb(r):
    out = {}
    if r.chance(0.3):
        out["enabled"] = r.chance(0.7)
    kind = r.pick("distribute", "failover", "priority", "both", "none")
    if kind == "distribute":
        out["distribute"] = []
        for f in r.some(["eu/eu-a/*", "us/us-a/*", "eu/*", "*"], 1, 2):
            to = r.some(["eu/eu-a/*", "eu/eu-b/*", "us/us-a/*"] if r.chance(0.6) else ["eu/*", "us/*"], 1, 3)
            cuts = {1: [100], 2: [70, 30], 3: [50, 30, 20]}[len(to)]
            out["distribute"].append({"from": f, "to": dict(zip(to, cuts))})
    if kind in ("failover", "both"):
        out["failover"] = [{"from": "eu", "to": "us"}] + ([{"from": "us", "to": "eu"}] if r.chance(0.5) else [])
    if kind in ("priority", "both"):  # validation refuses region and zone beside `failover`
        out["failoverPriority"] = r.some(["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "version",
                                          "version=v2", "app", "topology.istio.io/network", "topology.istio.io/cluster",
                                          "kubernetes.io/hostname", "topology.istio.io/subzone", "network=net1"], 1, 4)
        if kind == "both":
            out["failoverPriority"] = [p for p in out["failoverPriority"] if not p.startswith("topology")] or ["app"]
    return out


def load_balancer(r, locality=True):
    out = {}
    how = r.pick("simple", "hash", "none", "simple")
    if how == "simple":
        out["simple"] = r.pick("UNSPECIFIED", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST", "LEAST_CONN")
    if how == "hash":
        kind = r.pick("httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName")
        h = {}
        if kind == "httpHeaderName":
            h[kind] = r.pick("x-user", ":authority")
        elif kind == "httpQueryParameterName":
            h[kind] = "uid"
        elif kind == "useSourceIp":
            h[kind] = True
        else:
            h[kind] = {"name": "sess", **r.fields({"path": lambda: "/a", "ttl": lambda: r.pick("0s", "60s"),
                                                  "attributes": lambda: [{"name": "SameSite", "value": "Lax"}]}, 0.5)}
        if r.chance(0.3):
            h["minimumRingSize"] = r.pick(0, 2048)
        elif r.chance(0.5):
            h.update(r.pick({"ringHash": {}}, {"ringHash": {"minimumRingSize": 99}}, {"maglev": {}},
                            {"maglev": {"tableSize": 65537}}))
        out["consistentHash"] = h
    if locality and r.chance(0.35):
        out["localityLbSetting"] = locality_lb(r)
    if r.chance(0.2):
        out["warmupDurationSecs"] = positive(r)
    if r.chance(0.2):
        out["warmup"] = {"duration": positive(r), **r.fields({"minimumPercent": lambda: r.pick(0, 1, 50, 100),
                                                              "aggression": lambda: r.pick(1.0, 2.5)}, 0.5)}
    return out


def client_tls(r):
    mode = r.pick("DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL", "SIMPLE")
    out = {"mode": mode}
    if mode == "MUTUAL":
        if r.chance(0.4):
            out["credentialName"] = "client-cert"
        else:
            out["clientCertificate"], out["privateKey"] = "/etc/c/cert.pem", "/etc/c/key.pem"
            if r.chance(0.6):
                out["caCertificates"] = "/etc/c/ca.pem"
    if mode == "SIMPLE":
        if r.chance(0.4):
            out["caCertificates"] = r.pick("/etc/c/ca.pem", "system")
        elif r.chance(0.3):
            out["credentialName"] = "client-ca"
        if r.chance(0.3):
            out["insecureSkipVerify"] = r.chance(0.6)
    if mode in ("SIMPLE", "MUTUAL"):
        out.update(r.fields({"caCrl": lambda: "/etc/c/crl.pem"}, 0.1))
    if mode in ("SIMPLE", "MUTUAL", "ISTIO_MUTUAL"):
        out.update(r.fields({"sni": lambda: "sni.example.com",
                             "subjectAltNames": lambda: r.some(["a.example.com", "spiffe://cluster.local/ns/x/sa/y"])},
                            0.35))
    if out.get("insecureSkipVerify"):
        for key in ("subjectAltNames", "caCertificates", "credentialName"):
            out.pop(key, None)
    if "credentialName" in out:
        out.pop("caCrl", None)
    return out


def traffic_policy(r, ports=(), nested=True):
    table = {
        "loadBalancer": lambda: load_balancer(r),
        "connectionPool": lambda: connection_pool(r),
        "outlierDetection": lambda: outlier(r),
        "tls": lambda: client_tls(r),
    }
    if nested:
        table["tunnel"] = lambda: {"protocol": r.pick("CONNECT", "POST", ""), "targetHost": "t.example.com",
                                   "targetPort": 443}
        table["proxyProtocol"] = lambda: {"version": r.pick("V1", "V2")}
        table["retryBudget"] = lambda: {"percent": r.pick(20, 55.5), "minRetryConcurrency": r.pick(3, 0, 10)}
    out = r.fields(table, 0.28, 1)
    if "tunnel" in out:
        out.pop("proxyProtocol", None)
    if nested and ports and r.chance(0.25):
        out["portLevelSettings"] = [{"port": {"number": p}, **traffic_policy(r, nested=False)} for p in r.some(ports, 1, 2)]
    return out


def destination_rule(r, mesh, i, hosts=()):
    service = r.choice(mesh.app_services())
    name, ns, ports = service
    where = r.pick(ns, ns, ns, "istio-system", *mesh.namespaces)
    fqdn = f"{name}.{ns}.svc.cluster.local"
    choices = [fqdn, fqdn, f"*.{ns}.svc.cluster.local", "*.cluster.local", "*"]
    if where == ns:
        choices += [name] * 4
    choices += list(hosts) * 2
    spec = {"host": r.choice(choices)}
    if r.chance(0.8):
        spec["trafficPolicy"] = traffic_policy(r, ports)
    if r.chance(0.5):
        spec["subsets"] = []
        for v in r.some(["v1", "v2", "v9"], 1, 3):
            s = {"name": v, "labels": {"version": v}}
            if r.chance(0.3):
                s["trafficPolicy"] = traffic_policy(r, ports)
            if r.chance(0.1):
                s.pop("labels")
            spec["subsets"].append(s)
    if r.chance(0.2):
        spec["exportTo"] = r.pick(["."], ["*"], [r.choice(mesh.namespaces)], ["istio-system"])
    if r.chance(0.15):
        spec["workloadSelector"] = {"matchLabels": {"app": r.choice(mesh.app_services())[0]}}
    return [obj("networking.istio.io/v1", "DestinationRule", f"dr-{i}", where, spec)]
