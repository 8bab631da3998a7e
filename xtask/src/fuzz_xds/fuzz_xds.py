"""Asks istiod and meshproof about random meshes: a JSON line for each that differs, then one with the counts.

fuzz_xds.py SHARED SCHEMA XDSDUMP MESHPROOF WORK SEED COUNT [ENVOY IDENTITY]

With ENVOY the bootstraps of the same meshes are loaded too: what it refuses, meshproof has to refuse itself.
"""
import json, multiprocessing, os, shutil, subprocess, sys

from meshes import Drawn
from recorded import load

SHARED, SCHEMA, XDSDUMP, MESHPROOF, WORK = sys.argv[1:6]
SEED, COUNT = int(sys.argv[6]), int(sys.argv[7])
ENVOY, IDENTITY = (sys.argv[8:10] + [None, None])[:2]
sys.path.insert(0, os.path.join(SHARED, "tools"))
import xdsdiff

# Variants of an object, of which the first that would be accepted is taken.
TRIES = 6
PATIENCE = 180


def accepted(rows):
    """Ids of the documents that the API server and the webhook would take."""
    path = os.path.join(WORK, "validate.jsonl")
    with open(path, "w") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    done = subprocess.run([MESHPROOF, "validate", "--batch", path], capture_output=True, text=True)
    answers = map(json.loads, done.stdout.splitlines())
    return {answer["id"] for answer in answers if answer["verdict"] == "accept"}


def make():
    schema, pool, cases = load(SHARED, SCHEMA)
    drawn, rows = [], []
    for n in range(COUNT):
        mesh = Drawn(schema, pool, cases, SEED + n)
        tries = mesh.variants(TRIES)
        for place, docs in tries:
            kind = {"kind": "MeshConfig"} if place is None else {}
            rows += [dict(kind, id="%d/%s/%d" % (n, place, i), doc=json.dumps(doc)) for i, doc in enumerate(docs)]
        drawn.append((mesh, tries))
    good, folders = accepted(rows), []
    for n, (mesh, tries) in enumerate(drawn):
        fits = {(place, i) for place, docs in tries for i in range(len(docs)) if "%d/%s/%d" % (n, place, i) in good}
        mesh.settle(tries, fits)
        folders.append(os.path.join(WORK, "mesh-%d" % mesh.seed))
        mesh.write(folders[-1])
    return folders


def command(folder, out, more):
    inside = lambda name: os.path.join(folder, name)
    args = [MESHPROOF, "compile", "--proxies", inside("proxies.json"), "-o", inside(out), inside("in"), *more]
    for flag, name in (("--mesh-config", "mesh.yaml"), ("--mesh-networks", "networks.yaml")):
        args += [flag, inside(name)] if os.path.exists(inside(name)) else []
    with open(inside("env")) as lines:
        args += [word for line in lines if "=" in line for word in ("--env", line.strip())]
    return args


def run(args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=PATIENCE, **more)


def istiod(folder, out):
    return run([XDSDUMP, "-case", folder, "-out", os.path.join(folder, out), "-sort"], env=dict(os.environ, GOMAXPROCS="2"))


def ask(folder):
    row = {"mesh": os.path.basename(folder)}
    try:
        theirs = istiod(folder, "expect")
        if theirs.returncode != 0:
            return dict(row, skip=theirs.stderr.strip()[-300:])
        ours = run(command(folder, "actual", ["--emit", "xds"]))
        if ours.returncode != 0:
            return dict(row, error=ours.stderr.strip()[-300:], code=ours.returncode)
        found = steady(folder, differences(folder, "actual"))
        found += refused(folder) if ENVOY else []
        if found:
            return dict(row, differs=found)
        shutil.rmtree(folder, ignore_errors=True)
        return dict(row, equal=True)
    except subprocess.TimeoutExpired as late:
        return dict(row, skip=str(late)[:200])


def steady(folder, found):
    """What istiod itself does not say twice in the same way says nothing."""
    for _ in range(3):
        if found:
            istiod(folder, "again")
            moving = {(d["proxy"], d["type"], d["pointer"]) for d in differences(folder, "again")}
            found = [d for d in found if (d["proxy"], d["type"], d["pointer"]) not in moving]
            shutil.rmtree(os.path.join(folder, "again"), ignore_errors=True)
    return found


def differences(folder, other):
    mask = os.path.join(folder, "mask.json")
    mask = mask if os.path.exists(mask) else None
    _, proxies = xdsdiff.run(os.path.join(folder, "expect"), os.path.join(folder, other), mask, 6, xdsdiff.TYPES)
    out = []
    for proxy, types in proxies.items():
        for kind, found in types.items():
            out += [dict(d, proxy=proxy, type=kind) for d in found["diffs"] if not found["ok"]]
            for side in ("missing", "extra"):
                out += [{"proxy": proxy, "type": kind, "pointer": "%s %s" % (side, name)} for name in found[side]]
    return out


def refused(folder):
    """Bootstraps that meshproof writes and Envoy does not load; a refusal of meshproof has to name a line."""
    made = run(command(folder, "boot", ["--target", "envoy", "--endpoints", "slices", "--identity", IDENTITY]))
    if made.returncode == 2:
        return [{"proxy": "", "type": "bootstrap", "pointer": made.stderr.strip()[-300:]}]
    out, boot = [], os.path.join(folder, "boot")
    if made.returncode == 1:
        errors = [line for line in made.stderr.splitlines() if line.startswith("error: ")]
        bare = [line for line in errors if "/in/all.yaml:" not in line and "/mesh.yaml:" not in line]
        return [{"proxy": "", "type": "bootstrap", "pointer": "no line: " + line} for line in bare]
    files = [boot] if os.path.isfile(boot) else [os.path.join(boot, name) for name in sorted(os.listdir(boot))]
    for path in files:
        with open(path) as file:
            config = json.load(file)
        here(config)
        with open(path, "w") as file:
            json.dump(config, file)
        loaded = run([ENVOY, "--mode", "validate", "-l", "error", "-c", path])
        # Files of a proxy's own machine are not here.
        if loaded.returncode != 0 and "Invalid path: " not in loaded.stderr:
            name = os.path.basename(path)
            out.append({"proxy": name, "type": "bootstrap", "pointer": loaded.stderr.replace("\n", " ")[-400:]})
    return out


def here(value):
    """Puts certificates of this machine where files are named."""
    files = {"privateKey": "key.pem", "trustedCa": "root-cert.pem", "certificateChain": "cert-chain.pem"}
    for name in list(value) if isinstance(value, dict) else []:
        if name in files and isinstance(value[name], dict) and "filename" in value[name]:
            value[name] = {"filename": os.path.join(IDENTITY, files[name])}
        else:
            here(value[name])
    for one in value if isinstance(value, list) else []:
        here(one)


def main():
    os.makedirs(WORK, exist_ok=True)
    counts = {"equal": 0, "differs": 0, "error": 0, "skip": 0}
    folders = make()
    with multiprocessing.get_context("fork").Pool(2) as workers:
        for row in workers.imap(ask, folders):
            counts[next(what for what in counts if what in row)] += 1
            if "equal" not in row:
                print(json.dumps(row), flush=True)
    print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main()
