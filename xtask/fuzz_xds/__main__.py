"""Differential fuzzing of `compile`: random meshes from fixed seeds, the answers of the real control plane beside ours.

    python3 xtask/fuzz_xds make DIR --first 1 --count 100 [--focus KIND]     cases seed-N (same seed, same case)
    python3 xtask/fuzz_xds ask DIR --xdsdump PROGRAM                         the real answers, into DIR/CASE/expect
    python3 xtask/fuzz_xds compare DIR --ours PROGRAM                        ours, and the differences grouped by place

Base meshes and mixed-in objects come from the recorded cases in ../shared/oracle/xds; PROGRAM of `compare` is the example
`xds` of mp-emit. A case that the control plane's own validation refuses gets a file `refused` and is left out.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def make(args):
    import cases
    out = pathlib.Path(args.dir)
    for seed in range(args.first, args.first + args.count):
        cases.write(out / f"seed-{seed}", seed, SHARED / "oracle/xds", args.focus)


def ask(args):
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(lambda case: ask_one(args.xdsdump, case), sorted(pathlib.Path(args.dir).iterdir())))


def ask_one(xdsdump, case):
    if (case / "expect").exists() or (case / "refused").exists() or not (case / "proxies.json").exists():
        return
    try:
        run = subprocess.run([xdsdump, "-strict", "-sort", "-case", str(case), "-out", str(case / "expect")],
                             capture_output=True, text=True, timeout=120, env={**os.environ, "GOMAXPROCS": "1"})
        fault = run.stderr if run.returncode else ""
    except subprocess.TimeoutExpired:
        fault = "timeout"
    if fault:
        (case / "refused").write_text(fault[-4000:])
        subprocess.run(["rm", "-rf", str(case / "expect")], check=False)


def place(pointer):
    """The pointer of a difference without names and numbers, so that equal causes fall together."""
    return re.sub(r"/\d+(?=/|$)", "/#", pointer)


def compare(args):
    sys.path.insert(0, str(SHARED / "tools"))
    import xdsdiff
    folder = pathlib.Path(args.dir)
    subprocess.run(["rm", "-rf", str(folder / "ours")], check=False)
    run = subprocess.run([args.ours, str(folder), str(folder / "ours")], capture_output=True, text=True, check=False)
    print(run.stderr[-3000:])
    groups, equal, total = collections.defaultdict(list), 0, 0
    for case in sorted(folder.iterdir(), key=lambda p: (len(p.name), p.name)):
        if not (case / "expect").exists():
            continue
        total += 1
        same, proxies = xdsdiff.run(str(case / "expect"), str(folder / "ours" / case.name), None, 40, xdsdiff.TYPES)
        equal += same
        for proxy, types in proxies.items():
            for kind, found in types.items():
                note(groups, case.name, proxy, kind, found)
    for key, hits in sorted(groups.items(), key=lambda item: -len({h[0] for h in item[1]})):
        cases_hit = list(dict.fromkeys(h[0] for h in hits))
        print(f"{len(cases_hit):4} {key}   e.g. {' '.join(cases_hit[:4])}: {hits[0][1]}")
    print(f"equal {equal} of {total}")


def note(groups, case, proxy, kind, found):
    if found["ok"]:
        return
    for name in found["missing"]:
        groups[f"{kind} missing resource"].append((case, f"{proxy} {name}"))
    for name in found["extra"]:
        groups[f"{kind} extra resource"].append((case, f"{proxy} {name}"))
    for diff in found["diffs"]:
        text = json.dumps({k: v for k, v in diff.items() if k != "pointer"})
        groups[f"{kind} {place(tail(diff['pointer']))}"].append((case, f"{proxy} {diff['pointer']} {text[:300]}"))


def tail(pointer):
    """Without the resource's name."""
    return re.sub(r"^/?[^/]*", "", pointer.lstrip("/"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "ask", "compare"])
    parser.add_argument("dir")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--focus", default="")
    parser.add_argument("--xdsdump", default="xdsdump")
    parser.add_argument("--jobs", type=int, default=1, help="questions to the control plane at the same time; most of one is waiting")
    parser.add_argument("--ours", default=str(ROOT / "target/debug/examples/xds"))
    args = parser.parse_args()
    {"make": make, "ask": ask, "compare": compare}[args.what](args)


if __name__ == "__main__":
    main()
