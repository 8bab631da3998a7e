"""Kubernetes Ingress and IngressClass."""
from draw import obj


def ingress(r, mesh, i):
    name, ns, ports = r.choice(mesh.app_services())

    def backend():
        n, _, p = r.choice([s for s in mesh.app_services() if s[1] == ns])
        port = {"number": r.choice(p)} if r.chance(0.7) else {"name": r.pick("http", "nosuch")}
        return {"service": {"name": n, "port": port}}

    def path():
        out = {"pathType": r.pick("Exact", "Prefix", "ImplementationSpecific"), "backend": backend()}
        if r.chance(0.9):
            out["path"] = r.pick("/", "/a", "/a/b", "/a/", "/b.*")
        return out

    rules = []
    for _ in range(r.pick(0, 1, 1, 2)):
        rule = {"http": {"paths": [path() for _ in range(r.pick(1, 2, 3))]}}
        if r.chance(0.8):
            rule["host"] = r.pick("shop.example.com", "a.example.com", "*.example.com")
        rules.append(rule)
    spec = {}
    if rules:
        spec["rules"] = rules
    if not rules or r.chance(0.2):
        spec["defaultBackend"] = backend()
    if r.chance(0.35):
        spec["tls"] = [{"secretName": "ing-cert", **({"hosts": ["shop.example.com"]} if r.chance(0.7) else {})}]
    annotations = {}
    if r.chance(0.6):
        spec["ingressClassName"] = r.pick("istio", "istio", "nginx", "mine")
    else:
        annotations = {"kubernetes.io/ingress.class": r.pick("istio", "nginx")}
    out = [obj("networking.k8s.io/v1", "Ingress", f"ing-{i}", ns, spec, **({"annotations": annotations} if annotations else {}))]
    if r.chance(0.3):
        out.append({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": r.pick("istio", "mine")},
                    "spec": {"controller": r.pick("istio.io/ingress-controller", "other")}})
    return out
