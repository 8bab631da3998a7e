//! Clauses as trees (`pilot/pkg/security/authz/model/{model,generator}.go`).

use mp_ir::base::{At, Origin};
use mp_ir::mesh::Values;
use mp_ir::plan::{
    Cidr, ClaimTest, HeaderTest, MetadataTest, PeerMatch, Permission, PermissionTest, Principal,
    PrincipalTest, TextMatch, Tree,
};

use super::clause::{Clause, Field, Model};

/// Why a value has no tree, and where it stands.
pub(super) type Refusal = (String, Origin);

/// How the clauses of one rule are turned into trees.
pub(super) struct Generator<'a> {
    /// For a TCP chain.
    pub(super) tcp: bool,
    /// One bad value spoils the rule (ALLOW); otherwise it is left out.
    pub(super) strict: bool,
    /// Namespace of the policy.
    pub(super) namespace: &'a str,
    /// Values that were left out.
    pub(super) left_out: Vec<Refusal>,
}

/// Alternatives of what is done, and of who does it.
pub(super) type Trees = (Vec<Permission>, Vec<Principal>);

impl Generator<'_> {
    /// All alternatives of a rule.
    pub(super) fn trees(&mut self, model: &Model) -> Result<Trees, Refusal> {
        let permissions = model.permissions.iter().map(|c| self.permission(c)).collect::<Result<_, _>>()?;
        let principals = model.principals.iter().map(|c| self.principal(c)).collect::<Result<_, _>>()?;
        Ok((permissions, principals))
    }

    /// One alternative of the operation.
    fn permission(&mut self, clauses: &[Clause]) -> Result<Permission, Refusal> {
        self.conjunction(clauses, |_, clause, values| permission_tests(clause, values))
    }

    /// One alternative of the caller.
    fn principal(&mut self, clauses: &[Clause]) -> Result<Principal, Refusal> {
        self.conjunction(clauses, |this, clause, values| principal_tests(this.namespace, clause, values))
    }

    fn conjunction<T>(
        &mut self,
        clauses: &[Clause],
        tests: impl Fn(&Self, &Clause, &[At<String>]) -> Result<Tree<T>, Refusal>,
    ) -> Result<Tree<T>, Refusal> {
        let mut all = Vec::new();
        for clause in clauses {
            if let Some(tree) = self.one_of(clause, &clause.values, &tests)? {
                all.push(tree);
            }
            if let Some(tree) = self.one_of(clause, &clause.not_values, &tests)? {
                all.push(Tree::Not(Box::new(tree)));
            }
        }
        if all.is_empty() {
            all.push(Tree::Any);
        }
        Ok(Tree::And(all))
    }

    /// Any of the values; `None` when none is left.
    fn one_of<T>(
        &mut self,
        clause: &Clause,
        values: &Values,
        tests: &impl Fn(&Self, &Clause, &[At<String>]) -> Result<Tree<T>, Refusal>,
    ) -> Result<Option<Tree<T>>, Refusal> {
        if values.is_empty() {
            return Ok(None);
        }
        let groups: Vec<&[At<String>]> = if clause.field.takes_all_values() {
            vec![values.as_slice()]
        } else {
            values.chunks(1).collect()
        };
        let mut any = Vec::new();
        for group in groups {
            let made = if self.tcp && clause.field.http_only() {
                Err((
                    "only a request has this, and the chain sees bytes".to_owned(),
                    group.first().and_then(|v| v.origin),
                ))
            } else {
                tests(self, clause, group)
            };
            match made {
                Ok(tree) => any.push(tree),
                Err(refusal) if self.strict => return Err(refusal),
                Err(refusal) => self.left_out.push(refusal),
            }
        }
        if clause.field.takes_all_values() {
            return Ok(any.pop());
        }
        Ok((!any.is_empty()).then_some(Tree::Or(any)))
    }
}

fn permission_tests(clause: &Clause, values: &[At<String>]) -> Result<Tree<PermissionTest>, Refusal> {
    let Some(value) = values.first() else { return Ok(Tree::Or(Vec::new())) };
    let text = value.value.as_str();
    let test = match clause.field {
        Field::DestinationIp => PermissionTest::DestinationIp(cidr(value)?),
        Field::DestinationPort => PermissionTest::DestinationPort(port(value)?),
        Field::ServerName => PermissionTest::ServerName(TextMatch::from_wildcard(text)),
        Field::Host => PermissionTest::Host(header_match(text)),
        Field::Method => PermissionTest::Method(header_match(text)),
        Field::Path if is_template(text) => {
            PermissionTest::PathTemplate(text.replace("{*}", "*").replace("{**}", "**"))
        }
        Field::Path => PermissionTest::Path(TextMatch::from_wildcard(text)),
        Field::Metadata => PermissionTest::Metadata(metadata(clause, values)?),
        _ => return Err(("it speaks of the caller".to_owned(), value.origin)),
    };
    Ok(Tree::Test(At { value: test, origin: value.origin }))
}

fn principal_tests(
    namespace: &str,
    clause: &Clause,
    values: &[At<String>],
) -> Result<Tree<PrincipalTest>, Refusal> {
    let Some(value) = values.first() else { return Ok(Tree::Or(Vec::new())) };
    let text = value.value.as_str();
    let claims = |path: Vec<String>| {
        let any_of = values
            .iter()
            .map(|v| At { value: TextMatch::from_wildcard(&v.value), origin: v.origin })
            .collect();
        PrincipalTest::Claim(ClaimTest { path, in_lists: true, any_of })
    };
    let test = match clause.field {
        Field::SourceIp => PrincipalTest::DirectIp(cidr(value)?),
        Field::RemoteIp => PrincipalTest::RemoteIp(cidr(value)?),
        Field::Namespace => {
            PrincipalTest::Peer(PeerMatch::Namespace(text.split('*').map(str::to_owned).collect()))
        }
        Field::ServiceAccount => PrincipalTest::Peer(service_account(namespace, text)),
        Field::TrustDomain => PrincipalTest::Peer(trust_domain(text)),
        Field::Principal => PrincipalTest::Peer(principal(text)),
        Field::RequestPrincipal => return Ok(request_principals(values)),
        Field::Audiences => claims(vec!["aud".to_owned()]),
        Field::Presenter => claims(vec!["azp".to_owned()]),
        Field::Claims => claims(claim_path(&clause.key).map_err(|reason| (reason, value.origin))?),
        Field::Header => {
            let name = bracketed(clause.key.strip_prefix("request.headers").unwrap_or_default());
            let name = name.map_err(|reason| (reason, value.origin))?;
            PrincipalTest::Header(name, header_match(text))
        }
        _ => return Err(("it speaks of the operation".to_owned(), value.origin)),
    };
    Ok(Tree::Test(At { value: test, origin: value.origin }))
}

fn is_template(path: &str) -> bool {
    path.contains("{*}") || path.contains("{**}")
}

/// `authz/matcher/header.go`: a lone `*` asks for presence.
fn header_match(value: &str) -> HeaderTest {
    if value == "*" { HeaderTest::Present } else { HeaderTest::Value(TextMatch::from_wildcard(value)) }
}

fn cidr(value: &At<String>) -> Result<Cidr, Refusal> {
    Cidr::parse(&value.value)
        .ok_or_else(|| (format!("{:?} is no block of addresses", value.value), value.origin))
}

fn port(value: &At<String>) -> Result<u32, Refusal> {
    let digits = !value.value.is_empty() && value.value.bytes().all(|b| b.is_ascii_digit());
    let number = value.value.parse::<u32>().ok().filter(|n| digits && *n <= 65535);
    number.ok_or_else(|| (format!("{:?} is no port", value.value), value.origin))
}

fn principal(value: &str) -> PeerMatch {
    match TextMatch::from_wildcard(value) {
        TextMatch::NotEmpty => PeerMatch::Any,
        TextMatch::Exact(id) => PeerMatch::Exact(format!("spiffe://{id}")),
        TextMatch::Prefix(start) => PeerMatch::Prefix(format!("spiffe://{start}")),
        TextMatch::Suffix(end) => PeerMatch::Suffix(end),
    }
}

fn service_account(namespace: &str, value: &str) -> PeerMatch {
    let (namespace, name) = value.split_once('/').unwrap_or((namespace, value));
    PeerMatch::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() }
}

fn trust_domain(value: &str) -> PeerMatch {
    if value == "*" {
        return PeerMatch::AnyTrustDomain;
    }
    match value.split_once('*') {
        None => PeerMatch::TrustDomain(value.to_owned(), None),
        Some((start, end)) => PeerMatch::TrustDomain(start.to_owned(), Some(end.to_owned())),
    }
}

/// Issuer and subject of each value, cut at the last `/`; either may be a wildcard.
fn request_principals(values: &[At<String>]) -> Tree<PrincipalTest> {
    let mut trees: Vec<Tree<PrincipalTest>> = values
        .iter()
        .map(|value| {
            let (issuer, subject) = issuer_and_subject(&value.value);
            let claim = |name: &str, text: TextMatch| {
                let any_of = vec![At { value: text, origin: value.origin }];
                let test =
                    PrincipalTest::Claim(ClaimTest { path: vec![name.to_owned()], in_lists: false, any_of });
                Tree::Test(At { value: test, origin: value.origin })
            };
            Tree::And(vec![claim("iss", issuer), claim("sub", subject)])
        })
        .collect();
    if trees.len() == 1 { trees.pop().unwrap_or(Tree::Any) } else { Tree::Or(trees) }
}

fn issuer_and_subject(value: &str) -> (TextMatch, TextMatch) {
    use TextMatch::{Exact, NotEmpty, Prefix, Suffix};
    let owned = str::to_owned;
    let split = value.rsplit_once('/');
    if value == "*" {
        return (NotEmpty, NotEmpty);
    }
    if let Some(end) = value.strip_prefix('*') {
        return match split {
            None => (NotEmpty, Suffix(owned(end))),
            Some(("*", subject)) => (NotEmpty, Exact(owned(subject))),
            Some((issuer, subject)) => {
                (Suffix(owned(issuer.strip_prefix('*').unwrap_or(issuer))), Exact(owned(subject)))
            }
        };
    }
    if let Some(start) = value.strip_suffix('*') {
        return match split {
            None => (Prefix(owned(start)), NotEmpty),
            Some((issuer, "*")) => (Exact(owned(issuer)), NotEmpty),
            Some((issuer, subject)) => {
                (Exact(owned(issuer)), Prefix(owned(subject.strip_suffix('*').unwrap_or(subject))))
            }
        };
    }
    let (issuer, subject) = split.unwrap_or((value, ""));
    (Exact(owned(issuer)), Exact(owned(subject)))
}

fn bracketed(text: &str) -> Result<String, String> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner
        .map(str::to_owned)
        .ok_or_else(|| format!("a name in brackets is missing, as in [name]: found {text:?}"))
}

/// `[a][b]` as keys; text of another shape in one pair of brackets is one key (`extractNameInNestedBrackets`).
fn claim_path(key: &str) -> Result<Vec<String>, String> {
    let text = key.strip_prefix("request.auth.claims").unwrap_or_default();
    let mut keys = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let part = rest
            .strip_prefix('[')
            .and_then(|inner| inner.split_once(']'))
            .filter(|(name, _)| !name.contains('['));
        let Some((name, tail)) = part else { return bracketed(text).map(|name| vec![name]) };
        keys.push(name.to_owned());
        rest = tail;
    }
    Ok(keys)
}

/// `experimental.envoy.filters.a.b[c]`; a value in brackets asks for an item of a list.
fn metadata(clause: &Clause, values: &[At<String>]) -> Result<MetadataTest, Refusal> {
    let key = clause.key.strip_prefix("experimental.").unwrap_or(&clause.key);
    let key = key.strip_suffix(']').unwrap_or(key);
    let origin = values.first().and_then(|v| v.origin);
    let (filter, name) =
        key.split_once('[').ok_or_else(|| (format!("{:?} names no key in brackets", clause.key), origin))?;
    let any_of = values.iter().map(|value| {
        let in_list = value.value.starts_with('[') && value.value.ends_with(']');
        let text = if in_list { value.value.trim_matches(['[', ']']) } else { value.value.as_str() };
        (in_list, At { value: TextMatch::from_wildcard(text), origin: value.origin })
    });
    Ok(MetadataTest { filter: filter.to_owned(), key: name.to_owned(), any_of: any_of.collect() })
}
