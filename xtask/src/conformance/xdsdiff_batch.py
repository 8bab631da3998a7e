"""Compares many cases with xdsdiff in one go: a JSON line {case, expect, actual, mask} in, a line of result out."""
import json, multiprocessing, sys

sys.path.insert(0, sys.argv[1])
import xdsdiff


def compare(row):
    try:
        equal, proxies = xdsdiff.run(row["expect"], row["actual"], row["mask"], 3, xdsdiff.TYPES)
    except Exception as fault:
        return {"case": row["case"], "equal": False, "differs": "xdsdiff: %r" % fault, "resources": 0, "of": 0}
    same = total = 0
    differs = []
    for name, types in proxies.items():
        for kind, found in types.items():
            same += found["equal"]
            total += found["total"]
            if not found["ok"]:
                first = found["diffs"][0]["pointer"] if found["diffs"] else (found["missing"] + found["extra"] + [""])[0]
                differs.append("%s %s %d/%d (%s)" % (name, kind, found["equal"], found["total"], first))
    return {"case": row["case"], "equal": equal, "differs": "; ".join(differs), "resources": same, "of": total}


if __name__ == "__main__":
    rows = [json.loads(line) for line in sys.stdin]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for result in pool.imap(compare, rows, 4):
            print(json.dumps(result))
