"""Requests at the edges of a set's patterns, and what nobody sends by accident."""
from reqgen import ReqGen

FORWARDED = ['10.1.1.1', '203.0.113.7', '192.168.0.9', '10.1.1.1, 9.9.9.9', '9.9.9.9,10.1.1.1', '10.1.1.1,10.1.1.1, 172.16.0.1', '10.1.1.1:80', '[fd00::1]',
             'fd00::1', 'unknown', '', '10.1.1.1,', ', 10.1.1.1', ' 10.1.1.1 ', '1.2.3', '10.1.1.01', 'fd00::1, 10.1.1.1', '10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4']
TARGETS = ['/', '//', '/a/..', '/a/%2e%2e/b', '/a%5cb', '/a\\b', '/a;v=1/b', '/%00', '/a%zz', '/a?x=/b', '/a#b', '/a/[x]', '/a/b/', '/.', '/..;/a', '/a/{x}', '/a|b',
           '/a^b', '/a"b', '/<a>', '/a%2Fb', '/a%2fb', '/a%252fb', '/A', '/%61', '/a//b', '/a/./b', '/admin/', '/admin/..', '/a%20b', '/a+b', '/a%C3%A9', '/a/%7e', '/~',
           'http://a.com/a', 'http://a.com', 'https://a.com/a?b', 'http://a.com?b', 'http://a.com;x', 'http://a_b/a', 'http://u@a.com:80/a', 'http://[::1]/a', 'http://[x]/a', 'ftp://a.com/', 'a.com:80', 'a.com:x', '*', 'a', '/v1/x/c/d.json', '/v1/x/c/.json', '/a/b/c/x', '/b/', '/b/x/y', '/a/!$&x', '/a/@:x', '/?', '/a/%5Bx%5D']
HOSTS = ['a.com', 'A.COM', 'a.com:80', 'a.com:8080', 'a.com.', 'x.example.com', 'example.com', '.example.com', 'orders', 'orders:8080', '10.20.0.5', '10.20.0.5:8080', '[fd00::1]:80', 'a', 'a.b_c']
NAMES = ['x-h', 'X-H', 'x-other', 'X-OTHER', 'x_h', 'user-agent', 'x-forwarded-client-cert', 'x-forwarded-proto', 'x-forwarded-host', 'content-type', 'accept', 'cookie',
         'x-envoy-internal', 'x-envoy-external-address', 'x-request-id', 'authorization', 'te', 'accept-encoding', 'origin', 'referer', 'via', 'cache-control', 'access-control-request-method', 'x-envoy-original-path', 'x-envoy-decorator-operation']
VALUES = ['v', 'V', 'vw', 'w', '', 'v,w', 'v, w', ' v ', 'x', 'w v', 'v\tw', 'é']
LONG = ['v' * 8000, 'v' + 'w' * 30000, 'v' * 59000, 'v' * 70000]
METHODS = ['get', 'FOO', 'CONNECT', 'PROPFIND', 'TRACE', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'GETS', 'M-SEARCH', 'Get', 'PRI', 'X' * 300]
CLAIMS = ['admin', 'adx', 'xmin', '', 5, True, None, ['admin'], ['x', 'admin'], [], [5], {'a': 'admin'}, 'admin x', 'x admin']
PEERS = ['spiffe://cluster.local/ns/bar/sa/ns/foo/x', 'spiffe://cluster.local/ns/web/sa/fe', 'spiffe://cluster.local/ns/web/sa/fe.x', 'spiffe://cluster.local/ns/web/sa/fexx',
         'spiffe://old.td/ns/web/sa/fe', 'spiffe://other.td/ns/web/sa/fe', 'spiffe://cluster.local/ns/web/x/sa/fe/y', 'spiffe://cluster.local/web', 'spiffe://CLUSTER.LOCAL/ns/web/sa/fe',
         'spiffe://cluster.local/ns/shop/sa/a']


class Boundary(ReqGen):
    """The oracle's generator with stranger mutations on top."""

    def __init__(s, docs, **more):
        super().__init__(docs, **more)
        s.places = [(h['name'], h.get('prefix', '')) for d in docs if d['kind'] == 'RequestAuthentication' for j in d['spec']['jwtRules'] for h in j.get('fromHeaders', [])]

    def one(s):
        q = super().one()
        r = s.r
        if q['proto'] != 'http':
            return q
        for _ in range(r.choice([0, 0, 0, 1, 1, 2])):
            s.strange(q)
        # A port that is sniffed takes what begins like no request for bytes.
        if q['port'] not in (8080, 8081) and not q['path'].startswith('/'):
            q['path'] = '/' + q['path']
        if r.random() < .15:
            q['headers'] = q['headers'] + [['x-ext', r.choice(['allow', 'allow', 'deny'])]]
        if q.get('jwt') and s.places and r.random() < .5:
            q['jwt_in'] = list(r.choice(s.places))
        return q

    def strange(s, q):
        r = s.r
        kind = r.randrange(14)
        if kind == 0:
            q['path'] = r.choice(TARGETS)
        elif kind == 1:
            q['host'] = r.choice(HOSTS)
        elif kind in (2, 3):
            once = r.choice(NAMES)
            q['headers'] = q['headers'] + [[once if kind == 2 else r.choice(NAMES), r.choice(VALUES)] for _ in range(r.choice([1, 1, 2, 3]))]
        elif kind in (4, 5):
            q['headers'] = q['headers'] + [['x-forwarded-for', r.choice(FORWARDED)] for _ in range(r.choice([1, 1, 2]))]
        elif kind == 6:
            q['method'] = r.choice(METHODS)
        elif kind == 7 and s.jwt:
            s.setclaim(q, r.choice([['group'], ['realm', 'role'], ['scope'], ['aud'], ['sub'], ['azp']]), r.choice(CLAIMS))
        elif kind == 8 and s.jwt and q.get('jwt'):
            q['jwt'] = dict(q['jwt'], kind=r.choice(['valid', 'expired', 'not-yet', 'bad-signature', 'garbage']))
        elif kind == 9 and not s.gw:
            q['peer'], q['sni'] = r.choice(PEERS), r.choice(['s.com', 'S.COM', 'x.com', 'orders.shop', None])
        elif kind == 10:
            q['path'] = q['path'].split('?')[0] + r.choice(['?', '?a=/admin', '/', '//', '/.', '/..', '%2f', '%00', ';x', '/[', '%5B', '.js'])
        elif kind == 11 and not s.gw:
            q['port'] = r.choice([8080, 8081, 7777, 7778])
        elif kind == 12:
            # One of these is too long for the head as a whole.
            q['headers'] = q['headers'] + [[r.choice(NAMES), r.choice(LONG)]] if r.random() < .5 else q['headers']
            q['path'] = q['path'].split('?')[0] + r.choice(['/', '?', '%20']) + 'p' * r.choice([300, 4000, 40000])
        elif kind == 13 and q['headers']:
            # The same name again, in other letters and with another value.
            name = r.choice(q['headers'])[0]
            q['headers'] = q['headers'] + [[r.choice([name.upper(), name.title(), name]), r.choice(VALUES)]]
