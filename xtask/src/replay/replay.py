"""Random policies and boundary requests through real Envoy, beside the evaluator's decisions.

usage: replay.py TOOLS PROGRAM SCRATCH SETS SEED REQUESTS
One line of JSON on stdout: sets, requests, mismatches with the set and the request of each.
"""
import concurrent.futures, json, os, random, subprocess, sys

TOOLS, PROGRAM, SCRATCH = sys.argv[1:4]
SETS, SEED, REQUESTS = map(int, sys.argv[4:7])
sys.path.insert(0, TOOLS)
import harness
from reqgen import ReqGen

BATCH = 50
FLAGS = [x for k, v in harness.FLAGS.items() for x in ('--env', f'{k}={v}')]
PATHS = ['/a', '/a/*', '/a*', '*/x', '*.js', '/a/{*}/x', '/a/{**}', '/b/{*}', '/{**}/x', '*', '/', '/a/b', '/a/[x]', '/admin', '/admin/*', '/A']
HOSTS = ['orders.shop.svc.cluster.local', '*.example.com', 'a.*', 'A.com', 'a.com:80', '*', '*.local']
NAMESPACES = ['shop', 'web', 'w*', '*b', '*', 's*p', 'sa', 'ns']
PRINCIPALS = ['cluster.local/ns/shop/sa/a', 'cluster.local/ns/web/*', '*/sa/a', '*', 'old.td/ns/shop/sa/a', '*/ns/shop/sa/a']
ACCOUNTS = ['a', 'shop/a', 'web/b', 'web/fe']
BLOCKS = ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.1', '0.0.0.0/0', '192.168.0.0/24', '172.16.0.0/12']
METHODS = ['GET', 'POST', 'P*', '*T', '*']
TOKENS = ['https://idp.example.com/u', 'https://idp.example.com/*', '*', '*/u', '*u']
HEADERS = ['v', 'v*', '*w', '*']
CLAIMS = ['admin', 'ad*', '*min', '*']
DOMAINS = ['cluster.local', 'old.td', 'c*', '*']
NORMAL = ['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES']
KEYS = [('request.headers[x-h]', HEADERS), ('request.auth.claims[group]', CLAIMS), ('connection.sni', ['s.com', '*.com', '*']),
        ('source.namespace', NAMESPACES), ('source.ip', BLOCKS), ('remote.ip', BLOCKS), ('destination.port', ['8080', '9000'])]


def some(r, values):
    return r.sample(values, r.randint(1, min(3, len(values))))


def field(r, name, values):
    if r.random() < .25:
        name = 'not' + name[0].upper() + name[1:]
    return {name: some(r, values)}


def source(r):
    out = {}
    for name, values in r.sample([('principals', PRINCIPALS), ('ipBlocks', BLOCKS), ('remoteIpBlocks', BLOCKS), ('requestPrincipals', TOKENS),
                                  ('namespaces', NAMESPACES), ('trustDomains', DOMAINS), ('serviceAccounts', ACCOUNTS)], r.randint(1, 2)):
        if 'serviceAccounts' in name and any('rincipals' in k or 'amespaces' in k for k in out):
            continue
        if any('erviceAccounts' in k for k in out) and ('rincipals' in name or 'amespaces' in name):
            continue
        out |= field(r, name, values)
    return out


def rule(r):
    out = {}
    if r.random() < .7:
        out['from'] = [{'source': source(r)} for _ in range(r.randint(1, 2))]
    if r.random() < .7:
        op = {}
        for name, values in r.sample([('paths', PATHS), ('hosts', HOSTS), ('methods', METHODS), ('ports', ['8080', '9000', '1'])], r.randint(1, 2)):
            op |= field(r, name, values)
        out['to'] = [{'operation': op}]
    if r.random() < .3:
        key, values = r.choice(KEYS)
        out['when'] = [{'key': key, ('notValues' if r.random() < .3 else 'values'): some(r, values)}]
    return out


def docs(seed):
    r = random.Random(seed)
    mesh = {'trustDomainAliases': ['old.td'], 'pathNormalization': {'normalization': r.choice(NORMAL)}}
    out = [{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'orders', 'namespace': 'shop', 'labels': {'app': 'orders'}},
            'spec': {'serviceAccountName': 'orders', 'containers': [{'name': 'a', 'ports': [{'containerPort': 8080}]}]}, 'status': {'podIP': harness.DST_IP}},
           {'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': 'orders', 'namespace': 'shop'},
            'spec': {'selector': {'app': 'orders'}, 'clusterIP': '10.96.0.9', 'ports': [{'name': 'http', 'port': 8080, 'targetPort': 8080}, {'name': 'tcp', 'port': 9000, 'targetPort': 9000}]}},
           {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'istio', 'namespace': 'istio-system'}, 'data': {'mesh': json.dumps(mesh)}}]
    for n in range(r.randint(1, 3)):
        out.append({'apiVersion': 'security.istio.io/v1', 'kind': 'AuthorizationPolicy', 'metadata': {'name': f'p{n}', 'namespace': 'shop'},
                    'spec': {'action': r.choice(['ALLOW', 'ALLOW', 'DENY']), 'rules': [rule(r) for _ in range(r.randint(1, 2))]}})
    if r.random() < .5:
        out.append({'apiVersion': 'security.istio.io/v1', 'kind': 'RequestAuthentication', 'metadata': {'name': 'j', 'namespace': 'shop'},
                    'spec': {'jwtRules': [{'issuer': 'https://idp.example.com', 'jwks': '{"keys":[]}'}]}})
    if r.random() < .3:
        out.append({'apiVersion': 'security.istio.io/v1', 'kind': 'PeerAuthentication', 'metadata': {'name': 'd', 'namespace': 'shop'},
                    'spec': {'mtls': {'mode': r.choice(['STRICT', 'DISABLE'])}}})
    return out


def make(n):
    """The listener of a set, its requests, and what the evaluator says of them."""
    name, home = f's{SEED}-{n}', f'{SCRATCH}/s{SEED}-{n}'
    os.makedirs(f'{home}/in', exist_ok=True)
    all_docs = docs(SEED * 1_000_003 + n)
    with open(f'{home}/in/base.yaml', 'w') as f:
        f.write('\n---\n'.join(json.dumps(d) for d in all_docs) + '\n')
    gen = ReqGen(all_docs, seed=SEED * 7919 + n, aliases=('old.td',), tcp=.1, ports=(8080,))
    requests = [{'id': str(i), **q} for i, q in enumerate(gen.many(REQUESTS))]
    with open(f'{home}/requests.jsonl', 'w') as f:
        f.writelines(json.dumps(q) + '\n' for q in requests)
    with open(f'{home}/proxies.json', 'w') as f:
        json.dump([{'name': 'p', 'type': 'sidecar', 'ns': 'shop', 'pod': 'orders'}], f)
    run = lambda *args: subprocess.run([PROGRAM, *args, '--color', 'never'], capture_output=True, text=True)
    compiled = run('compile', '--emit', 'xds', '--proxies', f'{home}/proxies.json', '-o', home, *FLAGS, f'{home}/in')
    decided = run('decide', f'{home}/in', '--workload', 'shop/orders', '--requests', f'{home}/requests.jsonl')
    if compiled.returncode or decided.returncode:
        raise SystemExit(f'{name}: {compiled.stderr}{decided.stderr}')
    listeners = json.load(open(f'{home}/p/lds.json'))['resources']
    inbound = [l for l in listeners if l['name'] == 'virtualInbound']
    return name, {'listeners': inbound}, requests, {a['id']: a for a in map(json.loads, decided.stdout.splitlines())}


def main():
    harness.enter_netns()
    keys = harness.Keys()
    mismatches, count = [], 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for start in range(0, SETS, BATCH):
            made = list(pool.map(make, range(start, min(SETS, start + BATCH))))
            envoy = harness.Envoy({name: dump for name, dump, _, _ in made}, keys)
            try:
                for name, _, requests, ours in made:
                    for request, theirs in zip(requests, harness.replay(envoy, name, requests)):
                        count += 1
                        mine = ours[request['id']]
                        # Who ended a connection of bytes stands in a log alone, which not every address reaches.
                        keys = ('decision',) if request.get('proto') == 'tcp' else ('decision', 'by', 'status')
                        if any(mine[k] != theirs[k] for k in keys):
                            mismatches.append({'set': name, 'request': request, 'envoy': theirs, 'evaluator': {k: mine[k] for k in ('decision', 'by', 'status', 'matched')}})
            finally:
                envoy.stop()
    print(json.dumps({'sets': SETS, 'requests': count, 'mismatches': mismatches}))


main()
