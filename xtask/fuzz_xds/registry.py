"""ServiceEntry, WorkloadEntry, and changes of Services, Pods and EndpointSlices."""
import copy

from draw import obj

PORT_NAMES = ["http", "http2", "grpc", "grpc-web", "https", "tls", "tcp", "mongo", "mysql", "redis", "udp", "web", "http-x",
              "tcp-y", "grpc-web-z", "GRPC", "h2c", "postgres", "hbone", ""]
APP_PROTOCOLS = ["http", "https", "grpc", "tcp", "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss", "HTTP2",
                 "grpc-web", "tls", "mongo", "unknown", "example.com/x"]


def entry_port(r, number, targets=True):
    protocol = r.pick("HTTP", "HTTPS", "TCP", "TLS", "GRPC", "HTTP2", "MONGO", "HTTP", "GRPC-WEB", "")
    out = {"number": number, "name": f"{(protocol or 'auto').lower()}-{number}"}
    if protocol:
        out["protocol"] = protocol
    if targets and r.chance(0.25):
        out["targetPort"] = r.pick(8443, 8081)
    return out


def service_entry(r, mesh, i, hosts):
    where = r.choice(mesh.namespaces)
    resolution = r.pick("NONE", "STATIC", "STATIC", "DNS", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS")
    wild = resolution in ("NONE", "DYNAMIC_DNS") and (r.chance(0.5) or resolution == "DYNAMIC_DNS")
    names = [f"*.wild{i}.example.com"] if wild else r.some(["ext.example.com", f"se{i}.example.com", f"two{i}.shop.internal"], 1, 2)
    hosts.extend(names)
    spec = {"hosts": names, "resolution": resolution}
    ports = [entry_port(r, n, resolution != "DYNAMIC_DNS") for n in r.some([80, 443, 8080, 5432, 9443], 1, 2)]
    if resolution == "DYNAMIC_DNS":
        ports = [p for p in ports if p.get("protocol") in ("HTTP", "TLS", "GRPC", "HTTP2")] or [
            {"number": 80, "name": "http", "protocol": "HTTP"}]
    if len(names) > 1 and not all(p.get("protocol") in ("HTTP", "HTTPS", "TLS", "GRPC", "HTTP2") for p in ports):
        del names[1:]
        hosts[:] = [h for h in hosts if h in names or not h.startswith(("se", "two"))]
    spec["ports"] = ports
    if r.chance(0.8):
        spec["location"] = r.pick("MESH_EXTERNAL", "MESH_INTERNAL")
    if resolution != "DYNAMIC_DNS" and r.chance(0.5):
        spec["addresses"] = r.some(["10.99.0.1", "10.99.0.2", "2001:db8::5", "10.98.0.0/16", "10.99.0.3/32"], 1, 2)
        if resolution in ("DNS", "DNS_ROUND_ROBIN") or resolution == "STATIC" and r.chance(0.8):
            spec["addresses"] = [a for a in spec["addresses"] if "/" not in a]
    out = []

    def endpoint(dns):
        e = {"address": r.pick("e1.example.net", "10.20.0.1", "e2.example.net") if dns else
             r.pick("10.20.0.1", "10.20.0.2", "10.20.0.3", "2001:db8::9")}
        e.update(r.fields({
            "ports": lambda: {p["name"]: r.pick(7001, 7002) for p in ports if r.chance(0.7)},
            "labels": lambda: r.pick({"version": "v1"}, {"security.istio.io/tlsMode": "istio", "app": "x"}, {"app": "x", "version": "v2"}),
            "network": lambda: r.pick("net1", "net2"),
            "locality": lambda: r.pick("eu/eu-a", "us/us-a/sub", "eu"),
            "weight": lambda: r.pick(1, 5),
            "serviceAccount": lambda: "acct",
        }, 0.25))
        return e

    if resolution in ("STATIC", "DNS", "DNS_ROUND_ROBIN"):
        if r.chance(0.25):
            spec["workloadSelector"] = {"labels": {"app": r.pick("vm", "web")}}
            for j in range(r.pick(1, 2)):
                out.append(workload_entry(r, f"we-{i}-{j}", where, ports, resolution != "STATIC"))
        elif resolution == "STATIC" or r.chance(0.6):
            n = 1 if resolution == "DNS_ROUND_ROBIN" else r.pick(1, 2, 3)
            spec["endpoints"] = [endpoint(resolution != "STATIC") for _ in range(n)]
    if r.chance(0.2):
        spec["subjectAltNames"] = r.some(["spiffe://x/y", "san.example.com"])
    if r.chance(0.2):
        spec["exportTo"] = r.pick(["."], ["*"], [r.choice(mesh.namespaces)])
    status = {}
    if r.chance(0.2) and not spec.get("addresses") and resolution != "NONE":
        status = {"addresses": [{"value": f"240.240.{i}.{k + 1}", "host": h} for k, h in enumerate(names)]}
    se = obj("networking.istio.io/v1", "ServiceEntry", f"se-{i}", where, spec)
    if status:
        se["status"] = status
    return [se] + out


def workload_entry(r, name, where, ports=(), dns=False):
    spec = {"address": r.pick("10.40.0.1", "10.40.0.2", "10.40.0.3") if not dns or r.chance(0.5) else "vm.example.net",
            "labels": {"app": r.pick("vm", "vm", "web", "catalog"),
                       **r.fields({"version": lambda: r.pick("v1", "v2"),
                                   "security.istio.io/tlsMode": lambda: r.pick("istio", "disabled"),
                                   "topology.istio.io/network": lambda: "net1"}, 0.4)}}
    spec.update(r.fields({
        "ports": lambda: {p["name"]: 7010 for p in ports} or {"http": 7011},
        "serviceAccount": lambda: "vm-sa", "locality": lambda: r.pick("eu/eu-b", "us/us-a"),
        "weight": lambda: r.pick(2, 9), "network": lambda: r.pick("net1", "net2"),
    }, 0.3))
    return obj("networking.istio.io/v1", "WorkloadEntry", name, where, spec)


def change_core(r, docs):
    """Changes fields of Services, Pods, slices; returns new documents."""
    docs = copy.deepcopy(docs)
    services = [d for d in docs if d["kind"] == "Service" and d["metadata"].get("namespace") != "istio-system"]
    pods = [d for d in docs if d["kind"] == "Pod"]
    slices = [d for d in docs if d["kind"] == "EndpointSlice"]

    def slices_of(s):
        return [e for e in slices if (e["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == s["metadata"]["name"]
                and e["metadata"].get("namespace") == s["metadata"].get("namespace")]

    def rename_port():
        s = r.choice(services)
        p = r.choice(s["spec"]["ports"])
        old, new = p.get("name", ""), r.choice(PORT_NAMES)
        if new in [q.get("name") for q in s["spec"]["ports"]] or (not new and len(s["spec"]["ports"]) > 1):
            return
        p["name"] = new
        if not new:
            p.pop("name")
        for e in slices_of(s):
            for q in e.get("ports") or []:
                if q.get("name", "") == old:
                    q["name"] = new

    def app_protocol():
        r.choice(r.choice(services)["spec"]["ports"])["appProtocol"] = r.choice(APP_PROTOCOLS)

    def port_number():
        r.choice(r.choice(services)["spec"]["ports"])["port"] = r.pick(80, 443, 8080, 5432, 3306, 9090, 27017, 15001, 15021)

    def annotate():
        s = r.choice(services)
        s["metadata"].setdefault("annotations", {}).update(r.pick(
            {"networking.istio.io/exportTo": r.pick(".", "*", "~", "shop,billing", "istio-system")},
            {"alpha.istio.io/kubernetes-serviceaccounts": "x,y"},
            {"alpha.istio.io/canonical-serviceaccounts": "z@acme.com"},
            {"networking.istio.io/traffic-distribution": r.pick("PreferClose", "PreferSameZone", "PreferSameNode", "Any")}))

    def spec_field():
        s = r.choice(services)
        s["spec"].update(r.pick(
            {"trafficDistribution": r.pick("PreferClose", "PreferSameZone", "PreferSameNode")},
            {"internalTrafficPolicy": r.pick("Local", "Cluster")},
            {"publishNotReadyAddresses": True}, {"clusterIP": "None"}, {"externalIPs": ["1.2.3.4"]},
            {"type": "NodePort"}, {"type": "LoadBalancer"}, {"sessionAffinity": "ClientIP"}))
        if s["spec"]["clusterIP"] == "None":
            s["spec"].pop("type", None)

    def external_name():
        s = r.choice(services)
        target = r.choice(services)
        docs.append({"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"alias{r.randint(0, 9)}", "namespace": r.pick(
            s["metadata"]["namespace"], target["metadata"]["namespace"])},
            "spec": {"type": "ExternalName", "externalName": r.pick(
                f"{target['metadata']['name']}.{target['metadata']['namespace']}.svc.cluster.local", "ext.example.com",
                "alias1.shop.svc.cluster.local"),
                **r.pick({}, {"ports": [{"name": "http", "port": r.pick(80, 8080)}]})}})

    def pod_label():
        p = r.choice(pods)
        labels = p["metadata"].setdefault("labels", {})
        labels.update(r.pick({"security.istio.io/tlsMode": "disabled"}, {"istio-locality": "us.us-b.rack1"},
                             {"topology.istio.io/network": r.pick("net1", "net2")}, {"version": "v2"},
                             {"service.istio.io/canonical-name": "canon"}, {"topology.istio.io/subzone": "s1"},
                             {"app.kubernetes.io/name": "kname"}, {"service.istio.io/workload-name": "wlname"}))
        if r.chance(0.3):
            labels.pop(r.pick("security.istio.io/tlsMode", "service.istio.io/canonical-name", "version"), None)

    def pod_annotation():
        p = r.choice(pods)
        p["metadata"].setdefault("annotations", {}).update(r.pick(
            {"sidecar.istio.io/statsInclusionPrefixes": "cluster.x"},
            {"traffic.sidecar.istio.io/includeInboundPorts": "8080"},
            {"proxy.istio.io/config": "concurrency: 3\n"},
            {"proxy.istio.io/config": "tracing:\n  sampling: 5\n"},
            {"proxy.istio.io/config": "gatewayTopology:\n  numTrustedProxies: 1\n"},
            {"proxy.istio.io/config": "proxyHeaders:\n  server:\n    value: mine\n"},
            {"proxy.istio.io/config": "proxyHeaders:\n  metadataExchangeHeaders:\n    mode: IN_MESH\n  envoyDebugHeaders:\n    disabled: true\n"},
            {"sidecar.istio.io/interceptionMode": "TPROXY"}))

    def endpoint_state():
        e = r.choice(slices)
        if not e.get("endpoints"):
            return
        r.choice(e["endpoints"])["conditions"] = r.pick(
            {"ready": False}, {"ready": True, "serving": True, "terminating": True}, {"ready": False, "serving": True, "terminating": True}, {})

    def endpoint_field():
        e = r.choice(slices)
        if not e.get("endpoints"):
            return
        p = r.choice(e["endpoints"])
        p.update(r.pick({"hostname": "h0"}, {"zone": "us-a"}, {"nodeName": r.pick("node-a", "node-b", "missing")}))
        if r.chance(0.2):
            p.pop("targetRef", None)

    def drop():
        d = r.choice([d for d in docs if d["kind"] in ("Service", "EndpointSlice", "Node")])
        docs.remove(d)
        for pool in (services, slices):
            if d in pool and len(pool) > 1:
                pool.remove(d)

    def target_port():
        p = r.choice(r.choice(services)["spec"]["ports"])
        p["targetPort"] = r.pick("http", 9999, "nosuch")

    def second_service():
        s = copy.deepcopy(r.choice(services))
        s["metadata"]["name"] += "2"
        if s["spec"].get("clusterIP") != "None":
            s["spec"]["clusterIP"] = f"10.96.77.{r.randint(1, 9)}"
        for p in s["spec"]["ports"]:
            if r.chance(0.4):
                p["port"] = r.pick(80, 81, 8080, 5432)
            if r.chance(0.4):
                p["name"] = r.pick("http-b", "tcp-b", "grpc-b", "other-b") + str(p["port"])
        docs.append(s)
        services.append(s)

    def udp_port():
        s = r.choice(services)
        s["spec"]["ports"].append({"name": "dns-udp", "port": 53, "protocol": "UDP"})

    moves = [rename_port, rename_port, app_protocol, port_number, annotate, spec_field, spec_field, external_name, pod_label,
             pod_annotation, endpoint_state, endpoint_field, drop, target_port, second_service, udp_port]
    for _ in range(r.pick(1, 1, 2, 3)):
        if services:
            r.choice(moves)()
    return docs
