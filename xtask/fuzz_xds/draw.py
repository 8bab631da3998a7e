"""A seeded source of choices, and what the mesh of a case offers to refer to."""
import random

import yaml


class Draw(random.Random):
    """Random choices with the words a generator uses."""

    def chance(self, p):
        return self.random() < p

    def pick(self, *values):
        return self.choice(values)

    def some(self, values, least=1, most=3):
        values = list(values)
        return self.sample(values, min(len(values), self.randint(least, most)))

    def fields(self, table, p=0.3, least=0):
        """An object with each key of `table` (name to a function that draws the value) at probability `p`."""
        keys = [k for k in table if self.chance(p)]
        while len(keys) < min(least, len(table)):
            k = self.choice(list(table))
            if k not in keys:
                keys.append(k)
        return {k: table[k]() for k in table if k in keys}


class Mesh:
    """Names that the objects of a base file define."""

    def __init__(self, text):
        self.docs = [d for d in yaml.safe_load_all(text) if d]
        kind = lambda k: [d for d in self.docs if d.get("kind") == k]
        self.services = []
        for s in kind("Service"):
            spec, meta = s.get("spec") or {}, s["metadata"]
            self.services.append((meta["name"], meta.get("namespace", "default"),
                                  [p["port"] for p in spec.get("ports") or []]))
        self.pods = [(p["metadata"]["name"], p["metadata"].get("namespace", "default"),
                      p["metadata"].get("labels") or {}, p["spec"].get("serviceAccountName", "default"))
                     for p in kind("Pod")]
        self.namespaces = sorted({s[1] for s in self.services} | {p[1] for p in self.pods}) or ["default"]

    def app_services(self):
        return [s for s in self.services if s[1] != "istio-system"] or self.services

    def gateways(self):
        return [p for p in self.pods if p[1] == "istio-system" and "istio" in p[2]]


def obj(api, kind, name, namespace, spec=None, **meta):
    out = {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace, **meta}}
    if spec is not None:
        out["spec"] = spec
    return out
