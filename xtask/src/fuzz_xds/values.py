"""New values for fields: as recorded ones have them, or made up by the type."""
import copy, re

from recorded import inner

# What istiod reads of Kubernetes' own kinds is much less than what they have.
SERVED = set("""labels annotations appProtocol trafficDistribution publishNotReadyAddresses internalTrafficPolicy conditions ready serving
terminating nodeName zone type externalName selector hostname sessionAffinity""".split())
NUMBERS = [0, 1, 2, 3, 5, 10, 50, 80, 100, 443, 503, 8080, 65535]
WORDS = ["a", "x-b", "/c", "d.example", "web", "catalog.shop.svc.cluster.local", "cluster.local", "*", "1.2.3.4", "shop"]
BY_TYPE = {
    "Int32": NUMBERS, "Uint32": NUMBERS, "Int64": NUMBERS, "Uint64": NUMBERS,
    "Double": [0, 0.5, 1, 1.5, 33.33, 50, 100],
    "Duration": ["1s", "0s", "2.5s", "0.1s", "3600s", "1h", "1m30s"],
    "IntOrString": [80, 8080, "http"],
    "Bytes": ["YQ=="],
}
KEYS = ["app", "version", "a", "x-b", "8080", "80", "http", "eu/eu-a/*"]


class Maker:
    def __init__(self, rng, pool, hosts):
        self.rng, self.pool, self.schema, self.hosts = rng, pool, pool.schema, hosts

    def scalar(self, name, kind, at):
        rng = self.rng
        if kind == "Bool":
            return rng.random() < 0.5
        if kind == "Enum":
            return rng.choice(self.schema.enums[at] or [""])
        if re.fullmatch(r"hosts?|hostnames?", name) and self.hosts and rng.random() < 0.4:
            return rng.choice(self.hosts)
        got = self.pool.by_name.get((name, kind))
        return rng.choice(got if got and rng.random() < 0.85 else BY_TYPE.get(kind, WORDS))

    def one(self, field, depth):
        name, kind, at, _, _ = field
        if kind == "Message":
            whole = self.pool.whole.get(at)
            if whole and self.rng.random() < 0.6:
                return copy.deepcopy(self.rng.choice(whole))
            return self.message(at, depth + 1)
        return None if kind in ("Struct", "Any", "Timestamp") else self.scalar(name, kind, at)

    def field(self, message, field, depth=0):
        name, kind, _, shape, _ = field
        got = self.pool.values.get((message, name))
        if got and (self.rng.random() < 0.5 or kind in ("Struct", "Any")):
            return copy.deepcopy(self.rng.choice(got))
        if shape == "L":
            out = [self.one(field, depth) for _ in range(self.rng.choice([1, 1, 1, 2, 3]))]
            return [o for o in out if o is not None] or None
        if shape == "M":
            known = [k for v in got or [] if isinstance(v, dict) for k in v]
            count = self.rng.choice([1, 1, 2])
            return {str(self.rng.choice(known or KEYS)): self.one(field, depth) for _ in range(count)}
        return self.one(field, depth)

    def message(self, at, depth):
        fields, out = self.schema.messages[at], {}
        count = self.rng.choice([1, 1, 2, 3]) if depth < 4 else 1
        for field in self.rng.sample(fields, min(len(fields), count)):
            self.put(at, out, field, depth)
        return out

    def put(self, at, out, field, depth):
        """Sets a field; of a group of which one is chosen the others go."""
        value = self.field(at, field, depth)
        if value is None:
            return
        for other in self.schema.messages[at]:
            if field[4] and other[4] == field[4]:
                out.pop(other[0], None)
        out[field[0]] = value

    def places(self, at, value, out):
        """All messages inside a value, with their types."""
        if not isinstance(value, dict):
            return
        out.append((at, value))
        for name, kind, sub, shape, _ in self.schema.messages[at]:
            if kind == "Message" and name in value:
                for one in inner(value[name], shape):
                    self.places(sub, one, out)

    def change(self, at, value, core=False):
        """One random change somewhere inside a message."""
        places = []
        self.places(at, value, places)
        at, value = self.rng.choice(places)
        fields = self.schema.messages[at]
        if core:
            fields = [f for f in fields if (at, f[0]) in self.pool.values and f[0] in SERVED]
        here = [f for f in fields if f[0] in value]
        how = self.rng.random()
        if not fields:
            return
        if how < 0.6 or not here:
            self.put(at, value, self.rng.choice(fields), 0)
        elif how < 0.72:
            value.pop(self.rng.choice(here)[0])
        else:
            self.vary(at, value, self.rng.choice(here))

    def vary(self, at, value, field):
        """Repeats, reorders or extends what a field holds."""
        rng, got = self.rng, value[field[0]]
        if isinstance(got, list) and got:
            how = rng.random()
            if how < 0.4:
                got.insert(rng.randrange(len(got) + 1), copy.deepcopy(rng.choice(got)))
            elif how < 0.7:
                rng.shuffle(got)
            else:
                more = self.field(at, field)
                got += more if isinstance(more, list) else []
        elif isinstance(got, dict) and field[3] == "M" and field[0] in ("labels", "annotations"):
            known = [v for v in self.pool.values.get((at, field[0]), []) if v]
            if known:
                name, word = rng.choice(list(rng.choice(known).items()))
                got[name] = copy.deepcopy(word)
        else:
            self.put(at, value, field, 0)
