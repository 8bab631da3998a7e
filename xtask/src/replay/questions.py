"""Answers of the written questions, looked for by brute force: random requests at the edges of the sets' patterns and of the questions' own
words go to real Envoy and to the evaluator, and each question is answered from what they say.

usage: questions.py TOOLS PROGRAM SCRATCH QUESTIONS SEED REQUESTS
One line of JSON on stdout: sets, requests, how often each outcome was seen, and the mismatches: of Envoy and the evaluator, and of answers.
"""
import collections, ipaddress, json, os, random, subprocess, sys, zlib
import yaml

TOOLS, PROGRAM, SCRATCH, HOME = sys.argv[1:5]
SEED, REQUESTS = map(int, sys.argv[5:7])
sys.path.insert(0, TOOLS)
import harness
import asked
from boundary import Boundary
from compared import answers, differing, with_certificates

FLAGS = [x for k, v in harness.FLAGS.items() for x in ('--env', f'{k}={v}')]
ROLES = {'sidecar': ('sidecar', ['virtualInbound']), 'gateway': ('router', ['0.0.0.0_8080', '0.0.0.0_80'])}


def run(*args):
    done = subprocess.run([PROGRAM, *args, '--color', 'never'], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f'{args}: {done.stderr}')
    return done.stdout


class Set:
    def __init__(s, name):
        s.name, s.folder, s.home = name, f'{HOME}/sets/{name}', f'{SCRATCH}/{name}'
        info = json.load(open(f'{s.folder}/case.json'))
        s.kind, s.workload = info['kind'], f"{info['workload']['namespace']}/{info['workload']['name']}"
        s.docs = [d for d in yaml.safe_load_all(open(f'{s.folder}/in/mesh.yaml')) if d]
        s.aliases = [a for d in s.docs if d['kind'] == 'ConfigMap' for a in (yaml.safe_load(d['data']['mesh']) or {}).get('trustDomainAliases') or []]
        more = f'{s.folder}/requests.jsonl'
        s.more = [json.loads(line) for line in open(more)] if os.path.exists(more) else []
        os.makedirs(s.home)

    def listener(s):
        """What real Envoy runs; nothing for what it does not stand for."""
        if s.kind not in ROLES:
            return None
        role, names = ROLES[s.kind]
        namespace, pod = s.workload.split('/')
        with open(f'{s.home}/proxies.json', 'w') as f:
            json.dump([{'name': 'p', 'type': role, 'ns': namespace, 'pod': pod}], f)
        run('compile', '--emit', 'xds', '--proxies', f'{s.home}/proxies.json', '-o', s.home, *FLAGS, f'{s.folder}/in')
        found = [l for l in json.load(open(f'{s.home}/p/lds.json'))['resources'] if l['name'] in names]
        if len(found) != 1:
            raise SystemExit(f'{s.name}: no listener')
        return {'listeners': [with_certificates(found[0])]}

    def decide(s, requests):
        file = f'{s.home}/requests.jsonl'
        with open(file, 'w') as f:
            f.writelines(json.dumps(dict(q, id=str(at))) + '\n' for at, q in enumerate(requests))
        return [json.loads(line) for line in run('decide', f'{s.folder}/in', '--workload', s.workload, '--requests', file).splitlines()]

    def ports(s):
        if s.kind == 'waypoint':
            return (80,)
        if s.kind == 'gateway':
            return (8080,) if any(d['kind'] == 'VirtualService' for d in s.docs) else (80,)
        return (8080, 8080, 8081)


def meets(q, values, r):
    """Makes a request meet some of what a question speaks of."""
    inside = lambda text: text.replace('**', r.choice(['x', 'a/b', '', 'x.js', '[x]'])).replace('*', r.choice(['x', 'prod', 'a']))
    for kind, value in values:
        if r.random() < .3:
            continue
        if kind == 'port':
            q['port'] = value
        elif kind == 'peer' and q.get('peer'):
            home, _, name = value.partition('/')
            q['peer'] = f"{q['peer'].split('/ns/')[0]}/ns/{inside(home)}/sa/{inside(name)}"
        elif kind == 'domain' and '/ns/' in (q.get('peer') or ''):
            q['peer'] = f"spiffe://{inside(value)}/ns/{q['peer'].split('/ns/')[1]}"
        elif kind == 'src':
            block = ipaddress.ip_network(value)
            q['src'] = str(block[r.randrange(block.num_addresses)])
        elif q['proto'] == 'http' and kind in ('path', 'method', 'host'):
            q[kind] = inside(value) if kind != 'host' else inside(value) + r.choice(['', '', ':80', ':8443'])
        elif q['proto'] == 'http' and kind == 'header':
            q['headers'] = q['headers'] + [[value[0], inside(value[1])]]
    return q


def requests_of(question, sets):
    first = sets[0]
    seed = SEED * 7919 + zlib.crc32(question['id'].encode())
    docs = [d for one in sets for d in one.docs if d.get('spec') is not None]
    gateway = first.kind == 'gateway'
    aliases = sorted({a for one in sets for a in one.aliases})
    gen = Boundary(docs, seed=seed, aliases=aliases, gw=gateway, tcp=0 if first.kind in ('gateway', 'waypoint') else .15, ports=first.ports())
    r = random.Random(seed)
    values = asked.values(question)
    out = [dict(q) for one in sets for q in one.more]
    for q in gen.many(REQUESTS):
        # What arrives at a workload is addressed to it.
        q = {k: v for k, v in q.items() if k != 'dst'}
        q = meets(q, values, r) if r.random() < .7 else q
        if gateway and q['port'] not in first.ports():
            continue
        if first.kind == 'ztunnel':
            q = {k: q[k] for k in ('peer', 'src', 'sni', 'port')} | {'proto': 'tcp'}
        elif q['port'] == 9000 and q['proto'] == 'http':
            # Bytes are what this port takes.
            q = {k: q[k] for k in ('peer', 'src', 'sni')} | {'port': 9000, 'proto': 'tcp'}
        elif q['port'] not in (8080, 8081) and q['proto'] == 'http' and not q['path'].startswith('/'):
            q['path'] = '/' + q['path']
        out.append(q)
    kind, _ = asked.breaks(question)
    return [q for one in out for q in (one, asked.twin(kind, one, r)) if q]


def answer(question, requests, decisions):
    """What the decisions answer, with the request that shows it."""
    kind, test = asked.breaks(question)
    if test is None:
        pairs = zip(range(0, len(requests) - 1), range(1, len(requests)))
        counts = lambda a, b: {decisions[0][a]['decision'], decisions[0][b]['decision']} == {'allow', 'deny'} and 'mtls' not in (decisions[0][a]['by'], decisions[0][b]['by'])
        bare = lambda q: json.dumps({**q, 'host': '', 'headers': [h for h in q.get('headers', []) if h[0].lower() != 'x-forwarded-for']})
        found = [a for a, b in pairs if bare(requests[a]) == bare(requests[b]) and counts(a, b)]
        return ('violated', requests[found[0]]) if found else ('holds', None)
    for at, q in enumerate(requests):
        try:
            if test(q, [d[at] for d in decisions]):
                return ('holds' if kind == 'some' else 'violated'), q
        except asked.Unasked:
            continue
    return ('violated' if kind == 'some' else 'holds'), None


def main():
    harness.enter_netns()
    questions = [json.loads(line) for line in open(f'{HOME}/questions.jsonl')]
    sets = {name: Set(name) for name in sorted({n for q in questions for n in q['in']})}
    dumps = {name: one.listener() for name, one in sets.items()}
    envoy = harness.Envoy({name: dump for name, dump in dumps.items() if dump}, harness.Keys(), tcplog=False)
    mismatches, seen = [], collections.Counter()
    try:
        for number, question in enumerate(questions):
            mine = [sets[name] for name in question['in']]
            requests = requests_of(question, mine)
            by_us = [one.decide(requests) for one in mine]
            by_envoy = [answers(envoy, one.name, requests) if dumps[one.name] else ours for one, ours in zip(mine, by_us)]
            for one, ours, theirs in zip(mine, by_us, by_envoy):
                seen.update(f"{d['decision']} {d['by']}" for d in theirs)
                differ = [(q, a, b) for q, a, b in zip(requests, ours, theirs) if a is not b and differing(q, a, b)]
                mismatches += [{'set': one.name, 'request': q, 'envoy': b, 'evaluator': a} for q, a, b in differ[:3]]
            found, witness = answer(question, requests, by_envoy)
            if found != question['answer']:
                mismatches.append({'question': question['id'], 'written': question['answer'], 'found': found, 'request': witness})
            print(f"{number + 1} questions, {seen.total()} requests, {len(mismatches)} mismatches", file=sys.stderr, flush=True)
    finally:
        envoy.stop()
    print(json.dumps({'sets': len(sets), 'requests': seen.total(), 'seen': dict(sorted(seen.items())), 'mismatches': mismatches}))


main()
