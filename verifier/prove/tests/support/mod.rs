//! Random policies and random requests, the same on every machine.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "functions of tests may fail as tests do"
)]
#![allow(dead_code, reason = "each test takes what it needs")]

use mp_eval::{Proto, Request, Token};
use mp_ir::mesh::Mesh;
use mp_ir::plan::EnforcementPoint;
use mp_model::{Input, Workspace};

/// A small generator of numbers, the same on every machine.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(crate) fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }

    pub(crate) fn some(&mut self, all: &[&str]) -> String {
        let count = 1 + self.roll(3);
        let picked: Vec<String> = (0..count).map(|_| format!("{:?}", self.pick(all))).collect();
        format!("[{}]", picked.join(", "))
    }
}

pub(crate) const PATHS: &[&str] = &[
    "/a", "/a/*", "/a*", "*/x", "*.js", "/a/{*}/x", "/a/{**}", "/b/{*}", "/{**}/x", "*", "/", "/a/b",
    "/a/[x]",
];
pub(crate) const HOSTS: &[&str] = &["a.com", "*.a.com", "a.*", "A.com", "a.com:80", "*"];
pub(crate) const NAMESPACES: &[&str] = &["shop", "web", "w*", "*b", "*", "s*p", "sa", "ns"];
pub(crate) const PRINCIPALS: &[&str] = &[
    "cluster.local/ns/shop/sa/a",
    "cluster.local/ns/web/*",
    "*/sa/a",
    "*",
    "old/ns/shop/sa/a",
    "*/ns/shop/sa/a",
];
pub(crate) const ACCOUNTS: &[&str] = &["a", "shop/a", "web/b"];
pub(crate) const BLOCKS: &[&str] =
    &["10.0.0.0/8", "10.1.0.0/16", "10.1.1.1", "0.0.0.0/0", "10.1.0.0/33", "192.168.0.0/24"];
pub(crate) const METHODS: &[&str] = &["GET", "POST", "P*", "*T", "*"];
pub(crate) const PORTS: &[&str] = &["8080", "9000", "1"];
pub(crate) const TOKENS: &[&str] = &["idp/u", "idp/*", "*", "*/u", "i*", "*u"];
pub(crate) const HEADERS: &[&str] = &["v", "v*", "*w", "*"];
pub(crate) const CLAIMS: &[&str] = &["admin", "ad*", "*min", "*"];

pub(crate) fn field(dice: &mut Dice, name: &str, values: &[&str]) -> String {
    let not = if dice.roll(4) == 0 {
        format!("not{}{}", name[..1].to_uppercase(), &name[1..])
    } else {
        name.to_owned()
    };
    format!("{not}: {}", dice.some(values))
}

pub(crate) type Field = (&'static str, &'static [&'static str]);

pub(crate) const SOURCES: [Field; 7] = [
    ("namespaces", NAMESPACES),
    ("principals", PRINCIPALS),
    ("serviceAccounts", ACCOUNTS),
    ("ipBlocks", BLOCKS),
    ("remoteIpBlocks", BLOCKS),
    ("requestPrincipals", TOKENS),
    ("trustDomains", &["cluster.local", "old", "c*", "*"]),
];
pub(crate) const OPERATIONS: [Field; 4] =
    [("paths", PATHS), ("hosts", HOSTS), ("methods", METHODS), ("ports", PORTS)];
pub(crate) const WHENS: [Field; 7] = [
    ("request.headers[x-h]", HEADERS),
    ("request.headers[User-Agent]", HEADERS),
    ("request.auth.claims[realm][role]", CLAIMS),
    ("request.auth.claims[group]", CLAIMS),
    ("connection.sni", &["s.com", "*.com", "*"]),
    ("source.namespace", NAMESPACES),
    ("request.auth.claims[iss]", &["idp", "*"]),
];

pub(crate) fn rule(dice: &mut Dice) -> String {
    let mut parts = Vec::new();
    if dice.roll(3) > 0 {
        let mut all = Vec::new();
        for _ in 0..1 + dice.roll(2) {
            let (name, values) = SOURCES[dice.roll(SOURCES.len())];
            all.push(format!("{{source: {{{}}}}}", field(dice, name, values)));
        }
        parts.push(format!("from: [{}]", all.join(", ")));
    }
    if dice.roll(3) > 0 {
        let (name, values) = OPERATIONS[dice.roll(4)];
        let (other, more) = OPERATIONS[dice.roll(4)];
        let second = if name == other { String::new() } else { format!(", {}", field(dice, other, more)) };
        parts.push(format!("to: [{{operation: {{{}{second}}}}}]", field(dice, name, values)));
    }
    if dice.roll(4) == 0 {
        let (key, values) = WHENS[dice.roll(WHENS.len())];
        parts.push(format!("when: [{{key: {key:?}, {}}}]", field(dice, "values", values)));
    }
    format!("  - {{{}}}\n", parts.join(", "))
}

/// One policy of one or two rules.
pub(crate) fn policy(dice: &mut Dice, name: &str, action: &str) -> String {
    let mut out = format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  action: {action}\n  rules:\n"
    );
    (0..1 + dice.roll(2)).for_each(|_| out.push_str(&rule(dice)));
    out
}

pub(crate) fn policies(dice: &mut Dice) -> String {
    let mut out = String::new();
    for at in 0..1 + dice.roll(3) {
        let action = ["ALLOW", "ALLOW", "DENY"][dice.roll(3)];
        out.push_str(&policy(dice, &format!("p{at}"), action));
    }
    if dice.roll(2) == 0 {
        out.push_str("---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: j, namespace: shop}\nspec: {jwtRules: [{issuer: idp, jwks: x}]}\n");
    }
    if dice.roll(3) == 0 {
        let mode = dice.pick(&["STRICT", "DISABLE"]);
        out.push_str(&format!("---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: d, namespace: shop}}\nspec: {{mtls: {{mode: {mode}}}}}\n"));
    }
    out
}

pub(crate) const BASE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: shop, labels: {app: w}}\nspec: {containers: [{name: a, ports: [{containerPort: 8080}]}]}\nstatus: {podIP: 10.20.0.5}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: w, namespace: shop}\nspec:\n  selector: {app: w}\n  ports: [{name: http, port: 8080}, {name: tcp, port: 9000}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: 'trustDomainAliases: [old]'}\n";

pub(crate) fn mesh(text: &str) -> Mesh {
    mp_lower::facts(&Workspace::read(&[Input::new("in.yaml", text)]), &mp_lower::FactOptions::default())
}

pub(crate) fn side(policies: &str) -> (Mesh, EnforcementPoint) {
    let mesh = mesh(&format!("{BASE}{policies}"));
    let point = mp_lower::plan::security::enforcement_point(&mesh, "shop", "w").unwrap();
    (mesh, point)
}

pub(crate) const PEERS: &[&str] = &[
    "cluster.local/ns/shop/sa/a",
    "cluster.local/ns/web/sa/b",
    "old/ns/shop/sa/a",
    "old/ns/sa/sa/ns",
    "cluster.local/ns/x/sa/xa",
];
pub(crate) const SEEN_PATHS: &[&str] = &[
    "/", "/a", "/a/", "/a/b", "/a/b/x", "/a/[x]", "/b/c", "/b//", "/q.js", "/a/x/x/x", "//a", "/a/%5B", "/x",
    "/ab",
];
pub(crate) const SEEN_CLAIMS: &[&str] = &[
    r#"{"iss":"idp","sub":"u"}"#,
    r#"{"iss":"idp","sub":"w","group":["admin","x"]}"#,
    r#"{"iss":"idp","group":"admiral"}"#,
    r#"{"iss":"idp","sub":"uu","group":7}"#,
];

pub(crate) fn request(dice: &mut Dice) -> Request {
    let peer = (dice.roll(3) > 0).then(|| format!("spiffe://{}", dice.pick(PEERS)));
    let named = dice.roll(2) == 0 && peer.is_some();
    let sni = named.then(|| dice.pick(&["s.com", "t.com", "s.org"]).to_owned());
    let src = dice.pick(&["10.1.1.1", "10.1.2.3", "10.2.0.1", "192.168.0.9", "172.16.0.1"]).to_owned();
    if dice.roll(6) == 0 {
        return Request { peer, src, sni, port: 9000, proto: Proto::Tcp, ..Request::default() };
    }
    let mut headers = Vec::new();
    if dice.roll(3) == 0 {
        headers.push(("x-h".to_owned(), dice.pick(&["v", "vw", "w", ""]).to_owned()));
    }
    if dice.roll(3) == 0 {
        headers
            .push(("x-forwarded-for".to_owned(), dice.pick(&["10.1.1.1", "10.9.9.9", "8.8.8.8"]).to_owned()));
    }
    let claims = |text: &str| Token { claims: serde_json::from_str(text).unwrap(), ..Token::default() };
    let jwt = (dice.roll(3) == 0).then(|| claims(dice.pick(SEEN_CLAIMS)));
    let method = dice.pick(&["GET", "POST", "PUT", "OPTIONS"]).to_owned();
    let path = dice.pick(SEEN_PATHS).to_owned();
    let host = dice.pick(&["a.com", "A.COM", "x.a.com", "a.com:80", "a.org", "b"]).to_owned();
    Request { peer, src, sni, port: 8080, method, path, host, headers, jwt, ..Request::default() }
}
