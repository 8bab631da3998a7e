"""One case from one seed: a base mesh, a few generated objects, sometimes other settings of mesh, istiod or proxies."""
import copy
import json

import yaml

import ambient
import gatewayapi
import meshconfig
import patches
import policy
import registry
import routing
import traffic
from draw import Draw, Mesh

BASES = ["authz-allow-basic", "authz-custom-grpc-tcp", "authz-gateway-selector", "combo-shop", "bookinfo-all-v1", "egress-gateway",
         "svc-headless", "locality-distribute", "svc-port-names", "svc-sniffing", "svc-two-services-one-pod", "dual-stack",
         "gw-tcp", "svc-named-target-port", "svc-endpoint-health", "traffic-distribution", "multinetwork-networks"]
HINTS = {"gateway": ["authz-gateway-selector", "combo-shop", "egress-gateway"], "locality": ["locality-distribute", "traffic-distribution"],
         "network": ["multinetwork-networks"], "ambient": ["ambient-waypoint-basic", "ambient-sidecar-to-ambient"],
         "gatewayapi": ["gwapi-http-basic", "gwapi-grpc", "gwapi-tls-tcp-route"]}
FOCUS = ["core", "entry", "rule", "routes", "gateway", "sidecar", "peer", "jwt", "authz", "telemetry", "proxyconfig", "mesh",
         "env", "metadata", "mix", "locality", "network", "ingress", "custom", "patch", "wasm", "gatewayapi", "ambient"]


def write(folder, seed, oracle, focus=""):
    r = Draw(seed)
    wanted = [focus] if focus else r.some(FOCUS, 1, 3)
    source = oracle / choose_base(r, wanted)
    text = (source / "in/base.yaml").read_text()
    mesh = Mesh(text)
    docs = mesh.docs
    config = [yaml.safe_dump(o) for o in []]
    settings = copy.deepcopy(meshconfig.BASE)
    names, extra = {"ext": [], "log": [], "trace": []}, []
    if {"telemetry", "custom", "mesh"} & set(wanted):
        names, extra = meshconfig.providers(r, mesh)
        settings["extensionProviders"] = extra
    if "core" in wanted:
        docs = registry.change_core(r, docs)
    objects = build(r, mesh, wanted, names, oracle)
    if "ambient" in wanted:
        docs, objects = ambient.build(r, mesh, docs, objects)
    if "mesh" in wanted:
        settings.update(meshconfig.mesh_config(r, mesh))
        if r.chance(0.4):
            settings["defaultConfig"] = {**settings["defaultConfig"], **meshconfig.default_config(r)}
        if r.chance(0.3) and names["trace"]:
            settings["defaultProviders"] = {"metrics": ["prometheus"], "tracing": names["trace"][:1]}
        if r.chance(0.3) and names["log"]:
            settings["defaultProviders"] = {"metrics": ["prometheus"], "accessLogging": names["log"][:2]}
    (folder / "in").mkdir(parents=True, exist_ok=True)
    dump(folder / "in/base.yaml", docs)
    dump(folder / "in/config.yaml", objects)
    (folder / "mesh.yaml").write_text(yaml.safe_dump(settings))
    networks = source / "networks.yaml"
    if networks.exists():
        (folder / "networks.yaml").write_text(networks.read_text())
    env = (source / "env").read_text() if (source / "env").exists() else ""
    if "env" in wanted:
        env += "\n".join(r.some(meshconfig.ENV, 1, 2)) + "\n"
    if env:
        (folder / "env").write_text(env)
    callers = proxies(r, mesh, docs, source, wanted)
    (folder / "proxies.json").write_text(json.dumps(ambient.proxies(r, callers) if "ambient" in wanted else callers, indent=1))
    (folder / "focus").write_text(" ".join(wanted))


def choose_base(r, wanted):
    if "ambient" in wanted:
        return r.choice(HINTS["ambient"])
    for w in wanted:
        if w in HINTS:
            return r.choice(HINTS[w])
    if "ingress" in wanted or "jwt" in wanted and r.chance(0.4):
        return r.choice(HINTS["gateway"])
    return r.choice(BASES)


def dump(path, docs):
    path.write_text("---\n".join(yaml.safe_dump(d, sort_keys=False) for d in docs))


def build(r, mesh, wanted, names, oracle):
    objects, hosts, gateways = [], [], []
    if "entry" in wanted or r.chance(0.1):
        for i in range(r.pick(1, 1, 2)):
            objects += registry.service_entry(r, mesh, i, hosts)
        if r.chance(0.2):
            objects.append(registry.workload_entry(r, "we-x", r.choice(mesh.namespaces)))
    if ("gateway" in wanted or "ingress" in wanted and r.chance(0.3)) and mesh.gateways():
        for i in range(r.pick(1, 1, 2)):
            made = routing.gateway(r, mesh, i)
            objects += made
            gateways.append(f"{made[0]['metadata']['namespace']}/{made[0]['metadata']['name']}")
    if "routes" in wanted or gateways:
        for i in range(r.pick(1, 1, 2)):
            objects += routing.virtual_service(r, mesh, i, hosts, gateways)
    if "rule" in wanted or "locality" in wanted or r.chance(0.15):
        for i in range(r.pick(1, 1, 2)):
            objects += traffic.destination_rule(r, mesh, i, hosts)
    if "locality" in wanted:
        for o in objects:
            if o["kind"] == "DestinationRule" and r.chance(0.8):
                policy_ = o["spec"].setdefault("trafficPolicy", {})
                policy_.setdefault("loadBalancer", {})["localityLbSetting"] = traffic.locality_lb(r)
                if r.chance(0.7):
                    policy_["outlierDetection"] = traffic.outlier(r)
    table = {"sidecar": lambda i: routing.sidecar(r, mesh, i), "peer": lambda i: policy.peer(r, mesh, i),
             "jwt": lambda i: policy.request(r, mesh, i), "authz": lambda i: policy.authz(r, mesh, i, names["ext"]),
             "custom": lambda i: policy.authz(r, mesh, i + 5, names["ext"]),
             "telemetry": lambda i: policy.telemetry(r, mesh, i, names["log"], names["trace"]),
             "patch": lambda i: patches.envoy_filter(r, mesh, i), "wasm": lambda i: patches.extension(r, mesh, i),
             "proxyconfig": lambda i: policy.proxy_config(r, mesh, i), "ingress": lambda i: registry_ingress(r, mesh, i)}
    for w, one in table.items():
        if w in wanted:
            for i in range(r.pick(1, 1, 2, 3) if w != "sidecar" else r.pick(1, 1, 2)):
                objects += one(i)
    if "gatewayapi" in wanted:
        objects += gatewayapi.build(r, mesh)
    if "mix" in wanted:
        objects += borrowed(r, oracle)
    if r.chance(0.3):
        r.shuffle(objects)
    return objects


def registry_ingress(r, mesh, i):
    import ingress
    return ingress.ingress(r, mesh, i)


def borrowed(r, oracle):
    """The objects of two recorded cases, as they are."""
    out = []
    skip = ("gwapi", "bookinfo-gwapi", "ef-", "wasm", "ambient", "base", "mesh-")
    names = sorted(p.name for p in oracle.iterdir() if (p / "in/config.yaml").exists() and not p.name.startswith(skip))
    for name in r.some(names, 1, 2):
        out += [d for d in yaml.safe_load_all((oracle / name / "in/config.yaml").read_text()) if d]
    return out


def proxies(r, mesh, docs, source, wanted):
    pods = [d for d in docs if d["kind"] == "Pod"]
    out = json.loads((source / "proxies.json").read_text())
    for d in r.sample(pods, min(2, len(pods))):
        name, ns = d["metadata"]["name"], d["metadata"].get("namespace", "default")
        if any(p["pod"] == name and p["ns"] == ns for p in out):
            continue
        kind = "router" if "istio" in (d["metadata"].get("labels") or {}) else "sidecar"
        out.append({"name": f"{ns}-{name}", "type": kind, "ns": ns, "pod": name})
    if "metadata" in wanted:
        p = r.choice(out)
        p["metadata"] = dict(r.choice(meshconfig.METADATA))
        if r.chance(0.3):
            p["istioVersion"] = r.pick("1.24.0", "1.27.3", "1.29.0", "1.30.1")
        if r.chance(0.2):
            p["locality"] = r.pick("us/us-a", "eu/eu-b/s1")
        if r.chance(0.2):
            p["dnsCapture"] = True
    return out
