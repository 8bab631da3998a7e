"""What is recorded: the schema of the kinds, the cases, and the values that fields have in them."""
import json, os, re

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FIELD = re.compile(r'f\("([^"]*)", "[^"]*", T::(\w+)(?:\((\d+)\))?, ([OLM]), (\d+), (?:true|false)\)')


class Schema:
    """The tables of compiler/model/src/generated/schema.rs: fields as (name, type, place of the type, shape, group)."""

    def __init__(self, path):
        with open(path) as file:
            text = file.read()
        self.messages = []
        for chunk in text[: text.index("pub static ENUMS")].split("Message { name: ")[1:]:
            fields = [(f[0], f[1], int(f[2] or 0), f[3], int(f[4])) for f in FIELD.findall(chunk)]
            self.messages.append(fields)
        values = re.findall(r'Enum \{ name: "[^"]*", values: &\[(.*?)\], numbers', text)
        self.enums = [re.findall(r'\("([^"]*)"', one) for one in values]
        roots = re.findall(r'Root \{ group: "([^"]*)", kind: "(\w+)", message: (\d+)', text)
        self.roots = {(group, kind): int(message) for group, kind, message in roots}

    def root(self, doc):
        return self.roots.get((str(doc.get("apiVersion", "")).rpartition("/")[0], doc.get("kind")))


class Case:
    """A recorded case without its answers."""

    def __init__(self, folder):
        self.name, self.docs = os.path.basename(folder), []
        for at, _, names in sorted(os.walk(os.path.join(folder, "in"))):
            for name in sorted(names):
                if name.endswith((".yaml", ".yml", ".json")):
                    self.docs += documents(text(at, name))
        self.mesh, self.networks = first(folder, "mesh.yaml"), first(folder, "networks.yaml")
        self.env = text(folder, "env")
        self.proxies = json.loads(text(folder, "proxies.json") or "[]")
        self.mask = json.loads(text(folder, "mask.json") or "[]")


class Pool:
    """Recorded values by message and field."""

    def __init__(self, schema):
        self.schema, self.values, self.by_name, self.whole = schema, {}, {}, {}

    def add(self, message, value):
        if not isinstance(value, dict):
            return
        self.whole.setdefault(message, []).append(value)
        for name, kind, at, shape, _ in self.schema.messages[message]:
            if name not in value:
                continue
            got = value[name]
            self.values.setdefault((message, name), []).append(got)
            for one in inner(got, shape):
                if kind == "Message":
                    self.add(at, one)
                elif isinstance(one, (str, int, float, bool)):
                    self.by_name.setdefault((name, kind), []).append(one)


def inner(value, shape):
    """The values of a field: of a list or map those in it."""
    if isinstance(value, list):
        return value
    return list(value.values()) if shape == "M" and isinstance(value, dict) else [value]


def text(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return ""
    with open(path) as file:
        return file.read()


def documents(source):
    try:
        return [d for d in yaml.load_all(source, LOADER) if isinstance(d, dict)]
    except yaml.YAMLError:
        return []


def first(folder, name):
    got = documents(text(folder, name))
    return got[0] if got else None


def key(doc):
    meta = doc.get("metadata") or {}
    group = str(doc.get("apiVersion")).rpartition("/")[0]
    return group, doc.get("kind"), meta.get("namespace", "default"), meta.get("name")


def load(shared, schema_path):
    """The schema, the pool of values of all areas, and the cases that meshes are made of."""
    schema = Schema(schema_path)
    pool, cases = Pool(schema), []
    mesh = schema.roots["", "MeshConfig"]

    def take(doc, root):
        if root is not None:
            pool.add(root, doc)

    for area in ("xds", "traffic", "ztunnel", "status"):
        folder = os.path.join(shared, "oracle", area)
        for name in sorted(os.listdir(folder)):
            if not os.path.isdir(os.path.join(folder, name, "in")):
                continue
            case = Case(os.path.join(folder, name))
            if area == "xds" and case.proxies:
                cases.append(case)
            for doc in case.docs:
                take(doc, schema.root(doc))
            if case.mesh:
                pool.add(mesh, case.mesh)
    folder = os.path.join(shared, "oracle", "validation")
    for name in sorted(os.listdir(folder)):
        rows = map(json.loads, text(folder, name).splitlines()) if name.endswith(".jsonl") else []
        for row in rows:
            for doc in documents(row["doc"]) if row.get("verdict") == "accept" else []:
                take(doc, mesh if row["kind"] == "MeshConfig" else schema.root(doc))
    return schema, pool, cases
