//! Security of one proxy: mutual TLS, tokens, and who may do what.
//!
//! The trees say what is meant ("the caller is in namespace a*"), so that the evaluator and the prover need no Envoy; `mp-emit` turns
//! them into matchers. Every value keeps the YAML that caused it.

use crate::base::{At, Origin};
pub use crate::mesh::MutualTlsMode;

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
pub enum HeaderMatch {
    /// The header is there, be it empty.
    Present,
    /// One of its values is so.
    Value(TextMatch),
}

/// A block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// The address; bits behind the prefix are zero.
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
                let canonical = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
                (address.parse().ok()?, Some(canonical.then(|| bits.parse::<u8>().ok()).flatten()?))
            }
        };
        let width = if matches!(address, std::net::IpAddr::V4(_)) { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then(|| Self { address, bits }.masked())
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
        same && Self { address, bits: self.bits }.masked().address == self.address
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
pub struct ClaimMatch {
    /// Keys from the payload's root.
    pub path: Vec<String>,
    /// Lists match when one of their items does.
    pub in_lists: bool,
    /// Any of these.
    pub any_of: Vec<At<TextMatch>>,
}

/// Metadata that another filter left behind is so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataMatch {
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
    Claim(ClaimMatch),
    /// A header, by name as written.
    Header(String, HeaderMatch),
}

/// A question about the operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PermissionTest {
    /// `:authority` with its port, in any case of letters.
    Host(HeaderMatch),
    /// `:method`.
    Method(HeaderMatch),
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
    Metadata(MetadataMatch),
}

/// A formula over questions.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RbacRules {
    /// What a match means.
    pub action: RbacAction,
    /// Sorted by name.
    pub policies: Vec<Policy>,
}

/// One RBAC filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RbacFilter {
    /// Enforced; `None` decides nothing.
    pub rules: Option<RbacRules>,
    /// Evaluated without effect but on metadata.
    pub shadow: Option<RbacRules>,
    /// Prefix of the shadow rules' metadata.
    pub shadow_prefix: String,
}

/// An external authoriser, asked when a CUSTOM rule matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtAuthz {
    /// Name of the extension provider.
    pub provider: String,
    /// Cluster.
    pub cluster: String,
    /// Host name of the service.
    pub hostname: String,
    /// HTTP rather than gRPC.
    pub http: bool,
    /// Requests pass when it cannot be reached.
    pub fail_open: bool,
    /// Status when it cannot be reached.
    pub status_on_error: Option<u32>,
    /// Nanoseconds.
    pub timeout: i128,
    /// `pathPrefix`.
    pub path_prefix: String,
    /// Headers that it sees, with `*` as wildcard; empty for the default ones.
    pub request_headers: Vec<String>,
    /// Headers added for it, sorted by name.
    pub extra_headers: Vec<(String, String)>,
    /// Headers of its answer that go upstream.
    pub upstream_headers: Vec<String>,
    /// Headers of its refusal that go to the client.
    pub client_headers_on_deny: Vec<String>,
    /// Headers of its consent that go to the client.
    pub client_headers_on_allow: Vec<String>,
    /// Request body for it: largest size, partial bodies, as bytes.
    pub body: Option<(u32, bool, bool)>,
    /// Beginning of policy names that ask it.
    pub policy_prefix: String,
}

/// Filters of CUSTOM policies of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomFilter {
    /// Decides whether to ask, or refuses when the provider is unusable.
    pub rbac: RbacFilter,
    /// Who is asked; `None` when the provider is unusable.
    pub ext_authz: Option<ExtAuthz>,
}

/// Where the keys of a token come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// Keys as text (JWKS).
    Inline(String),
    /// Fetched by the proxy: address, cluster, nanoseconds.
    Remote {
        /// Address.
        uri: String,
        /// Cluster.
        cluster: String,
        /// Nanoseconds.
        timeout: i128,
    },
}

/// One accepted kind of token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtProvider {
    /// `origins-I`.
    pub name: String,
    /// Issuer; empty accepts any.
    pub issuer: At<String>,
    /// Audiences; empty accepts any.
    pub audiences: Vec<String>,
    /// Token is passed on.
    pub forward: bool,
    /// Header for the payload; empty for none.
    pub payload_header: String,
    /// Header and prefix of the token.
    pub from_headers: Vec<(String, String)>,
    /// Query parameters.
    pub from_params: Vec<String>,
    /// Cookies.
    pub from_cookies: Vec<String>,
    /// Claims copied to headers: header, claim.
    pub claim_headers: Vec<(String, String)>,
    /// Claims whose text is a list separated by spaces, sorted.
    pub space_delimited: Vec<String>,
    /// Keys.
    pub keys: KeySource,
    /// The rule in the file.
    pub origin: Origin,
}

/// The token filter: a token that is there must be good; none passes without claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtAuthn {
    /// Sorted by issuer.
    pub providers: Vec<JwtProvider>,
    /// The route is chosen again after the claims are known.
    pub clear_route_cache: bool,
}

/// Filters of HTTP chains, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSecurity {
    /// CUSTOM, sorted by provider.
    pub custom: Vec<CustomFilter>,
    /// Tokens.
    pub jwt: Option<JwtAuthn>,
    /// AUDIT, DENY, ALLOW as far as they are there.
    pub rbac: Vec<RbacFilter>,
}

/// Filters of TCP chains, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpSecurity {
    /// CUSTOM, sorted by provider.
    pub custom: Vec<CustomFilter>,
    /// AUDIT, DENY, ALLOW as far as they are there.
    pub rbac: Vec<RbacFilter>,
}

/// A part of a policy that the proxy does not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Name of the rule as in [`Policy::name`].
    pub rule: String,
    /// On TCP chains rather than HTTP ones.
    pub tcp: bool,
    /// The whole rule, rather than one value.
    pub whole_rule: bool,
    /// Why, in lower case.
    pub reason: String,
    /// The value or rule.
    pub origin: Origin,
}

/// What Envoy does to a path before anybody reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PathHandling {
    /// RFC 3986 normalisation.
    pub normalize: bool,
    /// `//` becomes `/`.
    pub merge_slashes: bool,
    /// What happens to `%2F` and `%5C`.
    pub escaped_slashes: EscapedSlashes,
}

/// What happens to `%2F` and `%5C`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EscapedSlashes {
    /// Kept.
    #[default]
    Keep,
    /// Decoded.
    Unescape,
    /// Decoded, and the client is redirected there.
    Redirect,
    /// Refused.
    Reject,
}

/// What a port speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortChain {
    /// HTTP.
    Http,
    /// Bytes.
    Tcp,
    /// Whatever the first bytes say.
    Sniffed,
}

/// One port of an enforcement point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointPort {
    /// Number at the workload.
    pub number: u32,
    /// What it speaks.
    pub chain: PortChain,
    /// Mutual TLS.
    pub mode: At<MutualTlsMode>,
    /// Hosts that the proxy serves there, for readable witnesses.
    pub host: String,
}

/// Kind of proxy at a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointKind {
    /// Beside a workload.
    #[default]
    Sidecar,
    /// At the edge.
    Gateway,
}

/// Everything that decides whether a request reaches a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnforcementPoint {
    /// Namespace of the workload.
    pub namespace: String,
    /// Name of the workload.
    pub name: String,
    /// Further workloads that are the same point: namespace and name.
    pub twins: Vec<(String, String)>,
    /// Kind of proxy.
    pub kind: PointKind,
    /// The workload's addresses.
    pub addresses: Vec<String>,
    /// Ports that services declare, sorted.
    pub ports: Vec<PointPort>,
    /// Mode of all other ports, which take HTTP and bytes; a gateway has none.
    pub passthrough: Option<At<MutualTlsMode>>,
    /// Trust domains that the handshake accepts; empty accepts any.
    pub trust_domains: Vec<String>,
    /// HTTP filters.
    pub http: HttpSecurity,
    /// TCP filters.
    pub tcp: TcpSecurity,
    /// Path handling.
    pub paths: PathHandling,
    /// The TCP peer's address is the client's unless proxies are trusted (`use_remote_address`).
    pub use_remote_address: bool,
    /// Proxies whose `x-forwarded-for` is trusted.
    pub trusted_hops: u32,
    /// What of the policies is not in the filters.
    pub dropped: Vec<Dropped>,
}
