"""What a question means on one request and its decisions, read from its own words: nothing here is shared with the prover."""
import ipaddress, re

# Characters of a path that no normalisation touches; of any other path a question about paths is not asked here.
PLAIN = re.compile(r"(/[A-Za-z0-9_~!$&'()*+,;=:@\[\]-][A-Za-z0-9._~!$&'()*+,;=:@\[\]-]*)*/?(\?.*)?$")
PEER = re.compile(r'spiffe://([^/]*)/ns/([^/]*)/sa/([^/]*)$')


class Unasked(Exception):
    """The request is none that the question can be asked about here."""


def like(glob, text):
    return re.fullmatch('.*'.join(map(re.escape, glob.split('*'))), text, re.S) is not None


def path_of(q):
    if q['proto'] != 'http':
        return None
    if not PLAIN.match(q['path']):
        raise Unasked
    return q['path'].split('?')[0]


def on(pattern, path):
    return path is not None and (path.startswith(pattern[:-2]) if pattern.endswith('**') else path == pattern)


def lines(q, name):
    return [v.strip(' \t') for n, v in q.get('headers') or [] if n.lower() == name.lower()]


def consents(q):
    return lines(q, 'x-ext') == ['allow']


def claim(q, name):
    at = q['jwt']['claims']
    for key in [p for p in re.split(r'[\[\]]+', name) if p] if '[' in name else [name]:
        at = at.get(key) if isinstance(at, dict) else None
    return [t for t in (at if isinstance(at, list) else [at]) if isinstance(t, str)]


def good_token(q):
    if q.get('jwt') and q['jwt'].get('kind', 'valid') != 'valid':
        raise Unasked
    return bool(q.get('jwt')) and q['proto'] == 'http'


def is_one(q, who):
    peer = PEER.match(q.get('peer') or '')
    word, _, rest = who.partition(':')
    if who == 'any':
        return True
    if who == 'peer':
        return bool(q.get('peer'))
    if who == 'jwt':
        good_token(q)
        return bool(q.get('jwt'))
    if who.startswith('jwt('):
        pairs = [p.split('=', 1) for p in who[4:-1].split(',')]
        return good_token(q) and all(any(like(v, t) for t in claim(q, n)) for n, v in pairs)
    if word == 'ip':
        source = ipaddress.ip_address(q['src'])
        block = ipaddress.ip_network(rest)
        return source.version == block.version and source in block
    if q.get('peer') and not peer:
        raise Unasked
    if not peer:
        return False
    domain, namespace, account = peer.groups()
    if word == 'ns':
        return like(rest, namespace)
    if word == 'td':
        return like(rest, domain)
    home, _, name = rest.partition('/')
    return like(home, namespace) and like(name, account)


def from_any(q, text):
    """Commas inside of brackets are of tokens."""
    return any(all(is_one(q, who) for who in one.split('+')) for one in re.split(r',(?![^(]*\))', text))


def host_is(q, pattern):
    if q['proto'] != 'http':
        return False
    host = q['host'].lower()
    return like(pattern.lower(), host) or ':' not in pattern and like(pattern.lower(), re.sub(r':[0-9]*$', '', host))


def clause(words):
    """The test of one clause, and what is left."""
    word, rest = words[0], words[1:]
    http = lambda test: lambda q: q['proto'] == 'http' and test(q)
    one = {
        'from': lambda v: lambda q: from_any(q, v), 'with': lambda v: lambda q: from_any(q, v), 'without': lambda v: lambda q: not from_any(q, v),
        'method': lambda v: http(lambda q: q['method'] in v.split(',')), 'path': lambda v: http(lambda q: on(v, path_of(q))),
        'not-path': lambda v: http(lambda q: not on(v, path_of(q))), 'host': lambda v: lambda q: host_is(q, v), 'port': lambda v: lambda q: q['port'] == int(v),
        'proto': lambda v: lambda q: q['proto'] == v, 'header-absent': lambda v: lambda q: not lines(q, v),
        'header': lambda v: http(lambda q: any('=' not in v or like(v.split('=')[1], line) for line in lines(q, v.split('=')[0])))}
    if word in one:
        return one[word](rest[0]), rest[1:]
    methods = word.split(',')
    return http(lambda q: q['method'] in methods and on(rest[0], path_of(q))), rest[1:]


def conditions(words):
    out = []
    while words:
        test, words = clause(words)
        out.append(test)
    return lambda q: all(test(q) for test in out)


def sections(line):
    """The verb, its clauses, the exceptions, and what is assumed of authorisers."""
    words = line.split()
    verb, parts, name = words[0], {'': [[]]}, ''
    for word in words[1:]:
        if word in ('unless', 'except', 'assume'):
            name = word
            parts.setdefault(name, []).append([])
        else:
            parts[name][-1].append(word)
    return verb, parts


def invariant(line):
    """Gives the verb with the test of requests that count."""
    verb, parts = sections(line)
    words, who = parts[''][0], None
    if verb == 'only':
        who, words = words[0], words[2:]
    wanted = conditions(words)
    none = [conditions(w) for name in ('unless', 'except') for w in parts.get(name, [])]
    assumed = [w[0].split('=')[1] == 'true' for w in parts.get('assume', [])]

    def counts(q):
        return all(consents(q) == yes for yes in assumed) and wanted(q) and not any(test(q) for test in none) and not (who and from_any(q, who))
    return ('never' if verb == 'only' else verb), counts


def predicate(params):
    p = params

    def counts(q):
        peer = PEER.match(q.get('peer') or '')
        if q.get('peer') and not peer:
            raise Unasked
        namespace, account = (peer.group(2), f'{peer.group(2)}/{peer.group(3)}') if peer else (None, None)
        if 'jwt' in p:
            good_token(q)
        inside = lambda blocks: any(is_one(q, f'ip:{b}') for b in blocks)
        path = path_of(q) if p.get('paths') or p.get('notPaths') else None
        ports = p.get('port', [])
        return all([
            'peer' not in p or (p['peer'] == 'any') == bool(q.get('peer')), not p.get('ns') or namespace in p['ns'], namespace not in p.get('notNs', []),
            not p.get('sa') or account in p['sa'], account not in p.get('notSa', []), not p.get('methods') or q.get('method') in p['methods'],
            not p.get('paths') or any(on(w, path) for w in p['paths']), not p.get('notPaths') or path is not None and not any(on(w, path) for w in p['notPaths']),
            not p.get('hosts') or q['proto'] == 'http' and q['host'].lower() in p['hosts'], not ports or q['port'] in (ports if isinstance(ports, list) else [ports]),
            'proto' not in p or q['proto'] == p['proto'], 'jwt' not in p or (p['jwt'] == 'any') == bool(q.get('jwt')),
            not p.get('src') or inside(p['src']), not inside(p.get('notSrc', [])), 'noHeader' not in p or not lines(q, p['noHeader'])])
    return counts


def application(raw):
    """What an application makes of a target: decoded once, slashes merged, dots resolved."""
    path = re.sub('%([0-9A-Fa-f]{2})', lambda m: chr(int(m.group(1), 16)), raw.split('?')[0])
    out = []
    parts = re.sub('/+', '/', path.replace('\\', '/')).split('/')
    for at, part in enumerate(parts):
        if part == '..':
            out = out[:-1] or ['']
        elif part != '.':
            out.append(part)
        if part in ('.', '..') and at == len(parts) - 1:
            out.append('')
    return '/'.join(out)


def breaks(question):
    """The test of a request, its twin and the decisions (of the one set, or of old and new) that says whether the question is answered with no.
    For `some` it says whether it is answered with yes."""
    kind, params = question['kind'], question['params']
    admitted = lambda d: d['decision'] == 'allow'
    refused = lambda d: d['decision'] == 'deny' and d['by'] not in ('mtls', 'jwt')
    # What one side takes for no request at all is not compared.
    known = lambda old, new: 'reject' not in (old['decision'], new['decision'])
    gained = lambda old, new: known(old, new) and admitted(new) and not admitted(old)
    counts = lambda q: True
    if kind == 'invariant':
        kind, counts = invariant(params['line'])
    elif kind in ('never', 'always'):
        counts = predicate(params)
    tests = {
        'never': lambda q, d: admitted(d[0]) and counts(q), 'some': lambda q, d: admitted(d[0]) and counts(q), 'always': lambda q, d: refused(d[0]) and counts(q),
        'no-new': lambda q, d: gained(*d) and counts(q), 'no-lost': lambda q, d: gained(*d[::-1]) and counts(q),
        'same': lambda q, d: (gained(*d) or gained(*d[::-1])) and counts(q), 'allow-nothing': lambda q, d: q['proto'] == 'http' and admitted(d[0]),
        'allow-all': lambda q, d: q['proto'] == 'http' and refused(d[0]),
        'path-bypass': lambda q, d: q['proto'] == 'http' and admitted(d[0]) and any(on(p, application(q['path'])) for p in params['protected'])}
    tests |= {'no-new-access': tests['no-new'], 'no-lost-access': tests['no-lost'], 'equivalent': tests['same']}
    return kind, tests.get(kind)


def twin(kind, q, r):
    """The other copy of a request, where the question is about two."""
    if q['proto'] != 'http':
        return None
    if kind == 'host-port-stable' and ':' not in q['host']:
        return dict(q, host=q['host'] + ':8443')
    if kind == 'xff-stable':
        rest = [h for h in q['headers'] if h[0].lower() != 'x-forwarded-for']
        return dict(q, headers=rest + [['x-forwarded-for', r.choice(['10.1.1.1', '203.0.113.9', '10.1.1.1, 10.1.1.2', '9.9.9.9, 10.1.1.1, 8.8.8.8'])]])
    return None


def values(question):
    """Attributes that the question itself speaks of, so that requests can be made which meet it."""
    words = question['params'].get('line', '').split()
    out = []
    p = question['params']
    out += [('path', x) for x in p.get('paths', []) + p.get('notPaths', []) + p.get('protected', [])] + [('method', x) for x in p.get('methods', [])]
    out += [('peer', f'{x}/fe') for x in p.get('ns', [])] + [('peer', x) for x in p.get('sa', [])] + [('src', x) for x in p.get('src', [])]
    out += [('port', x) for x in ([p['port']] if isinstance(p.get('port'), int) else p.get('port', []))] + [('host', x) for x in p.get('hosts', [])]
    for word, following in zip(words, words[1:] + ['']):
        if word in ('path', 'not-path', 'host'):
            out.append((word.removeprefix('not-'), following))
        elif word == 'port':
            out.append(('port', int(following)))
        elif word == 'method':
            out.append(('method', following))
        elif word == 'header' and '=' in following:
            out.append(('header', following.split('=', 1)))
        elif following.startswith('/') and word.isupper():
            out += [('path', following), ('method', word.split(',')[0])]
        for one in re.split('[,+]', following if word in ('from', 'with', 'without', 'only') else ''):
            sort, _, rest = one.partition(':')
            out += {'ns': [('peer', f'{rest}/fe')], 'sa': [('peer', rest)], 'ip': [('src', rest)], 'td': [('domain', rest)]}.get(sort, [])
    return out
