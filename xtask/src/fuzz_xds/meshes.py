"""Random meshes, each of one recorded case with objects of others, in which some fields are set, removed, exchanged or repeated."""
import copy, json, os, random, re, shutil

from recorded import key
from values import Maker

ISTIO = {"networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"}
# How likely an object is changed; all other kinds: 6.
WEIGHT = {"Pod": 0.3, "Namespace": 0.3, "Node": 0.1, "EndpointSlice": 0.3, "Service": 1, "Secret": 0.1, "ConfigMap": 0.1, "ServiceAccount": 0}
STAMPS = ["2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z", "2019-05-05T05:05:05Z"]
# What the harness itself reads, what says where istiod's own files are, and what it asks only of objects in the API server, although
# istiod asks it of all.
FIXED = ("discoverySelectors", "rootNamespace", "trustDomain", "configSources", "ca", "certificates")


class Drawn:
    """A mesh in the making."""

    def __init__(self, schema, pool, cases, seed):
        self.rng = rng = random.Random(seed)
        self.seed, self.schema, self.pool, self.grafted = seed, schema, pool, []
        case = rng.choice(cases)
        self.made_of = [case.name]
        self.docs, self.proxies, self.mask = copy.deepcopy(case.docs), copy.deepcopy(case.proxies), list(case.mask)
        self.mesh, self.networks, self.env = copy.deepcopy(case.mesh), copy.deepcopy(case.networks), case.env
        for _ in range(rng.choice([0, 1, 1, 2])):
            self.join(rng.choice(cases))
        self.maker = Maker(rng, pool, hosts_of(self.docs))
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
            self.graft()
        if len(self.proxies) > 3:
            self.proxies = rng.sample(self.proxies, 3)
        self.changed = {}

    def join(self, other):
        """Adds the objects and proxies of another case that are not here yet."""
        self.made_of.append(other.name)
        self.mask += [m for m in other.mask if m not in self.mask]
        have = {key(d) for d in self.docs}
        self.docs += [copy.deepcopy(d) for d in other.docs if key(d) not in have]
        names = {p["name"] for p in self.proxies} | {(p.get("ns"), p.get("pod")) for p in self.proxies}
        for p in other.proxies:
            if p["name"] not in names and (p.get("ns"), p.get("pod")) not in names:
                self.proxies.append(copy.deepcopy(p))
        if other.mesh and self.rng.random() < 0.5:
            self.mesh = merged(self.mesh or {}, other.mesh)
        self.networks = self.networks or copy.deepcopy(other.networks)
        if other.env and other.env not in self.env:
            self.env += "\n" + other.env

    def graft(self):
        """Takes an object that is recorded elsewhere; its namespace, hosts and labels become ones of this mesh."""
        rng = self.rng
        roots = self.schema.roots.items()
        kinds = [at for (group, _), at in roots if (group in ISTIO or group.startswith("gateway.")) and at in self.pool.whole]
        doc = copy.deepcopy(rng.choice(self.pool.whole[rng.choice(kinds)]))
        if not isinstance(doc.get("metadata"), dict) or not isinstance(doc.get("spec", {}), dict):
            return
        spaces = sorted({(d.get("metadata") or {}).get("namespace", "default") for d in self.docs} - {None})
        doc["metadata"] = {"name": "grafted-%d" % len(self.docs), "namespace": rng.choice(spaces or ["default"])}
        Settler(rng, self.docs, self.maker.hosts, spaces).walk(doc.get("spec"))
        self.docs.append(doc)
        self.grafted.append(len(self.docs) - 1)

    def variants(self, tries):
        """(place, documents to try there) for each object that is to be changed; the place None is the mesh configuration."""
        rng = self.rng
        out = [(place, [copy.deepcopy(self.docs[place])]) for place in self.grafted]
        weights = [WEIGHT.get(d.get("kind"), 6) if self.schema.root(d) is not None else 0 for d in self.docs]
        count = rng.choice([1, 2, 3, 4, 5, 6, 8])
        if any(weights):
            chosen = set(rng.choices(range(len(self.docs)), weights, k=count)) - set(self.grafted)
            out += [(place, [self.variant(self.docs[place]) for _ in range(tries)]) for place in sorted(chosen)]
        if rng.random() < 0.35:
            out.append((None, [self.mesh_variant() for _ in range(tries)]))
        return out

    def variant(self, doc):
        rng, new, root = self.rng, copy.deepcopy(doc), self.schema.root(doc)
        spec = [f for f in self.schema.messages[root] if f[0] == "spec"]
        for _ in range(rng.choice([1, 1, 2, 3])):
            if doc["kind"] in WEIGHT:
                self.maker.change(root, new, True)
            elif spec and isinstance(new.get("spec"), dict) and rng.random() < 0.9:
                self.maker.change(spec[0][2], new["spec"])
            else:
                new.setdefault("metadata", {})["creationTimestamp"] = rng.choice(STAMPS)
        # It stays the object that it was.
        meta = new["metadata"] if isinstance(new.get("metadata"), dict) else {}
        for name in ("name", "namespace"):
            meta.pop(name, None)
            if name in (doc.get("metadata") or {}):
                meta[name] = doc["metadata"][name]
        new.update({"metadata": meta, "kind": doc["kind"], "apiVersion": doc["apiVersion"]})
        return new

    def mesh_variant(self):
        old, new = self.mesh or {}, copy.deepcopy(self.mesh or {})
        for _ in range(self.rng.choice([1, 2, 3])):
            self.maker.change(self.schema.roots["", "MeshConfig"], new)
        for fixed in FIXED:
            new.pop(fixed, None)
        new.update({fixed: old[fixed] for fixed in FIXED if fixed in old})
        return new

    def settle(self, tries, good):
        """Of the variants of each place the first that the API server and the webhook take."""
        for place, docs in tries:
            old = self.mesh if place is None else self.docs[place]
            fits = [d for i, d in enumerate(docs) if (place, i) in good and (place in self.grafted or d != old)]
            if place is None:
                self.mesh = fits[0] if fits else self.mesh
            elif fits or place in self.grafted:
                self.docs[place] = fits[0] if fits else None
            if fits:
                self.changed[str(place)] = "MeshConfig" if place is None else "/".join(map(str, key(fits[0])[1:]))
        self.docs = [d for d in self.docs if d is not None and distinct(d)]

    def write(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(os.path.join(folder, "in"))
        if self.rng.random() < 0.15:
            self.rng.shuffle(self.docs)
        docs = "---\n".join(json.dumps(d, indent=1) + "\n" for d in self.docs)
        about = {"of": self.made_of, "changed": self.changed}
        parts = {"mesh.yaml": self.mesh, "networks.yaml": self.networks, "mask.json": self.mask or None}
        parts.update({"proxies.json": self.proxies, "about.json": about})
        files = {name: json.dumps(part, indent=1) for name, part in parts.items() if part is not None}
        files.update({"in/all.yaml": docs, "env": self.env})
        for name, content in files.items():
            with open(os.path.join(folder, name), "w") as out:
                out.write(content)


class Settler:
    """Makes an object of another mesh one of this."""

    def __init__(self, rng, docs, hosts, spaces):
        self.rng, self.hosts, self.spaces = rng, hosts, spaces
        labels = [(d.get("metadata") or {}).get("labels") for d in docs if d.get("kind") == "Pod"]
        self.apps = [l["app"] for l in labels if isinstance(l, dict) and "app" in l]
        self.gateways = [d["metadata"]["name"] for d in docs if d.get("kind") == "Gateway"]

    def walk(self, value):
        rng = self.rng
        if isinstance(value, list):
            for at, one in enumerate(value):
                is_host = isinstance(one, str) and re.fullmatch(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+", one)
                if is_host and self.hosts and rng.random() < 0.3:
                    value[at] = rng.choice(self.hosts)
                self.walk(one)
        elif isinstance(value, dict):
            for name in list(value):
                self.field(value, name)
                self.walk(value[name])

    def field(self, value, name):
        rng, one = self.rng, value[name]
        if name in ("host", "targetHost") and self.hosts and rng.random() < 0.9:
            value[name] = rng.choice(self.hosts)
        elif name == "app" and self.apps and isinstance(one, str):
            value[name] = rng.choice(self.apps)
        elif name == "gateways" and self.gateways and rng.random() < 0.7:
            value[name] = [rng.choice(self.gateways + ["mesh"])]
        elif name == "parentRefs" and self.gateways and isinstance(one, list):
            for ref in one:
                if isinstance(ref, dict) and rng.random() < 0.7:
                    ref.update({"name": rng.choice(self.gateways), "namespace": rng.choice(self.spaces)})
        elif name == "backendRefs" and self.hosts and isinstance(one, list):
            for ref in one:
                host = rng.choice(self.hosts).split(".")
                if isinstance(ref, dict) and len(host) > 2 and rng.random() < 0.8:
                    ref.update({"name": host[0], "namespace": host[1]})


def hosts_of(docs):
    out = []
    for doc in docs:
        spec, meta = doc.get("spec") or {}, doc.get("metadata") or {}
        if doc.get("kind") == "Service":
            out.append("%s.%s.svc.cluster.local" % (meta.get("name"), meta.get("namespace", "default")))
        if doc.get("kind") == "ServiceEntry":
            out += [h for h in spec.get("hosts") or [] if isinstance(h, str)]
    return out


def distinct(doc):
    """Whether the ports of a Service have names of their own, as the API server demands."""
    if doc.get("kind") != "Service":
        return True
    names = [p.get("name") for p in (doc.get("spec") or {}).get("ports") or [] if isinstance(p, dict)]
    return len(set(names)) == len(names)


def merged(a, b):
    out = copy.deepcopy(a)
    for name, value in b.items():
        both = isinstance(value, dict) and isinstance(out.get(name), dict)
        out[name] = merged(out[name], value) if both else copy.deepcopy(value)
    return out
