"""Random policies and boundary requests through real Envoy, beside the evaluator's decisions.

usage: replay.py TOOLS PROGRAM SCRATCH SETS SEED REQUESTS [RECORDED]
With RECORDED, a folder of recorded cases, their policies take the place of random ones, each set one case after the other.
One line of JSON on stdout: sets, requests, how often each outcome was seen, and the mismatches with the set and the request of each.
"""
import collections, concurrent.futures, json, os, shutil, subprocess, sys
import yaml

TOOLS, PROGRAM, SCRATCH = sys.argv[1:4]
SETS, SEED, REQUESTS = map(int, sys.argv[4:7])
RECORDED = [os.path.join(sys.argv[7], case) for case in sorted(os.listdir(sys.argv[7]))] if len(sys.argv) > 7 else []
RECORDED = [case for case in RECORDED if os.path.exists(f'{case}/case.json')]
sys.path.insert(0, TOOLS)
import harness
from boundary import Boundary
from compared import answers, differing, with_certificates
from sets import documents

BATCH = 200
# A list of listeners is written once and not used again: the slow ways to write and copy are not needed.
harness.json.dump = lambda value, f, **_: f.write(json.dumps(value))
harness.copy.deepcopy = lambda value: value
FLAGS = [x for k, v in harness.FLAGS.items() for x in ('--env', f'{k}={v}')]


def drawn(n, home):
    """Random policies: documents, whether they are a gateway's, aliases of the trust domain, and the workload."""
    docs, gateway, aliases = documents(SEED * 1_000_003 + n, harness.DST_IP)
    with open(f'{home}/in/base.yaml', 'w') as f:
        f.write('\n---\n'.join(json.dumps(d) for d in docs) + '\n')
    return docs, gateway, aliases, ('istio-system', 'edge-0') if gateway else ('shop', 'orders-0')


def recorded(n, home):
    """The same of a recorded case."""
    case = RECORDED[n % len(RECORDED)]
    info = json.load(open(f'{case}/case.json'))
    docs, aliases = [], []
    for file in sorted(os.listdir(f'{case}/in')):
        text = open(f'{case}/in/{file}').read()
        open(f'{home}/in/{file}', 'w').write(text)
        docs += [d for d in yaml.safe_load_all(text) if d]
    for d in docs:
        if d['kind'] == 'ConfigMap' and 'mesh' in d.get('data', {}):
            aliases = (yaml.safe_load(d['data']['mesh']) or {}).get('trustDomainAliases') or []
    return [d for d in docs if d.get('spec') is not None], info['kind'] == 'gateway', aliases, (info['workload']['namespace'], info['workload']['name'])


def made(n):
    """The listener of a set, its requests, and what the evaluator says of them."""
    name, home = f's{SEED}-{n}', f'{SCRATCH}/s{SEED}-{n}'
    os.makedirs(f'{home}/in', exist_ok=True)
    docs, gateway, aliases, (namespace, pod) = (recorded if RECORDED else drawn)(n, home)
    gen = Boundary(docs, seed=SEED * 7919 + n, aliases=aliases, gw=gateway, tcp=0 if gateway else .08, ports=(8080,) if gateway else (8080, 8080, 8081))
    requests = [{'id': str(i), **q} for i, q in enumerate(gen.many(REQUESTS)) if not gateway or q['port'] == 8080]
    with open(f'{home}/requests.jsonl', 'w') as f:
        f.writelines(json.dumps(q) + '\n' for q in requests)
    with open(f'{home}/proxies.json', 'w') as f:
        json.dump([{'name': 'p', 'type': 'router' if gateway else 'sidecar', 'ns': namespace, 'pod': pod}], f)
    run = lambda *args: subprocess.run([PROGRAM, *args, '--color', 'never'], capture_output=True, text=True)
    compiled = run('compile', '--emit', 'xds', '--proxies', f'{home}/proxies.json', '-o', home, *FLAGS, f'{home}/in')
    decided = run('decide', f'{home}/in', '--workload', f'{namespace}/{pod}', '--requests', f'{home}/requests.jsonl')
    if compiled.returncode or decided.returncode:
        raise SystemExit(f'{name}: {compiled.stderr}{decided.stderr}')
    listeners = json.load(open(f'{home}/p/lds.json'))['resources']
    wanted = '0.0.0.0_8080' if gateway else 'virtualInbound'
    found = [with_certificates(l) for l in listeners if l['name'] == wanted]
    return name, {'listeners': found}, requests, {a['id']: a for a in map(json.loads, decided.stdout.splitlines())}


def compared(envoy, batch, seen):
    for name, _, requests, ours in batch:
        clean = True
        for request, theirs in zip(requests, answers(envoy, name, requests)):
            mine = ours[request['id']]
            seen[f"{theirs['decision']} {theirs['by']}"] += 1
            keys = differing(request, mine, theirs)
            if keys:
                clean = False
                yield {'set': name, 'differs': keys, 'request': request, 'envoy': theirs, 'evaluator': mine}
        if clean:
            shutil.rmtree(f'{SCRATCH}/{name}')


def main():
    harness.enter_netns()
    authority = harness.Keys()
    mismatches, seen = [], collections.Counter()
    starts = range(0, SETS, BATCH)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        make = lambda start: [pool.submit(made, n) for n in range(start, min(SETS, start + BATCH))]
        coming = make(0)
        for start in starts:
            batch = [one.result() for one in coming]
            coming = make(start + BATCH)
            envoy = harness.Envoy({name: dump for name, dump, _, _ in batch}, authority, tcplog=False)
            try:
                mismatches += compared(envoy, batch, seen)
            finally:
                envoy.stop()
            print(f'{start + len(batch)} sets, {seen.total()} requests, {len(mismatches)} mismatches', file=sys.stderr, flush=True)
    print(json.dumps({'sets': SETS, 'requests': seen.total(), 'seen': dict(sorted(seen.items())), 'mismatches': mismatches}))


main()
