"""Random sets of policies about one workload: a sidecar or a gateway with everything that decides there."""
import json, random

PROVIDERS = [
    {'name': 'ext-http', 'envoyExtAuthzHttp': {'service': 'ext-authz.infra.svc.cluster.local', 'port': 8000, 'includeRequestHeadersInCheck': ['x-ext']}},
    {'name': 'ext-http-open', 'envoyExtAuthzHttp': {'service': 'ext-authz.infra.svc.cluster.local', 'port': 8001, 'failOpen': True}},
    {'name': 'ext-http-401', 'envoyExtAuthzHttp': {'service': 'ext-authz.infra.svc.cluster.local', 'port': 8001, 'statusOnError': '401'}},
    {'name': 'ext-grpc', 'envoyExtAuthzGrpc': {'service': 'ext-authz.infra.svc.cluster.local', 'port': 9000}}]
ALIASES = ['old.td', 'older.td']
ISSUERS = ['https://idp.example.com', 'https://login.example.org/', 'idp2']
KEYS = '{"keys":[]}'

PATHS = ['/a', '/a/*', '/a*', '*/x', '*.js', '/a/{*}/x', '/a/{**}', '/b/{*}', '/{**}/x', '*', '/', '/a/b', '/a/[x]', '/admin', '/admin/*', '/A', '/a//b',
         '/a%2Fb', '/a%20b', '/{*}', '/{*}/{**}', '/v1/{*}/c/{**}.json', 'x', '/a?b', '/api/v*', '*/admin', '/é', '/a;b']
HOSTS = ['orders.shop.svc.cluster.local', '*.example.com', 'a.*', 'A.com', 'a.com:80', '*', '*.local', 'a.com.', 'orders', '*:8080', '10.20.0.5']
NAMESPACES = ['shop', 'web', 'w*', '*b', '*', 's*p', 'sa', 'ns', 'istio-system', '*e*']
PRINCIPALS = ['cluster.local/ns/shop/sa/a', 'cluster.local/ns/web/*', '*/sa/a', '*', 'old.td/ns/shop/sa/a', '*/ns/shop/sa/a', 'cluster.local/ns/web/sa/fe',
              'spiffe://cluster.local/ns/web/sa/fe', '*/fe', 'cluster.local/*', 'other.td/ns/web/sa/fe']
ACCOUNTS = ['a', 'shop/a', 'web/b', 'web/fe', 'fe.x', 'web/fe.x']
BLOCKS = ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.1', '0.0.0.0/0', '192.168.0.0/24', '172.16.0.0/12', '10.1.1.1/32', '203.0.113.7', 'fd00::/8', '128.0.0.0/1']
METHODS = ['GET', 'POST', 'P*', '*T', '*', 'HEAD', 'get', 'OPTIONS']
TOKENS = ['https://idp.example.com/u', 'https://idp.example.com/*', '*', '*/u', '*u', 'https://idp*', 'idp2/alice', 'https://login.example.org//bob', 'idp2/*']
PORTS = ['8080', '8081', '9000', '1', '7777']
TEXTS = ['v', 'v*', '*w', '*', 'V', 'v,w', ' v']
GROUPS = ['admin', 'ad*', '*min', '*', 'true', '5']
DOMAINS = ['cluster.local', 'old.td', 'c*', '*', 'older.td', 'other.td', '*.td', 'o*d']
NORMAL = ['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES', None]
SOURCES = [('principals', PRINCIPALS), ('ipBlocks', BLOCKS), ('remoteIpBlocks', BLOCKS), ('requestPrincipals', TOKENS),
           ('namespaces', NAMESPACES), ('trustDomains', DOMAINS), ('serviceAccounts', ACCOUNTS)]
OPERATIONS = [('paths', PATHS), ('hosts', HOSTS), ('methods', METHODS), ('ports', PORTS)]
WHEN = [('request.headers[x-h]', TEXTS), ('request.headers[X-Other]', TEXTS), ('request.headers[:method]', ['GET', 'P*']), ('request.headers[user-agent]', ['*', 'v', 'v*', '*w']),
        ('request.headers[x-forwarded-for]', ['10.1.1.1', '*', '10.*', '*9']), ('request.headers[x-forwarded-client-cert]', ['*', 'By=*']),
        ('request.headers[x-forwarded-proto]', ['http', 'https', '*']), ('request.headers[x-forwarded-host]', ['*', 'v']), ('request.headers[content-type]', ['v', 'v,w', '*']),
        ('request.headers[accept-encoding]', ['v', 'v,w', '*']), ('request.headers[origin]', ['v', 'v*', '*']), ('request.headers[referer]', ['v', 'v,w']),
        ('request.headers[via]', ['v', 'v,w']), ('request.headers[cache-control]', ['v', 'v,w']), ('request.headers[access-control-request-method]', ['v', 'v,w']),
        ('request.headers[accept]', ['v', 'v,w', 'v*']), ('request.headers[cookie]', ['v', '*v*', 'v; w', 'v*']), ('request.headers[x-envoy-internal]', ['true', '*']),
        ('request.headers[x-envoy-external-address]', ['*', '10.*']), ('request.headers[x-request-id]', ['*', 'v']), ('request.headers[authorization]', ['*', 'Bearer *', 'v']),
        ('request.headers[host]', ['a.com', '*']), ('request.headers[:authority]', ['a.com', 'A*']), ('request.headers[:path]', ['/a', '/a*', '*/b']), ('request.headers[:scheme]', ['http', 'https']),
        ('request.headers[x_h]', ['v', '*']), ('request.headers[connection]', ['*', 'close']), ('request.headers[te]', ['trailers', '*']),
        ('request.auth.claims[group]', GROUPS), ('request.auth.claims[realm][role]', GROUPS), ('request.auth.claims[scope]', ['read', 'w*', '*']),
        ('request.auth.claims[iss]', ISSUERS + ['https*']), ('request.auth.principal', TOKENS), ('request.auth.audiences', ['aud1', 'a*', '*']),
        ('request.auth.presenter', ['app', '*pp']), ('connection.sni', ['s.com', '*.com', '*', 'orders.*', 'S.com']),
        ('source.namespace', NAMESPACES), ('source.principal', PRINCIPALS), ('source.serviceAccount', ACCOUNTS), ('source.trustDomain', DOMAINS),
        ('source.ip', BLOCKS), ('remote.ip', BLOCKS), ('destination.port', ['8080', '9000', '7777']), ('destination.ip', ['10.20.0.5', '10.20.0.0/24', '10.0.0.0/9']),
        ('experimental.envoy.filters.x[k]', ['v', '[v]'])]
OF_TOKENS = ('requestPrincipals', 'request.auth')
OF_IDENTITY = ('principals', 'namespaces', 'serviceAccounts')


def some(r, values):
    return r.sample(values, r.randint(1, min(3, len(values))))


def field(r, name, values):
    """A field, its negation, or both."""
    negated = {'not' + name[0].upper() + name[1:]: some(r, values)}
    chance = r.random()
    if chance < .25:
        return negated
    return {name: some(r, values)} | (negated if chance > .93 else {})


def plain(r, action, fields):
    """Fields that the webhook takes with this action and beside each other."""
    picked = r.sample(fields, r.randint(1, 2))
    if action == 'CUSTOM':
        picked = [f for f in picked if not f[0].startswith(OF_TOKENS)]
    if any(f[0] == 'serviceAccounts' for f in picked):
        picked = [f for f in picked if f[0] not in OF_IDENTITY or f[0] == 'serviceAccounts']
    out = {}
    for name, values in picked:
        out |= field(r, name, values)
    return out


def rule(r, action):
    out = {}
    sources = [s for s in (plain(r, action, SOURCES) for _ in range(r.randint(1, 2))) if s]
    if sources and r.random() < .65:
        out['from'] = [{'source': s} for s in sources]
    if r.random() < .7:
        out['to'] = [{'operation': plain(r, action, OPERATIONS)} for _ in range(r.randint(1, 2))]
    if r.random() < .4:
        keys = [w for w in WHEN if action != 'CUSTOM' or not w[0].startswith(OF_TOKENS)]
        out['when'] = [condition(r, *w) for w in r.sample(keys, r.randint(1, 2))]
    return out


def condition(r, key, values):
    chance = r.random()
    out = {'key': key}
    if chance < .7:
        out['values'] = some(r, values)
    if chance > .65:
        out['notValues'] = some(r, values)
    return out


def policy(r, n, home, labels):
    action = r.choices(['ALLOW', 'DENY', 'AUDIT', 'CUSTOM'], [45, 35, 8, 12])[0]
    meta = {'name': f'p{n}', 'namespace': home if r.random() < .85 else 'istio-system'}
    spec = {'action': action}
    chance = r.random()
    if chance < .3:
        spec['selector'] = {'matchLabels': dict(r.sample(sorted(labels.items()), 1))}
    elif chance < .35:
        spec['selector'] = {'matchLabels': {'app': 'another'}}
    if action in ('ALLOW', 'DENY') and r.random() < .08:
        meta['annotations'] = {'istio.io/dry-run': 'true'}
    if action == 'CUSTOM':
        spec['provider'] = {'name': r.choices([p['name'] for p in PROVIDERS] + ['nobody'], [60, 12, 12, 12, 4])[0]}
    elif action == 'ALLOW' and r.random() < .05:
        return made('AuthorizationPolicy', meta, {})
    spec['rules'] = [rule(r, action) for _ in range(r.randint(1, 3))]
    return made('AuthorizationPolicy', meta, spec)


def made(kind, meta, spec):
    return {'apiVersion': 'security.istio.io/v1', 'kind': kind, 'metadata': meta, 'spec': spec}


def tokens(r, home, labels):
    rules = []
    for issuer in r.sample(ISSUERS, r.choice([1, 1, 1, 2, 3])):
        one = {'issuer': issuer, 'jwks': KEYS}
        if r.random() < .25:
            one['audiences'] = r.sample(['aud1', 'https://aud2/', 'aud3'], r.randint(1, 2))
        if r.random() < .2:
            one['fromHeaders'] = [{'name': 'x-token', 'prefix': r.choice(['', 'Bearer ', 'T-'])}]
        if r.random() < .2:
            one['forwardOriginalToken'] = True
        if r.random() < .1:
            one['outputPayloadToHeader'] = 'x-h'
        if r.random() < .15:
            one['outputClaimToHeaders'] = [{'header': 'x-h', 'claim': r.choice(['group', 'sub', 'realm.role'])}]
        rules.append(one)
    spec = {'jwtRules': rules}
    if r.random() < .3:
        spec['selector'] = {'matchLabels': dict(r.sample(sorted(labels.items()), 1))}
    return made('RequestAuthentication', {'name': 'jwt', 'namespace': r.choice([home, home, 'istio-system'])}, spec)


def modes(r):
    """Mutual TLS of the mesh, the namespace, the workload and its ports."""
    out = []
    mode = lambda: r.choice(['STRICT', 'PERMISSIVE', 'DISABLE', 'UNSET', 'STRICT'])
    if r.random() < .15:
        out.append(made('PeerAuthentication', {'name': 'mesh', 'namespace': 'istio-system'}, {'mtls': {'mode': mode()}}))
    if r.random() < .2:
        out.append(made('PeerAuthentication', {'name': 'home', 'namespace': 'shop'}, {'mtls': {'mode': mode()}}))
    if r.random() < .2:
        spec = {'selector': {'matchLabels': {'app': 'orders'}}}
        if r.random() < .7:
            spec['mtls'] = {'mode': mode()}
        if r.random() < .6:
            spec['portLevelMtls'] = {p: {'mode': mode()} for p in r.sample(['8080', '8081', '9000', '7777'], r.randint(1, 2))}
        out.append(made('PeerAuthentication', {'name': 'own', 'namespace': 'shop'}, spec))
    return out


def service(name, home, labels, ports):
    ports = [{'name': n, 'port': p, 'targetPort': t} for n, p, t in ports]
    return {'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': name, 'namespace': home}, 'spec': {'selector': labels, 'clusterIP': f'10.30.{len(home)}.{len(name)}', 'ports': ports}}


def pod(r, name, home, labels, account, ports, address):
    meta = {'name': name, 'namespace': home, 'labels': labels}
    if r.random() < .15:
        meta['annotations'] = {'proxy.istio.io/config': json.dumps(proxy_config(r))}
    return {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': meta,
            'spec': {'serviceAccountName': account, 'containers': [{'name': 'app', 'image': 'app', 'ports': [{'containerPort': p} for p in ports]}]}, 'status': {'podIP': address}}


def proxy_config(r):
    """What one proxy, or the mesh for all of them, says of trusted proxies and paths."""
    out = {}
    if r.random() < .6:
        out['gatewayTopology'] = {'numTrustedProxies': r.choice([0, 1, 2, 3])}
    if r.random() < .5:
        out['connectionSettings'] = settings = {}
        if r.random() < .5:
            settings['profile'] = 'EDGE'
        if r.random() < .4:
            settings['httpMergeSlashes'] = r.random() < .5
        if r.random() < .5:
            settings['httpPathWithEscapedSlashesAction'] = r.choice(['KEEP_UNCHANGED', 'REJECT_REQUEST', 'UNESCAPE_AND_REDIRECT', 'UNESCAPE_AND_FORWARD'])
    return out


def mesh(r):
    out = {'trustDomainAliases': ALIASES[:r.choice([1, 1, 2])] if r.random() < .8 else [], 'extensionProviders': PROVIDERS}
    normal = r.choice(NORMAL)
    if normal:
        out['pathNormalization'] = {'normalization': normal}
    if r.random() < .3:
        out['defaultConfig'] = proxy_config(r)
    return {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'istio', 'namespace': 'istio-system'}, 'data': {'mesh': json.dumps(out)}}, out


def surroundings(r, gateway, address):
    """The workload with its services: home, labels, documents."""
    authz = service('ext-authz', 'infra', {'app': 'ext-authz'}, [('http', 8000, 8000), ('http-other', 8001, 8001), ('grpc', 9000, 9000)])
    if not gateway:
        labels = {'app': 'orders', 'version': 'v1'}
        ports = [('http', 80, 8080), ('http-admin', 8081, 8081), ('tcp-db', 9000, 9000)]
        return 'shop', labels, [pod(r, 'orders-0', 'shop', labels, 'orders', [8080, 8081, 9000], address), service('orders', 'shop', {'app': 'orders'}, ports), authz]
    labels = {'istio': 'ingressgateway', 'app': 'edge'}
    net = 'networking.istio.io/v1'
    servers = [{'port': {'number': 80, 'name': 'http', 'protocol': 'HTTP'}, 'hosts': ['*']}]
    route = {'hosts': ['*'], 'gateways': ['istio-system/edge'], 'http': [{'route': [{'destination': {'host': 'store.shop.svc.cluster.local'}}]}]}
    return 'istio-system', labels, [
        pod(r, 'edge-0', 'istio-system', labels, 'edge', [8080], address), service('edge', 'istio-system', {'app': 'edge'}, [('http', 80, 8080)]), authz,
        service('store', 'shop', {'app': 'store'}, [('http', 80, 8080)]),
        {'apiVersion': net, 'kind': 'Gateway', 'metadata': {'name': 'edge', 'namespace': 'istio-system'}, 'spec': {'selector': {'istio': 'ingressgateway'}, 'servers': servers}},
        {'apiVersion': net, 'kind': 'VirtualService', 'metadata': {'name': 'store', 'namespace': 'shop'}, 'spec': route}]


def documents(seed, address):
    """What is in the set, whether it is about a gateway, and the trust domains beside the mesh's own."""
    r = random.Random(seed)
    gateway = r.random() < .2
    config, settings = mesh(r)
    home, labels, out = surroundings(r, gateway, address)
    out.append(config)
    out += [policy(r, n, home, labels) for n in range(r.randint(1, 4))]
    if r.random() < .55:
        out.append(tokens(r, home, labels))
    if not gateway:
        out += modes(r)
    return out, gateway, settings['trustDomainAliases']
