//! Meshes of many policies, for the prover: a few on each of many workloads, or all on one.

use std::fmt::Write as _;

const NAMESPACES: [&str; 10] =
    ["shop", "cart", "pay", "auth", "catalog", "search", "ads", "mail", "fraud", "ledger"];
const ACCOUNTS: [&str; 8] = ["api", "web", "worker", "cron", "gateway", "db", "sync", "export"];
const SEGMENTS: [&str; 16] = [
    "admin", "orders", "items", "users", "internal", "reports", "export", "debug", "health", "metrics",
    "login", "token", "search", "config", "keys", "files",
];
const ENDS: [&str; 6] = [".json", ".html", "/health", "/ready", ".png", "/status"];
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"];

/// Questions about the one workload that has all policies, by the name of their job: one that is proved, which no rule matches, and
/// its twin that is refuted.
pub(super) const QUESTIONS: [(&str, &str); 2] = [
    ("verify, worst, proved", "error nowhere: never path /nowhere to shop/svc0\n"),
    ("verify, worst, refuted", "error one: never path /svc1/** to shop/svc0\n"),
];

/// Twenty questions for every workload: who must not get in, who must, who does, and who alone may.
pub(super) const TWENTY: &str = "\
a01: never path /admin/**
a02: never path /internal/** from ns:ads
a03: never DELETE /keys/**
a04: never path /svc1/** without peer
a05: never path /svc2/** without jwt
a06: never from ns:fraud path /svc3/**
a07: never POST /svc4/v1/orders
a08: never from ip:192.168.0.0/16
a09: never without peer
a10: always from ns:shop GET /svc5/v1
a11: always from ns:pay path /svc6/v2/**
a12: some from ns:cart
a13: some GET /svc7/**
a14: only ns:auth may path /secret/**
a15: only ns:mail may path /x
a16: never host admin.example.com
a17: never port 9000 from ns:ads
a18: never path /debug/** from ns:search
a19: never PUT /svc8/**
a20: never path /svc9/v1/files/**
";

/// How large a mesh is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) policies: usize,
    pub(super) workloads: usize,
}

/// A small generator of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    /// True in so many of a hundred cases.
    fn in_hundred(&mut self, share: usize) -> bool {
        self.roll(100) < share
    }

    fn pick<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all.get(self.roll(all.len())).copied().unwrap_or_default()
    }

    /// One to `most` texts as a YAML list.
    fn list(&mut self, most: usize, mut one: impl FnMut(&mut Self) -> String) -> String {
        let count = 1 + self.roll(most);
        let all: Vec<String> = (0..count).map(|_| format!("{:?}", one(self))).collect();
        format!("[{}]", all.join(", "))
    }
}

/// The YAML of a mesh; the same for the same size.
pub(super) fn mesh(size: Size) -> String {
    let mut dice = Dice(size.policies as u64 * 1_000_003 + size.workloads as u64);
    let mut out = String::new();
    for at in 0..size.workloads {
        workload(&mut out, at);
    }
    for namespace in NAMESPACES.iter().take(size.workloads) {
        let _ = writeln!(
            out,
            "---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\n\
             metadata: {{name: tokens, namespace: {namespace}}}\n\
             spec: {{jwtRules: [{{issuer: 'https://idp0.example.com', jwks: x}}, {{issuer: 'https://idp1.example.com', jwks: x}}]}}"
        );
    }
    for at in 0..size.policies {
        policy(&mut out, &mut dice, at, size);
    }
    out
}

fn namespace(workload: usize) -> &'static str {
    NAMESPACES.get(workload % NAMESPACES.len()).copied().unwrap_or_default()
}

fn workload(out: &mut String, at: usize) {
    let home = namespace(at);
    let (high, low) = (at / 250, at % 250 + 1);
    let _ = writeln!(
        out,
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: svc{at}-0, namespace: {home}, labels: {{app: svc{at}}}}}\n\
         spec: {{serviceAccountName: api, containers: [{{name: a, ports: [{{containerPort: 8080}}]}}]}}\n\
         status: {{podIP: 10.20.{high}.{low}}}\n\
         ---\napiVersion: v1\nkind: Service\nmetadata: {{name: svc{at}, namespace: {home}}}\n\
         spec: {{selector: {{app: svc{at}}}, ports: [{{name: http, port: 80, targetPort: 8080}}, {{name: tcp, port: 9000}}]}}"
    );
}

fn policy(out: &mut String, dice: &mut Dice, at: usize, size: Size) {
    let workload = at % size.workloads.max(1);
    let home = namespace(workload);
    let deny = dice.in_hundred(20);
    let action = if deny { "DENY" } else { "ALLOW" };
    let _ = writeln!(
        out,
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p{at}, namespace: {home}}}\n\
         spec:\n  selector: {{matchLabels: {{app: svc{workload}}}}}\n  action: {action}\n  rules:"
    );
    for _ in 0..3 {
        let _ = writeln!(out, "  - {}", rule(dice, deny, size));
    }
}

fn rule(dice: &mut Dice, deny: bool, size: Size) -> String {
    let mut parts = Vec::new();
    if dice.in_hundred(90) {
        let all: Vec<String> =
            (0..1 + dice.roll(2)).map(|_| format!("{{source: {{{}}}}}", source(dice))).collect();
        parts.push(format!("from: [{}]", all.join(", ")));
    }
    let all: Vec<String> = (0..1 + dice.roll(2))
        .map(|_| format!("{{operation: {{{}}}}}", operation(dice, deny, size)))
        .collect();
    parts.push(format!("to: [{}]", all.join(", ")));
    let mut whens = Vec::new();
    if dice.in_hundred(15) {
        let group = |dice: &mut Dice| match dice.roll(3) {
            0 => format!("grp{}", dice.roll(15)),
            1 => "team-*".to_owned(),
            _ => "*-admins".to_owned(),
        };
        whens.push(format!("{{key: 'request.auth.claims[groups]', values: {}}}", dice.list(2, group)));
    }
    if dice.in_hundred(10) {
        let tenant = |dice: &mut Dice| format!("tenant{}", dice.roll(10));
        whens.push(format!("{{key: 'request.headers[x-tenant]', values: {}}}", dice.list(2, tenant)));
    }
    if !whens.is_empty() {
        parts.push(format!("when: [{}]", whens.join(", ")));
    }
    format!("{{{}}}", parts.join(", "))
}

fn source(dice: &mut Dice) -> String {
    let home = |dice: &mut Dice| dice.pick(&NAMESPACES).to_owned();
    let mut parts = vec![match dice.roll(20) {
        0..=9 => format!("principals: {}", dice.list(4, principal)),
        10..=13 => format!("namespaces: {}", dice.list(3, home)),
        14..=16 => format!("ipBlocks: {}", dice.list(3, block)),
        _ => {
            let token =
                |dice: &mut Dice| format!("https://idp{}.example.com/user{}", dice.roll(3), dice.roll(20));
            format!("requestPrincipals: {}", dice.list(2, token))
        }
    }];
    if dice.in_hundred(15) && !parts.iter().any(|part| part.starts_with("namespaces")) {
        parts.push(format!("notNamespaces: {}", dice.list(2, home)));
    }
    if dice.in_hundred(10) {
        parts.push(format!("notIpBlocks: {}", dice.list(2, block)));
    }
    parts.join(", ")
}

fn principal(dice: &mut Dice) -> String {
    let (home, account) = (dice.pick(&NAMESPACES), dice.pick(&ACCOUNTS));
    match dice.roll(10) {
        0..=6 => format!("cluster.local/ns/{home}/sa/{account}"),
        7 | 8 => format!("cluster.local/ns/{home}/*"),
        _ => format!("*/sa/{account}"),
    }
}

fn block(dice: &mut Dice) -> String {
    let bits = [8, 16, 24, 32].get(dice.roll(4)).copied().unwrap_or(32);
    format!("10.{}.{}.{}/{bits}", dice.roll(256), dice.roll(256), dice.roll(256))
}

fn operation(dice: &mut Dice, deny: bool, size: Size) -> String {
    let services = size.policies / 4 + 4;
    let mut parts = vec![format!("paths: {}", dice.list(4, |dice| path(dice, deny, services)))];
    if dice.in_hundred(50) {
        parts.push(format!("methods: {}", dice.list(3, |dice| dice.pick(&METHODS).to_owned())));
    }
    if dice.in_hundred(30) {
        parts.push(format!("hosts: {}", dice.list(2, |dice| host(dice, services))));
    }
    if dice.in_hundred(20) {
        parts.push("ports: ['8080']".to_owned());
    }
    if dice.in_hundred(20) {
        parts.push(format!("notPaths: {}", dice.list(2, |dice| path(dice, true, services))));
    }
    parts.join(", ")
}

fn path(dice: &mut Dice, deny: bool, services: usize) -> String {
    let mut base = format!("/svc{}/v{}", dice.roll(services), 1 + dice.roll(2));
    for _ in 0..dice.roll(3) {
        let _ = write!(base, "/{}", dice.pick(&SEGMENTS));
    }
    match dice.roll(10) {
        0..=3 => base,
        4..=6 => format!("{base}/*"),
        7 if !deny => format!("*{}", dice.pick(&ENDS)),
        8 => format!("{base}/{{*}}/{}", dice.pick(&SEGMENTS)),
        _ => format!("{base}/{{**}}"),
    }
}

fn host(dice: &mut Dice, services: usize) -> String {
    let home = dice.pick(&NAMESPACES);
    match dice.roll(4) {
        0 | 1 => format!("svc{}.{home}.svc.cluster.local", dice.roll(services)),
        2 => format!("*.{home}.example.com"),
        _ => format!("svc{}.*", dice.roll(services)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_questions() {
        assert_eq!(TWENTY.lines().count(), 20);
    }

    #[test]
    fn the_same_size_gives_the_same_mesh() {
        let size = Size { policies: 20, workloads: 5 };
        let text = mesh(size);
        assert_eq!(text, mesh(size));
        assert_eq!(text.matches("kind: AuthorizationPolicy").count(), 20);
        assert_eq!(text.matches("kind: Pod").count(), 5);
    }
}
