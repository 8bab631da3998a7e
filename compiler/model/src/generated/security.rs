// tidy: table
//! Views of Istio's security API. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `istio.security.v1beta1.AuthorizationPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationPolicy<'a>(pub Node<'a>);
view!(AuthorizationPolicy);
impl<'a> AuthorizationPolicy<'a> {
    /// `action`.
    pub fn action(self) -> Option<AuthorizationPolicyAction> { one(self.0, "action", "action") }
    /// `provider`.
    pub fn provider(self) -> Option<AuthorizationPolicyExtensionProvider<'a>> { one(self.0, "provider", "provider") }
    /// `rules`.
    pub fn rules(self) -> List<'a, Rule<'a>> { list(self.0, "rules", "rules") }
    /// `selector`.
    pub fn selector(self) -> Option<super::selectors::WorkloadSelector<'a>> { one(self.0, "selector", "selector") }
    /// `targetRef`.
    pub fn target_ref(self) -> Option<super::selectors::PolicyTargetReference<'a>> { one(self.0, "targetRef", "targetRef") }
    /// `targetRefs`.
    pub fn target_refs(self) -> List<'a, super::selectors::PolicyTargetReference<'a>> { list(self.0, "targetRefs", "targetRefs") }
}

/// `istio.security.v1beta1.AuthorizationPolicy.ExtensionProvider`.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationPolicyExtensionProvider<'a>(pub Node<'a>);
view!(AuthorizationPolicyExtensionProvider);
impl<'a> AuthorizationPolicyExtensionProvider<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.security.v1beta1.ClaimToHeader`.
#[derive(Clone, Copy, Debug)]
pub struct ClaimToHeader<'a>(pub Node<'a>);
view!(ClaimToHeader);
impl<'a> ClaimToHeader<'a> {
    /// `claim`.
    pub fn claim(self) -> Option<Text<'a>> { one(self.0, "claim", "claim") }
    /// `header`.
    pub fn header(self) -> Option<Text<'a>> { one(self.0, "header", "header") }
}

/// `istio.security.v1beta1.Condition`.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a>(pub Node<'a>);
view!(Condition);
impl<'a> Condition<'a> {
    /// `key`.
    pub fn key(self) -> Option<Text<'a>> { one(self.0, "key", "key") }
    /// `notValues`.
    pub fn not_values(self) -> List<'a, Text<'a>> { list(self.0, "notValues", "not_values") }
    /// `values`.
    pub fn values(self) -> List<'a, Text<'a>> { list(self.0, "values", "values") }
}

/// `istio.security.v1beta1.JWTHeader`.
#[derive(Clone, Copy, Debug)]
pub struct JWTHeader<'a>(pub Node<'a>);
view!(JWTHeader);
impl<'a> JWTHeader<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `prefix`.
    pub fn prefix(self) -> Option<Text<'a>> { one(self.0, "prefix", "prefix") }
}

/// `istio.security.v1beta1.JWTRule`.
#[derive(Clone, Copy, Debug)]
pub struct JWTRule<'a>(pub Node<'a>);
view!(JWTRule);
impl<'a> JWTRule<'a> {
    /// `audiences`.
    pub fn audiences(self) -> List<'a, Text<'a>> { list(self.0, "audiences", "audiences") }
    /// `forwardOriginalToken`.
    pub fn forward_original_token(self) -> Option<bool> { one(self.0, "forwardOriginalToken", "forward_original_token") }
    /// `fromCookies`.
    pub fn from_cookies(self) -> List<'a, Text<'a>> { list(self.0, "fromCookies", "from_cookies") }
    /// `fromHeaders`.
    pub fn from_headers(self) -> List<'a, JWTHeader<'a>> { list(self.0, "fromHeaders", "from_headers") }
    /// `fromParams`.
    pub fn from_params(self) -> List<'a, Text<'a>> { list(self.0, "fromParams", "from_params") }
    /// `issuer`.
    pub fn issuer(self) -> Option<Text<'a>> { one(self.0, "issuer", "issuer") }
    /// `jwks`.
    pub fn jwks(self) -> Option<Text<'a>> { one(self.0, "jwks", "jwks") }
    /// `jwksUri`.
    pub fn jwks_uri(self) -> Option<Text<'a>> { one(self.0, "jwksUri", "jwks_uri") }
    /// `outputClaimToHeaders`.
    pub fn output_claim_to_headers(self) -> List<'a, ClaimToHeader<'a>> { list(self.0, "outputClaimToHeaders", "output_claim_to_headers") }
    /// `outputPayloadToHeader`.
    pub fn output_payload_to_header(self) -> Option<Text<'a>> { one(self.0, "outputPayloadToHeader", "output_payload_to_header") }
    /// `spaceDelimitedClaims`.
    pub fn space_delimited_claims(self) -> List<'a, Text<'a>> { list(self.0, "spaceDelimitedClaims", "space_delimited_claims") }
    /// `timeout`.
    pub fn timeout(self) -> Option<DurationValue> { one(self.0, "timeout", "timeout") }
}

/// `istio.security.v1beta1.Operation`.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a>(pub Node<'a>);
view!(Operation);
impl<'a> Operation<'a> {
    /// `hosts`.
    pub fn hosts(self) -> List<'a, Text<'a>> { list(self.0, "hosts", "hosts") }
    /// `methods`.
    pub fn methods(self) -> List<'a, Text<'a>> { list(self.0, "methods", "methods") }
    /// `notHosts`.
    pub fn not_hosts(self) -> List<'a, Text<'a>> { list(self.0, "notHosts", "not_hosts") }
    /// `notMethods`.
    pub fn not_methods(self) -> List<'a, Text<'a>> { list(self.0, "notMethods", "not_methods") }
    /// `notPaths`.
    pub fn not_paths(self) -> List<'a, Text<'a>> { list(self.0, "notPaths", "not_paths") }
    /// `notPorts`.
    pub fn not_ports(self) -> List<'a, Text<'a>> { list(self.0, "notPorts", "not_ports") }
    /// `paths`.
    pub fn paths(self) -> List<'a, Text<'a>> { list(self.0, "paths", "paths") }
    /// `ports`.
    pub fn ports(self) -> List<'a, Text<'a>> { list(self.0, "ports", "ports") }
}

/// `istio.security.v1beta1.PeerAuthentication`.
#[derive(Clone, Copy, Debug)]
pub struct PeerAuthentication<'a>(pub Node<'a>);
view!(PeerAuthentication);
impl<'a> PeerAuthentication<'a> {
    /// `mtls`.
    pub fn mtls(self) -> Option<PeerAuthenticationMutualTLS<'a>> { one(self.0, "mtls", "mtls") }
    /// `portLevelMtls`.
    pub fn port_level_mtls(self) -> Entries<'a, PeerAuthenticationMutualTLS<'a>> { entries(self.0, "portLevelMtls", "port_level_mtls") }
    /// `selector`.
    pub fn selector(self) -> Option<super::selectors::WorkloadSelector<'a>> { one(self.0, "selector", "selector") }
}

/// `istio.security.v1beta1.PeerAuthentication.MutualTLS`.
#[derive(Clone, Copy, Debug)]
pub struct PeerAuthenticationMutualTLS<'a>(pub Node<'a>);
view!(PeerAuthenticationMutualTLS);
impl<'a> PeerAuthenticationMutualTLS<'a> {
    /// `mode`.
    pub fn mode(self) -> Option<PeerAuthenticationMutualTLSMode> { one(self.0, "mode", "mode") }
}

/// `istio.security.v1beta1.RequestAuthentication`.
#[derive(Clone, Copy, Debug)]
pub struct RequestAuthentication<'a>(pub Node<'a>);
view!(RequestAuthentication);
impl<'a> RequestAuthentication<'a> {
    /// `jwtRules`.
    pub fn jwt_rules(self) -> List<'a, JWTRule<'a>> { list(self.0, "jwtRules", "jwt_rules") }
    /// `selector`.
    pub fn selector(self) -> Option<super::selectors::WorkloadSelector<'a>> { one(self.0, "selector", "selector") }
    /// `targetRef`.
    pub fn target_ref(self) -> Option<super::selectors::PolicyTargetReference<'a>> { one(self.0, "targetRef", "targetRef") }
    /// `targetRefs`.
    pub fn target_refs(self) -> List<'a, super::selectors::PolicyTargetReference<'a>> { list(self.0, "targetRefs", "targetRefs") }
}

/// `istio.security.v1beta1.Rule`.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a>(pub Node<'a>);
view!(Rule);
impl<'a> Rule<'a> {
    /// `from`.
    pub fn from(self) -> List<'a, RuleFrom<'a>> { list(self.0, "from", "from") }
    /// `to`.
    pub fn to(self) -> List<'a, RuleTo<'a>> { list(self.0, "to", "to") }
    /// `when`.
    pub fn when(self) -> List<'a, Condition<'a>> { list(self.0, "when", "when") }
}

/// `istio.security.v1beta1.Rule.From`.
#[derive(Clone, Copy, Debug)]
pub struct RuleFrom<'a>(pub Node<'a>);
view!(RuleFrom);
impl<'a> RuleFrom<'a> {
    /// `source`.
    pub fn source(self) -> Option<Source<'a>> { one(self.0, "source", "source") }
}

/// `istio.security.v1beta1.Rule.To`.
#[derive(Clone, Copy, Debug)]
pub struct RuleTo<'a>(pub Node<'a>);
view!(RuleTo);
impl<'a> RuleTo<'a> {
    /// `operation`.
    pub fn operation(self) -> Option<Operation<'a>> { one(self.0, "operation", "operation") }
}

/// `istio.security.v1beta1.Source`.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a>(pub Node<'a>);
view!(Source);
impl<'a> Source<'a> {
    /// `ipBlocks`.
    pub fn ip_blocks(self) -> List<'a, Text<'a>> { list(self.0, "ipBlocks", "ip_blocks") }
    /// `namespaces`.
    pub fn namespaces(self) -> List<'a, Text<'a>> { list(self.0, "namespaces", "namespaces") }
    /// `notIpBlocks`.
    pub fn not_ip_blocks(self) -> List<'a, Text<'a>> { list(self.0, "notIpBlocks", "not_ip_blocks") }
    /// `notNamespaces`.
    pub fn not_namespaces(self) -> List<'a, Text<'a>> { list(self.0, "notNamespaces", "not_namespaces") }
    /// `notPrincipals`.
    pub fn not_principals(self) -> List<'a, Text<'a>> { list(self.0, "notPrincipals", "not_principals") }
    /// `notRemoteIpBlocks`.
    pub fn not_remote_ip_blocks(self) -> List<'a, Text<'a>> { list(self.0, "notRemoteIpBlocks", "not_remote_ip_blocks") }
    /// `notRequestPrincipals`.
    pub fn not_request_principals(self) -> List<'a, Text<'a>> { list(self.0, "notRequestPrincipals", "not_request_principals") }
    /// `notServiceAccounts`.
    pub fn not_service_accounts(self) -> List<'a, Text<'a>> { list(self.0, "notServiceAccounts", "not_service_accounts") }
    /// `notTrustDomains`.
    pub fn not_trust_domains(self) -> List<'a, Text<'a>> { list(self.0, "notTrustDomains", "not_trust_domains") }
    /// `principals`.
    pub fn principals(self) -> List<'a, Text<'a>> { list(self.0, "principals", "principals") }
    /// `remoteIpBlocks`.
    pub fn remote_ip_blocks(self) -> List<'a, Text<'a>> { list(self.0, "remoteIpBlocks", "remote_ip_blocks") }
    /// `requestPrincipals`.
    pub fn request_principals(self) -> List<'a, Text<'a>> { list(self.0, "requestPrincipals", "request_principals") }
    /// `serviceAccounts`.
    pub fn service_accounts(self) -> List<'a, Text<'a>> { list(self.0, "serviceAccounts", "service_accounts") }
    /// `trustDomains`.
    pub fn trust_domains(self) -> List<'a, Text<'a>> { list(self.0, "trustDomains", "trust_domains") }
}

words! {
    /// `istio.security.v1beta1.AuthorizationPolicy.Action`.
    AuthorizationPolicyAction true {
        Allow = "ALLOW", 0;
        Deny = "DENY", 1;
        Audit = "AUDIT", 2;
        Custom = "CUSTOM", 3;
    }
}

words! {
    /// `istio.security.v1beta1.PeerAuthentication.MutualTLS.Mode`.
    PeerAuthenticationMutualTLSMode true {
        Unset = "UNSET", 0;
        Disable = "DISABLE", 1;
        Permissive = "PERMISSIVE", 2;
        Strict = "STRICT", 3;
    }
}

