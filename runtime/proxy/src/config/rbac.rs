//! RBAC rules, compiled; used by the HTTP and the network filter.
use std::net::{IpAddr, SocketAddr};

use serde_json::Map;

use super::matcher::{Cidr, HeaderMatcher, MetadataMatcher, StringMatcher};
use super::template::UriTemplate;
use super::value::{Get, Scope};
use crate::access::info::ConnectionInfo;
use crate::access::state::{FilterState, StateValue};
use crate::http::Head;
use crate::json::Value;

/// What a set of policies does with a request that matches one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RbacAction {
    /// Requests that match no policy are denied.
    Allow,
    /// Requests that match a policy are denied.
    Deny,
    /// Nothing is denied.
    Log,
}

/// `envoy.config.rbac.v3.RBAC`.
#[derive(Debug)]
pub(crate) struct Rbac {
    action: RbacAction,
    policies: Vec<Policy>,
}

#[derive(Debug)]
struct Policy {
    name: String,
    permissions: Vec<Rule>,
    principals: Vec<Rule>,
}

#[derive(Debug)]
enum Rule {
    Any,
    Never,
    All(Vec<Rule>),
    OneOf(Vec<Rule>),
    Not(Box<Rule>),
    Header(HeaderMatcher),
    Path(StringMatcher),
    Template(UriTemplate),
    DestinationIp(Cidr),
    DestinationPort(u16, u16),
    Metadata(MetadataMatcher),
    ServerName(StringMatcher),
    Authenticated(Option<StringMatcher>),
    State(String, StringMatcher),
    /// An address of the filter state, and whether it must lie outside of the ranges.
    StateAddress(String, Vec<Cidr>, bool),
    DirectRemote(Cidr),
    Remote(Cidr),
    Source(Cidr),
}

/// What the rules are asked about. A network filter has no head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The request's head.
    pub(crate) head: Option<&'a Head>,
    /// The connection.
    pub(crate) connection: &'a ConnectionInfo,
    /// The client's address after `x-forwarded-for`.
    pub(crate) remote: Option<IpAddr>,
    /// Dynamic metadata.
    pub(crate) metadata: &'a Map<String, serde_json::Value>,
    /// The filter state of the request; that of the connection lies behind it.
    pub(crate) state: &'a FilterState,
}

impl<'a> Subject<'a> {
    fn value(self, name: &str) -> Option<&'a StateValue> {
        self.state.get(name).or_else(|| self.connection.state.get(name))
    }

    /// A value that is an address; the text of one is none.
    fn state_address(self, name: &str) -> Option<IpAddr> {
        let value = self.value(name).filter(|value| value.address)?;
        value.text.parse::<SocketAddr>().ok().map(|address| address.ip())
    }
}

/// What the rules say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict<'a> {
    /// Whether the request may pass.
    pub(crate) allowed: bool,
    /// The first policy that matched, by name.
    pub(crate) policy: Option<&'a str>,
}

impl Rbac {
    /// Compiles rules; `None` when the field is absent.
    pub(crate) fn new(value: &Value, field: &str, scope: &Scope<'_>) -> Option<Self> {
        let rules = value.get_field(field)?;
        let scope = scope.field(field);
        let action = match rules.text("action") {
            "DENY" => RbacAction::Deny,
            "LOG" => RbacAction::Log,
            _ => RbacAction::Allow,
        };
        let mut policies: Vec<_> =
            rules.entries("policies").map(|(name, p)| policy(name, p, &scope)).collect();
        // Envoy keeps policies in a map ordered by name; the first match is reported.
        policies.sort_by(|a, b| a.name.cmp(&b.name));
        Some(Self { action, policies })
    }

    /// Whether it only asks for log entries.
    pub(crate) fn is_log(&self) -> bool {
        matches!(self.action, RbacAction::Log)
    }

    /// Decides about a request.
    pub(crate) fn decide(&self, subject: Subject<'_>) -> Verdict<'_> {
        let policy = self.policies.iter().find(|policy| policy.matches(subject)).map(|p| p.name.as_str());
        let allowed = match self.action {
            RbacAction::Allow => policy.is_some(),
            RbacAction::Deny => policy.is_none(),
            RbacAction::Log => true,
        };
        Verdict { allowed, policy }
    }
}

impl Policy {
    fn matches(&self, subject: Subject<'_>) -> bool {
        self.permissions.iter().any(|rule| rule.matches(subject))
            && self.principals.iter().any(|rule| rule.matches(subject))
    }
}

fn policy(name: &str, value: &Value, scope: &Scope<'_>) -> Policy {
    let policies = scope.field("policies");
    let scope = policies.field(name);
    let rules = |field: &str| value.items(field).iter().map(|rule| rule_of(rule, &scope)).collect();
    Policy { name: name.to_owned(), permissions: rules("permissions"), principals: rules("principals") }
}

fn set(value: &Value, field: &str, inner: &str, scope: &Scope<'_>) -> Option<Vec<Rule>> {
    let set = value.get_field(field)?;
    Some(set.items(inner).iter().map(|rule| rule_of(rule, scope)).collect())
}

/// Compiles a permission or a principal: their matchers share names where they share meaning.
fn rule_of(value: &Value, scope: &Scope<'_>) -> Rule {
    if let Some(rules) =
        set(value, "and_rules", "rules", scope).or_else(|| set(value, "and_ids", "ids", scope))
    {
        return Rule::All(rules);
    }
    if let Some(rules) = set(value, "or_rules", "rules", scope).or_else(|| set(value, "or_ids", "ids", scope))
    {
        return Rule::OneOf(rules);
    }
    if let Some(rule) = value.get_field("not_rule").or_else(|| value.get_field("not_id")) {
        return Rule::Not(Box::new(rule_of(rule, scope)));
    }
    if let Some(any) = value.opt_flag("any") {
        return if any { Rule::Any } else { Rule::Never };
    }
    if let Some(header) = value.get_field("header") {
        return Rule::Header(HeaderMatcher::new(header, &scope.field("header")));
    }
    if let Some(path) = value.get_field("url_path").get_field("path") {
        return Rule::Path(StringMatcher::new(path, &scope.field("url_path.path")));
    }
    connection_rule(value, scope)
}

fn connection_rule(value: &Value, scope: &Scope<'_>) -> Rule {
    let cidr = |field: &'static str| {
        let range = value.get_field(field)?;
        Cidr::new(range, &scope.field(field))
    };
    if let Some(range) = cidr("destination_ip") {
        return Rule::DestinationIp(range);
    }
    if let Some(range) = cidr("direct_remote_ip") {
        return Rule::DirectRemote(range);
    }
    if let Some(range) = cidr("remote_ip") {
        return Rule::Remote(range);
    }
    if let Some(range) = cidr("source_ip") {
        return Rule::Source(range);
    }
    if let Some(port) = value.int("destination_port") {
        let port = u16::try_from(port).unwrap_or(0);
        return Rule::DestinationPort(port, port);
    }
    if let Some(range) = value.get_field("destination_port_range") {
        let bound = |name| u16::try_from(range.int(name).unwrap_or(0)).unwrap_or(u16::MAX);
        return Rule::DestinationPort(bound("start"), bound("end").saturating_sub(1));
    }
    identity_rule(value, scope)
}

fn identity_rule(value: &Value, scope: &Scope<'_>) -> Rule {
    if let Some(matcher) = value.get_field("metadata") {
        return Rule::Metadata(MetadataMatcher::new(matcher, &scope.field("metadata")));
    }
    if let Some(matcher) = value.get_field("sourced_metadata").get_field("metadata_matcher") {
        return Rule::Metadata(MetadataMatcher::new(
            matcher,
            &scope.field("sourced_metadata.metadata_matcher"),
        ));
    }
    if let Some(matcher) = value.get_field("requested_server_name") {
        return Rule::ServerName(StringMatcher::new(matcher, &scope.field("requested_server_name")));
    }
    if let Some(authenticated) = value.get_field("authenticated") {
        let name = authenticated.get_field("principal_name");
        return Rule::Authenticated(
            name.map(|n| StringMatcher::new(n, &scope.field("authenticated.principal_name"))),
        );
    }
    if let Some(state) = value.get_field("filter_state") {
        return state_rule(state, &scope.field("filter_state"));
    }
    if let Some(template) = value.get_field("uri_template").get_field("typed_config") {
        let scope = scope.field("uri_template.typed_config.path_template");
        return UriTemplate::new(template.text("path_template"), &scope).map_or(Rule::Never, Rule::Template);
    }
    scope.refuse("a permission or principal without a matcher");
    Rule::Never
}

fn state_rule(state: &Value, scope: &Scope<'_>) -> Rule {
    let key = state.text("key").to_owned();
    if let Some(matcher) = state.get_field("address_match") {
        let ranges = Cidr::list(matcher, "ranges", &scope.field("address_match"));
        return Rule::StateAddress(key, ranges, matcher.flag("invert_match"));
    }
    let Some(matcher) = state.get_field("string_match") else {
        scope.refuse("string_match and address_match are missing");
        return Rule::Never;
    };
    Rule::State(key, StringMatcher::new(matcher, &scope.field("string_match")))
}

impl Rule {
    fn matches(&self, subject: Subject<'_>) -> bool {
        let local = &subject.connection.local;
        match self {
            Self::Any => true,
            Self::Never => false,
            Self::All(rules) => rules.iter().all(|rule| rule.matches(subject)),
            Self::OneOf(rules) => rules.iter().any(|rule| rule.matches(subject)),
            Self::Not(rule) => !rule.matches(subject),
            Self::Header(matcher) => match subject.head {
                Some(head) => matcher.matches(head),
                None => matcher.matches(&Head::default()),
            },
            Self::Path(matcher) => {
                subject.head.is_some_and(|head| matcher.matches(path_without_fragment(head)))
            }
            Self::Template(template) => subject.head.is_some_and(|head| template.matches(head.path_only())),
            Self::DestinationIp(range) => within(range, local.ip()),
            Self::DestinationPort(start, end) => {
                local.port().is_some_and(|port| (*start..=*end).contains(&port))
            }
            Self::Metadata(matcher) => matcher.matches(subject.metadata),
            Self::ServerName(matcher) => matcher.matches(subject.connection.server_name.as_bytes()),
            Self::Authenticated(matcher) => authenticated(subject.connection, matcher.as_ref()),
            // A value that is not there matches nothing (`source/common/common/matchers.cc`).
            Self::State(name, matcher) => {
                subject.value(name).is_some_and(|value| matcher.matches(value.text.as_bytes()))
            }
            Self::StateAddress(name, ranges, inverted) => {
                let ip = subject.state_address(name);
                ip.is_some_and(|ip| ranges.iter().any(|range| range.contains(ip)) != *inverted)
            }
            Self::DirectRemote(range) => within(range, subject.connection.direct_remote.ip()),
            Self::Remote(range) => within(range, subject.remote),
            Self::Source(range) => within(range, subject.connection.remote.ip()),
        }
    }
}

/// Whether an address of the network is in a range.
fn within(range: &Cidr, ip: Option<IpAddr>) -> bool {
    ip.is_some_and(|ip| range.contains(ip))
}

fn path_without_fragment(head: &Head) -> &[u8] {
    let path = head.path_only();
    path.get(..memchr::memchr(b'#', path).unwrap_or(path.len())).unwrap_or_default()
}

/// Any URI SAN, else any DNS SAN, else the subject is matched.
fn authenticated(connection: &ConnectionInfo, matcher: Option<&StringMatcher>) -> bool {
    let Some(tls) = connection.tls.as_ref() else { return false };
    let Some(matcher) = matcher else { return tls.has_peer() };
    if !tls.peer_uris.is_empty() {
        return tls.peer_uris.iter().any(|uri| matcher.matches(uri.as_bytes()));
    }
    if !tls.peer_dns.is_empty() {
        return tls.peer_dns.iter().any(|name| matcher.matches(name.as_bytes()));
    }
    matcher.matches(tls.peer_subject.as_bytes())
}

#[cfg(test)]
#[path = "rbac_tests.rs"]
mod tests;
