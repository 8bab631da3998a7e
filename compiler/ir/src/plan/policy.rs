//! Security of one proxy: mutual TLS, tokens, and who may do what.
//!
//! The trees say what is meant ("the caller is in namespace a*"), so that the evaluator and the prover need no Envoy; `mp-emit` turns
//! them into matchers. Every value keeps the YAML that caused it.

use crate::base::{At, Origin};

mod header;
mod point;
mod provider;

pub use header::{is_one_line, is_written_by_proxy};
pub use point::*;
pub use provider::*;

/// How one text is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextMatch {
    /// The whole text.
    Exact(String),
    /// Its start.
    Prefix(String),
    /// Its end.
    Suffix(String),
    /// Any text of at least one character.
    NotEmpty,
}

impl TextMatch {
    /// From a value of a policy, with `*` as first or last character (`authz/matcher/string.go`, `StringMatcher`).
    #[must_use]
    pub fn from_wildcard(value: &str) -> Self {
        if value == "*" {
            return TextMatch::NotEmpty;
        }
        if let Some(end) = value.strip_prefix('*') {
            return TextMatch::Suffix(end.to_owned());
        }
        match value.strip_suffix('*') {
            Some(start) => TextMatch::Prefix(start.to_owned()),
            None => TextMatch::Exact(value.to_owned()),
        }
    }
}

/// How a header is compared. Several lines of one header match when any of them does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeaderTest {
    /// The header is there, be it empty.
    Present,
    /// One of its values is so.
    Value(TextMatch),
}

/// A block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// The address as written; bits behind the prefix do not count.
    pub address: std::net::IpAddr,
    /// Length of the prefix in bits.
    pub bits: u8,
}

impl Cidr {
    /// Reads `a.b.c.d`, `a.b.c.d/n` and the same of IPv6 (`networking/util.AddrStrToCidrRange`); `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            None => (text.parse().ok()?, None),
            Some((address, bits)) => {
                let canonical = !bits.is_empty()
                    && bits.bytes().all(|b| b.is_ascii_digit())
                    && (bits == "0" || !bits.starts_with('0'));
                (address.parse().ok()?, Some(canonical.then(|| bits.parse::<u8>().ok()).flatten()?))
            }
        };
        let width = if matches!(address, std::net::IpAddr::V4(_)) { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then_some(Self { address, bits })
    }

    /// The same block with the bits behind the prefix cleared.
    #[must_use]
    pub fn masked(self) -> Self {
        let address = match self.address {
            std::net::IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits.min(32))).unwrap_or(0);
                std::net::IpAddr::V4((v4.to_bits() & mask).into())
            }
            std::net::IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits.min(128))).unwrap_or(0);
                std::net::IpAddr::V6((v6.to_bits() & mask).into())
            }
        };
        Self { address, bits: self.bits }
    }

    /// Whether an address lies in the block. Families never mix.
    #[must_use]
    pub fn contains(&self, address: std::net::IpAddr) -> bool {
        let same = self.address.is_ipv4() == address.is_ipv4();
        same && Self { address, bits: self.bits }.masked().address == self.masked().address
    }
}

/// What a caller's SPIFFE id must be like. A caller without certificate has none and matches nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeerMatch {
    /// Any identity.
    Any,
    /// The whole id, with `spiffe://`.
    Exact(String),
    /// Its start, with `spiffe://`.
    Prefix(String),
    /// Begins with `spiffe://` and ends so.
    Suffix(String),
    /// Contains `/ns/NS/` and something before and behind; the parts of NS are joined by any text (`*` in the policy).
    Namespace(Vec<String>),
    /// `spiffe://…/ns/NS/…sa/SA` and possibly `/…`.
    ServiceAccount {
        /// Namespace.
        namespace: String,
        /// Service account.
        name: String,
    },
    /// The trust domain is the two parts with any text free of `/` between; one part means exactly that.
    TrustDomain(String, Option<String>),
    /// Any trust domain, so any SPIFFE id.
    AnyTrustDomain,
}

/// A claim of the token is so. Only text counts: numbers, Booleans and objects never match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimTest {
    /// Keys from the payload's root.
    pub path: Vec<String>,
    /// Lists match when one of their items does.
    pub in_lists: bool,
    /// Any of these.
    pub any_of: Vec<At<TextMatch>>,
}

/// Metadata that another filter left behind is so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataTest {
    /// Name of the filter.
    pub filter: String,
    /// Key.
    pub key: String,
    /// Any of these; the flag asks for an item of a list.
    pub any_of: Vec<(bool, At<TextMatch>)>,
}

/// A question about the caller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalTest {
    /// Identity of the TLS peer.
    Peer(PeerMatch),
    /// Address of the TCP peer.
    DirectIp(Cidr),
    /// Address of the client behind trusted proxies.
    RemoteIp(Cidr),
    /// A claim.
    Claim(ClaimTest),
    /// A header, by name as written.
    Header(String, HeaderTest),
}

/// A question about the operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PermissionTest {
    /// `:authority` with its port, in any case of letters.
    Host(HeaderTest),
    /// `:method`.
    Method(HeaderTest),
    /// The path without query.
    Path(TextMatch),
    /// The path against a template in Envoy's notation (`*`, `**`).
    PathTemplate(String),
    /// Destination address.
    DestinationIp(Cidr),
    /// Destination port.
    DestinationPort(u32),
    /// Name in the TLS hello.
    ServerName(TextMatch),
    /// Metadata.
    Metadata(MetadataTest),
}

/// A formula over questions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Tree<T> {
    /// Always.
    Any,
    /// All hold.
    And(Vec<Tree<T>>),
    /// One holds.
    Or(Vec<Tree<T>>),
    /// It does not hold.
    Not(Box<Tree<T>>),
    /// One question, with the value in the file.
    Test(At<T>),
}

/// What is done.
pub type Permission = Tree<PermissionTest>;
/// Who does it.
pub type Principal = Tree<PrincipalTest>;

/// A rule as the proxy gets it: matches when one permission and one principal hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// `ns[NS]-policy[NAME]-rule[I]`, which the proxy reports.
    pub name: String,
    /// Namespace and name of the AuthorizationPolicy.
    pub policy: (String, String),
    /// Place in its list of rules.
    pub rule: usize,
    /// One of these.
    pub permissions: Vec<Permission>,
    /// One of these.
    pub principals: Vec<Principal>,
    /// The rule in the file; the policy where it has no rules.
    pub origin: Origin,
}

/// What a match means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RbacAction {
    /// Only matching requests pass.
    Allow,
    /// Matching requests are refused.
    Deny,
    /// Matching requests are marked.
    Log,
}

/// Policies that are tried in order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RbacRules {
    /// What a match means.
    pub action: RbacAction,
    /// Sorted by name.
    pub policies: Vec<Policy>,
}

/// One RBAC filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RbacFilter {
    /// Enforced; `None` decides nothing.
    pub rules: Option<RbacRules>,
    /// Evaluated without effect but on metadata.
    pub shadow: Option<RbacRules>,
    /// Prefix of the shadow rules' metadata.
    pub shadow_prefix: String,
    /// The caller's identity is that of the tunnel, which was opened before (filter state).
    pub by_tunnel: bool,
}

/// Filters of CUSTOM policies of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomFilter {
    /// Decides whether to ask, or refuses when the provider is unusable.
    pub rbac: RbacFilter,
    /// Who is asked; `None` when the provider is unusable.
    pub ext_authz: Option<ExtAuthz>,
}

/// Filters of HTTP chains, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HttpSecurity {
    /// CUSTOM, sorted by provider.
    pub custom: Vec<CustomFilter>,
    /// Tokens.
    pub jwt: Option<JwtAuthn>,
    /// AUDIT, DENY, ALLOW as far as they are there.
    pub rbac: Vec<RbacFilter>,
}

/// Filters of TCP chains, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TcpSecurity {
    /// CUSTOM, sorted by provider.
    pub custom: Vec<CustomFilter>,
    /// AUDIT, DENY, ALLOW as far as they are there.
    pub rbac: Vec<RbacFilter>,
}
