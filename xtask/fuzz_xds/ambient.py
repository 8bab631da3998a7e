"""Waypoints: who uses them, what they are told, and proxies that speak the tunnel."""
import copy

from draw import obj

FLAGS = ["DISABLE_HBONE_SEND", "ENABLE_HBONE"]


def build(r, mesh, docs, objects):
    """The base with labels of the ambient mesh, and the objects with a waypoint, its routes, and policies that name services."""
    docs = copy.deepcopy(docs)
    for d in docs:
        labels = d["metadata"].setdefault("labels", {})
        if d["kind"] == "Service" and r.chance(0.3):
            labels["istio.io/use-waypoint"] = r.pick("waypoint", "waypoint", "none", "missing")
        if d["kind"] == "Service" and r.chance(0.2):
            labels["istio.io/ingress-use-waypoint"] = "true"
        if d["kind"] == "Pod" and r.chance(0.2):
            labels["istio.io/use-waypoint"] = "waypoint"
        if d["kind"] == "Pod" and r.chance(0.15):
            d["metadata"].setdefault("annotations", {})["ambient.istio.io/redirection"] = r.pick("enabled", "disabled")
        if d["kind"] == "Pod" and r.chance(0.1):
            labels["networking.istio.io/tunnel"] = "http"
    out = [waypoint(r), obj_class()]
    for o in objects:
        if o["kind"] in ("AuthorizationPolicy", "RequestAuthentication", "Telemetry", "WasmPlugin") and r.chance(0.7):
            attach(r, mesh, o)
        out.append(o)
    for i in range(r.pick(0, 1, 1, 2)):
        out += route(r, mesh, i)
    return docs, out


def waypoint(r):
    gateway = obj("gateway.networking.k8s.io/v1", "Gateway", "waypoint", "shop", {
        "gatewayClassName": "istio-waypoint",
        "listeners": [{"name": "mesh", "port": 15008, "protocol": "HBONE",
                       **r.fields({"allowedRoutes": lambda: {"namespaces": {"from": r.pick("All", "Same")}}}, 0.4)}]},
        labels={"istio.io/waypoint-for": r.pick("service", "service", "all", "workload")})
    gateway["status"] = {"addresses": [r.pick({"type": "IPAddress", "value": "10.96.7.1"},
                                              {"type": "Hostname", "value": "waypoint.shop.svc.cluster.local"})]}
    return gateway


def obj_class():
    out = obj("gateway.networking.k8s.io/v1", "GatewayClass", "istio-waypoint", "", {"controllerName": "istio.io/mesh-controller"})
    del out["metadata"]["namespace"]
    return out


def attach(r, mesh, o):
    """The policy names a service or the waypoint instead of labels."""
    name, ns, _ = r.choice(mesh.app_services())
    o["spec"].pop("selector", None)
    o["spec"]["targetRefs"] = [r.pick({"group": "", "kind": "Service", "name": name}, {"group": "", "kind": "Service", "name": name},
                                      {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"})]
    o["metadata"]["namespace"] = ns


def route(r, mesh, i):
    """A route of a Service: HTTP, gRPC or TCP."""
    name, ns, ports = r.choice(mesh.app_services())
    backend = lambda: (lambda s: {"name": s[0], "port": r.choice(s[2]), **({"namespace": s[1]} if s[1] != ns else {}),
                                  **r.fields({"weight": lambda: r.pick(0, 1, 7)}, 0.3)})(
        r.choice([s for s in mesh.app_services() if s[2]]))
    kind = r.pick("HTTPRoute", "HTTPRoute", "HTTPRoute", "GRPCRoute", "TCPRoute")
    rule = {"backendRefs": [backend() for _ in range(r.pick(1, 1, 2))]}
    if kind == "HTTPRoute":
        rule.update(r.fields({
            "matches": lambda: [{"path": {"type": r.pick("Exact", "PathPrefix"), "value": r.pick("/a", "/b")}}],
            "timeouts": lambda: {"request": "3s"},
            "filters": lambda: [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x-a", "value": "1"}]}}],
        }, 0.4))
    version = "v1alpha2" if kind == "TCPRoute" else "v1"
    parent = {"group": "", "kind": "Service", "name": name, **r.fields({"port": lambda: r.choice(ports or [80])}, 0.3)}
    return [obj(f"gateway.networking.k8s.io/{version}", kind, f"route-{i}", ns, {"parentRefs": [parent], "rules": [rule]})]


def proxies(r, all_proxies):
    """The waypoint, and tunnels allowed or not."""
    if not any(p["pod"] == "waypoint-0" for p in all_proxies):
        all_proxies.append({"name": "waypoint", "ns": "shop", "pod": "waypoint-0"})
    for p in all_proxies:
        if p["pod"] == "waypoint-0":
            p["type"], p["name"] = "waypoint", "waypoint"
        if r.chance(0.3):
            p["metadata"] = {**p.get("metadata", {}), r.choice(FLAGS): "true"}
    return all_proxies
