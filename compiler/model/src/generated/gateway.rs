// tidy: table
//! Views of the Gateway API. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `gateway.AllowedListeners`.
#[derive(Clone, Copy, Debug)]
pub struct AllowedListeners<'a>(pub Node<'a>);
view!(AllowedListeners);
impl<'a> AllowedListeners<'a> {
    /// `namespaces`.
    pub fn namespaces(self) -> Option<ListenerNamespaces<'a>> { one(self.0, "namespaces", "namespaces") }
}

/// `gateway.AllowedRoutes`.
#[derive(Clone, Copy, Debug)]
pub struct AllowedRoutes<'a>(pub Node<'a>);
view!(AllowedRoutes);
impl<'a> AllowedRoutes<'a> {
    /// `kinds`.
    pub fn kinds(self) -> List<'a, RouteGroupKind<'a>> { list(self.0, "kinds", "kinds") }
    /// `namespaces`.
    pub fn namespaces(self) -> Option<RouteNamespaces<'a>> { one(self.0, "namespaces", "namespaces") }
}

/// `gateway.BackendAncestorStatus`.
#[derive(Clone, Copy, Debug)]
pub struct BackendAncestorStatus<'a>(pub Node<'a>);
view!(BackendAncestorStatus);
impl<'a> BackendAncestorStatus<'a> {
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `controllerName`.
    pub fn controller_name(self) -> Option<Text<'a>> { one(self.0, "controllerName", "controllerName") }
    /// `parentRef`.
    pub fn parent_ref(self) -> Option<ParentReference<'a>> { one(self.0, "parentRef", "parentRef") }
}

/// `gateway.BackendObjectReference`.
#[derive(Clone, Copy, Debug)]
pub struct BackendObjectReference<'a>(pub Node<'a>);
view!(BackendObjectReference);
impl<'a> BackendObjectReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
}

/// `gateway.BackendPort`.
#[derive(Clone, Copy, Debug)]
pub struct BackendPort<'a>(pub Node<'a>);
view!(BackendPort);
impl<'a> BackendPort<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
}

/// `gateway.BackendRef`.
#[derive(Clone, Copy, Debug)]
pub struct BackendRef<'a>(pub Node<'a>);
view!(BackendRef);
impl<'a> BackendRef<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `weight`.
    pub fn weight(self) -> Option<i64> { one(self.0, "weight", "weight") }
}

/// `gateway.BackendSpec`.
#[derive(Clone, Copy, Debug)]
pub struct BackendSpec<'a>(pub Node<'a>);
view!(BackendSpec);
impl<'a> BackendSpec<'a> {
    /// `externalHostname`.
    pub fn external_hostname(self) -> Option<ExternalHostnameBackend<'a>> { one(self.0, "externalHostname", "externalHostname") }
    /// `port`.
    pub fn port(self) -> Option<BackendPort<'a>> { one(self.0, "port", "port") }
    /// `protocol`.
    pub fn protocol(self) -> Option<BackendProtocol> { one(self.0, "protocol", "protocol") }
    /// `tls`.
    pub fn tls(self) -> Option<BackendTLS<'a>> { one(self.0, "tls", "tls") }
    /// `type`.
    pub fn type_(self) -> Option<BackendType> { one(self.0, "type", "type") }
}

/// `gateway.BackendStatus`.
#[derive(Clone, Copy, Debug)]
pub struct BackendStatus<'a>(pub Node<'a>);
view!(BackendStatus);
impl<'a> BackendStatus<'a> {
    /// `parents`.
    pub fn parents(self) -> List<'a, BackendAncestorStatus<'a>> { list(self.0, "parents", "parents") }
}

/// `gateway.BackendTLS`.
#[derive(Clone, Copy, Debug)]
pub struct BackendTLS<'a>(pub Node<'a>);
view!(BackendTLS);
impl<'a> BackendTLS<'a> {
    /// `clientCertificateRef`.
    pub fn client_certificate_ref(self) -> Option<SecretObjectReference<'a>> { one(self.0, "clientCertificateRef", "clientCertificateRef") }
    /// `mode`.
    pub fn mode(self) -> Option<BackendTLSMode> { one(self.0, "mode", "mode") }
    /// `validation`.
    pub fn validation(self) -> Option<BackendTLSPolicyValidation<'a>> { one(self.0, "validation", "validation") }
}

/// `gateway.BackendTLSPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct BackendTLSPolicy<'a>(pub Node<'a>);
view!(BackendTLSPolicy);
impl<'a> BackendTLSPolicy<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<BackendTLSPolicySpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<PolicyStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.BackendTLSPolicySpec`.
#[derive(Clone, Copy, Debug)]
pub struct BackendTLSPolicySpec<'a>(pub Node<'a>);
view!(BackendTLSPolicySpec);
impl<'a> BackendTLSPolicySpec<'a> {
    /// `options`.
    pub fn options(self) -> Entries<'a, Text<'a>> { entries(self.0, "options", "options") }
    /// `targetRefs`.
    pub fn target_refs(self) -> List<'a, LocalPolicyTargetReferenceWithSectionName<'a>> { list(self.0, "targetRefs", "targetRefs") }
    /// `validation`.
    pub fn validation(self) -> Option<BackendTLSPolicyValidation<'a>> { one(self.0, "validation", "validation") }
}

/// `gateway.BackendTLSPolicyValidation`.
#[derive(Clone, Copy, Debug)]
pub struct BackendTLSPolicyValidation<'a>(pub Node<'a>);
view!(BackendTLSPolicyValidation);
impl<'a> BackendTLSPolicyValidation<'a> {
    /// `caCertificateRefs`.
    pub fn ca_certificate_refs(self) -> List<'a, LocalObjectReference<'a>> { list(self.0, "caCertificateRefs", "caCertificateRefs") }
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `subjectAltNames`.
    pub fn subject_alt_names(self) -> List<'a, SubjectAltName<'a>> { list(self.0, "subjectAltNames", "subjectAltNames") }
    /// `wellKnownCACertificates`.
    pub fn well_known_ca_certificates(self) -> Option<Text<'a>> { one(self.0, "wellKnownCACertificates", "wellKnownCACertificates") }
}

/// `gateway.BackendTrafficPolicySpec`.
#[derive(Clone, Copy, Debug)]
pub struct BackendTrafficPolicySpec<'a>(pub Node<'a>);
view!(BackendTrafficPolicySpec);
impl<'a> BackendTrafficPolicySpec<'a> {
    /// `retryConstraint`.
    pub fn retry_constraint(self) -> Option<RetryConstraint<'a>> { one(self.0, "retryConstraint", "retryConstraint") }
    /// `sessionPersistence`.
    pub fn session_persistence(self) -> Option<SessionPersistence<'a>> { one(self.0, "sessionPersistence", "sessionPersistence") }
    /// `targetRefs`.
    pub fn target_refs(self) -> List<'a, LocalPolicyTargetReference<'a>> { list(self.0, "targetRefs", "targetRefs") }
}

/// `gateway.BudgetDetails`.
#[derive(Clone, Copy, Debug)]
pub struct BudgetDetails<'a>(pub Node<'a>);
view!(BudgetDetails);
impl<'a> BudgetDetails<'a> {
    /// `interval`.
    pub fn interval(self) -> Option<DurationValue> { one(self.0, "interval", "interval") }
    /// `percent`.
    pub fn percent(self) -> Option<i64> { one(self.0, "percent", "percent") }
}

/// `gateway.CookieConfig`.
#[derive(Clone, Copy, Debug)]
pub struct CookieConfig<'a>(pub Node<'a>);
view!(CookieConfig);
impl<'a> CookieConfig<'a> {
    /// `lifetimeType`.
    pub fn lifetime_type(self) -> Option<CookieLifetimeType> { one(self.0, "lifetimeType", "lifetimeType") }
}

/// `gateway.ExternalHostnameBackend`.
#[derive(Clone, Copy, Debug)]
pub struct ExternalHostnameBackend<'a>(pub Node<'a>);
view!(ExternalHostnameBackend);
impl<'a> ExternalHostnameBackend<'a> {
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
}

/// `gateway.ForwardBodyConfig`.
#[derive(Clone, Copy, Debug)]
pub struct ForwardBodyConfig<'a>(pub Node<'a>);
view!(ForwardBodyConfig);
impl<'a> ForwardBodyConfig<'a> {
    /// `maxSize`.
    pub fn max_size(self) -> Option<i64> { one(self.0, "maxSize", "maxSize") }
}

/// `gateway.Fraction`.
#[derive(Clone, Copy, Debug)]
pub struct Fraction<'a>(pub Node<'a>);
view!(Fraction);
impl<'a> Fraction<'a> {
    /// `denominator`.
    pub fn denominator(self) -> Option<i64> { one(self.0, "denominator", "denominator") }
    /// `numerator`.
    pub fn numerator(self) -> Option<i64> { one(self.0, "numerator", "numerator") }
}

/// `gateway.FrontendTLSConfig`.
#[derive(Clone, Copy, Debug)]
pub struct FrontendTLSConfig<'a>(pub Node<'a>);
view!(FrontendTLSConfig);
impl<'a> FrontendTLSConfig<'a> {
    /// `default`.
    pub fn default(self) -> Option<TLSConfig<'a>> { one(self.0, "default", "default") }
    /// `perPort`.
    pub fn per_port(self) -> List<'a, TLSPortConfig<'a>> { list(self.0, "perPort", "perPort") }
}

/// `gateway.FrontendTLSValidation`.
#[derive(Clone, Copy, Debug)]
pub struct FrontendTLSValidation<'a>(pub Node<'a>);
view!(FrontendTLSValidation);
impl<'a> FrontendTLSValidation<'a> {
    /// `caCertificateRefs`.
    pub fn ca_certificate_refs(self) -> List<'a, ObjectReference<'a>> { list(self.0, "caCertificateRefs", "caCertificateRefs") }
    /// `mode`.
    pub fn mode(self) -> Option<FrontendValidationModeType> { one(self.0, "mode", "mode") }
}

/// `gateway.GRPCAuthConfig`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCAuthConfig<'a>(pub Node<'a>);
view!(GRPCAuthConfig);
impl<'a> GRPCAuthConfig<'a> {
    /// `allowedHeaders`.
    pub fn allowed_headers(self) -> List<'a, Text<'a>> { list(self.0, "allowedHeaders", "allowedHeaders") }
}

/// `gateway.GRPCBackendRef`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCBackendRef<'a>(pub Node<'a>);
view!(GRPCBackendRef);
impl<'a> GRPCBackendRef<'a> {
    /// `filters`.
    pub fn filters(self) -> List<'a, GRPCRouteFilter<'a>> { list(self.0, "filters", "filters") }
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `weight`.
    pub fn weight(self) -> Option<i64> { one(self.0, "weight", "weight") }
}

/// `gateway.GRPCHeaderMatch`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCHeaderMatch<'a>(pub Node<'a>);
view!(GRPCHeaderMatch);
impl<'a> GRPCHeaderMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `type`.
    pub fn type_(self) -> Option<GRPCHeaderMatchType> { one(self.0, "type", "type") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `gateway.GRPCMethodMatch`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCMethodMatch<'a>(pub Node<'a>);
view!(GRPCMethodMatch);
impl<'a> GRPCMethodMatch<'a> {
    /// `method`.
    pub fn method(self) -> Option<Text<'a>> { one(self.0, "method", "method") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
    /// `type`.
    pub fn type_(self) -> Option<GRPCMethodMatchType> { one(self.0, "type", "type") }
}

/// `gateway.GRPCRoute`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCRoute<'a>(pub Node<'a>);
view!(GRPCRoute);
impl<'a> GRPCRoute<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<GRPCRouteSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<GRPCRouteStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.GRPCRouteFilter`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCRouteFilter<'a>(pub Node<'a>);
view!(GRPCRouteFilter);
impl<'a> GRPCRouteFilter<'a> {
    /// `extensionRef`.
    pub fn extension_ref(self) -> Option<LocalObjectReference<'a>> { one(self.0, "extensionRef", "extensionRef") }
    /// `requestHeaderModifier`.
    pub fn request_header_modifier(self) -> Option<HTTPHeaderFilter<'a>> { one(self.0, "requestHeaderModifier", "requestHeaderModifier") }
    /// `requestMirror`.
    pub fn request_mirror(self) -> Option<HTTPRequestMirrorFilter<'a>> { one(self.0, "requestMirror", "requestMirror") }
    /// `responseHeaderModifier`.
    pub fn response_header_modifier(self) -> Option<HTTPHeaderFilter<'a>> { one(self.0, "responseHeaderModifier", "responseHeaderModifier") }
    /// `type`.
    pub fn type_(self) -> Option<GRPCRouteFilterType> { one(self.0, "type", "type") }
}

/// `gateway.GRPCRouteMatch`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCRouteMatch<'a>(pub Node<'a>);
view!(GRPCRouteMatch);
impl<'a> GRPCRouteMatch<'a> {
    /// `headers`.
    pub fn headers(self) -> List<'a, GRPCHeaderMatch<'a>> { list(self.0, "headers", "headers") }
    /// `method`.
    pub fn method(self) -> Option<GRPCMethodMatch<'a>> { one(self.0, "method", "method") }
}

/// `gateway.GRPCRouteRule`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCRouteRule<'a>(pub Node<'a>);
view!(GRPCRouteRule);
impl<'a> GRPCRouteRule<'a> {
    /// `backendRefs`.
    pub fn backend_refs(self) -> List<'a, GRPCBackendRef<'a>> { list(self.0, "backendRefs", "backendRefs") }
    /// `filters`.
    pub fn filters(self) -> List<'a, GRPCRouteFilter<'a>> { list(self.0, "filters", "filters") }
    /// `matches`.
    pub fn matches(self) -> List<'a, GRPCRouteMatch<'a>> { list(self.0, "matches", "matches") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `sessionPersistence`.
    pub fn session_persistence(self) -> Option<SessionPersistence<'a>> { one(self.0, "sessionPersistence", "sessionPersistence") }
}

/// `gateway.GRPCRouteSpec`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCRouteSpec<'a>(pub Node<'a>);
view!(GRPCRouteSpec);
impl<'a> GRPCRouteSpec<'a> {
    /// `hostnames`.
    pub fn hostnames(self) -> List<'a, Text<'a>> { list(self.0, "hostnames", "hostnames") }
    /// `parentRefs`.
    pub fn parent_refs(self) -> List<'a, ParentReference<'a>> { list(self.0, "parentRefs", "parentRefs") }
    /// `rules`.
    pub fn rules(self) -> List<'a, GRPCRouteRule<'a>> { list(self.0, "rules", "rules") }
    /// `useDefaultGateways`.
    pub fn use_default_gateways(self) -> Option<GatewayDefaultScope> { one(self.0, "useDefaultGateways", "useDefaultGateways") }
}

/// `gateway.GRPCRouteStatus`.
#[derive(Clone, Copy, Debug)]
pub struct GRPCRouteStatus<'a>(pub Node<'a>);
view!(GRPCRouteStatus);
impl<'a> GRPCRouteStatus<'a> {
    /// `parents`.
    pub fn parents(self) -> List<'a, RouteParentStatus<'a>> { list(self.0, "parents", "parents") }
}

/// `gateway.Gateway`.
#[derive(Clone, Copy, Debug)]
pub struct Gateway<'a>(pub Node<'a>);
view!(Gateway);
impl<'a> Gateway<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<GatewaySpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<GatewayStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.GatewayBackendTLS`.
#[derive(Clone, Copy, Debug)]
pub struct GatewayBackendTLS<'a>(pub Node<'a>);
view!(GatewayBackendTLS);
impl<'a> GatewayBackendTLS<'a> {
    /// `clientCertificateRef`.
    pub fn client_certificate_ref(self) -> Option<SecretObjectReference<'a>> { one(self.0, "clientCertificateRef", "clientCertificateRef") }
}

/// `gateway.GatewayClass`.
#[derive(Clone, Copy, Debug)]
pub struct GatewayClass<'a>(pub Node<'a>);
view!(GatewayClass);
impl<'a> GatewayClass<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<GatewayClassSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<GatewayClassStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.GatewayClassSpec`.
#[derive(Clone, Copy, Debug)]
pub struct GatewayClassSpec<'a>(pub Node<'a>);
view!(GatewayClassSpec);
impl<'a> GatewayClassSpec<'a> {
    /// `controllerName`.
    pub fn controller_name(self) -> Option<Text<'a>> { one(self.0, "controllerName", "controllerName") }
    /// `description`.
    pub fn description(self) -> Option<Text<'a>> { one(self.0, "description", "description") }
    /// `parametersRef`.
    pub fn parameters_ref(self) -> Option<ParametersReference<'a>> { one(self.0, "parametersRef", "parametersRef") }
}

/// `gateway.GatewayClassStatus`.
#[derive(Clone, Copy, Debug)]
pub struct GatewayClassStatus<'a>(pub Node<'a>);
view!(GatewayClassStatus);
impl<'a> GatewayClassStatus<'a> {
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `supportedFeatures`.
    pub fn supported_features(self) -> List<'a, SupportedFeature<'a>> { list(self.0, "supportedFeatures", "supportedFeatures") }
}

/// `gateway.GatewayInfrastructure`.
#[derive(Clone, Copy, Debug)]
pub struct GatewayInfrastructure<'a>(pub Node<'a>);
view!(GatewayInfrastructure);
impl<'a> GatewayInfrastructure<'a> {
    /// `annotations`.
    pub fn annotations(self) -> Entries<'a, Text<'a>> { entries(self.0, "annotations", "annotations") }
    /// `labels`.
    pub fn labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "labels", "labels") }
    /// `parametersRef`.
    pub fn parameters_ref(self) -> Option<LocalParametersReference<'a>> { one(self.0, "parametersRef", "parametersRef") }
}

/// `gateway.GatewaySpec`.
#[derive(Clone, Copy, Debug)]
pub struct GatewaySpec<'a>(pub Node<'a>);
view!(GatewaySpec);
impl<'a> GatewaySpec<'a> {
    /// `addresses`.
    pub fn addresses(self) -> List<'a, GatewaySpecAddress<'a>> { list(self.0, "addresses", "addresses") }
    /// `allowedListeners`.
    pub fn allowed_listeners(self) -> Option<AllowedListeners<'a>> { one(self.0, "allowedListeners", "allowedListeners") }
    /// `defaultScope`.
    pub fn default_scope(self) -> Option<GatewayDefaultScope> { one(self.0, "defaultScope", "defaultScope") }
    /// `gatewayClassName`.
    pub fn gateway_class_name(self) -> Option<Text<'a>> { one(self.0, "gatewayClassName", "gatewayClassName") }
    /// `infrastructure`.
    pub fn infrastructure(self) -> Option<GatewayInfrastructure<'a>> { one(self.0, "infrastructure", "infrastructure") }
    /// `listeners`.
    pub fn listeners(self) -> List<'a, Listener<'a>> { list(self.0, "listeners", "listeners") }
    /// `tls`.
    pub fn tls(self) -> Option<GatewayTLSConfig<'a>> { one(self.0, "tls", "tls") }
}

/// `gateway.GatewaySpecAddress`.
#[derive(Clone, Copy, Debug)]
pub struct GatewaySpecAddress<'a>(pub Node<'a>);
view!(GatewaySpecAddress);
impl<'a> GatewaySpecAddress<'a> {
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `gateway.GatewayStatus`.
#[derive(Clone, Copy, Debug)]
pub struct GatewayStatus<'a>(pub Node<'a>);
view!(GatewayStatus);
impl<'a> GatewayStatus<'a> {
    /// `addresses`.
    pub fn addresses(self) -> List<'a, GatewayStatusAddress<'a>> { list(self.0, "addresses", "addresses") }
    /// `attachedListenerSets`.
    pub fn attached_listener_sets(self) -> Option<i64> { one(self.0, "attachedListenerSets", "attachedListenerSets") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `listeners`.
    pub fn listeners(self) -> List<'a, ListenerStatus<'a>> { list(self.0, "listeners", "listeners") }
}

/// `gateway.GatewayStatusAddress`.
#[derive(Clone, Copy, Debug)]
pub struct GatewayStatusAddress<'a>(pub Node<'a>);
view!(GatewayStatusAddress);
impl<'a> GatewayStatusAddress<'a> {
    /// `type`.
    pub fn type_(self) -> Option<Text<'a>> { one(self.0, "type", "type") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `gateway.GatewayTLSConfig`.
#[derive(Clone, Copy, Debug)]
pub struct GatewayTLSConfig<'a>(pub Node<'a>);
view!(GatewayTLSConfig);
impl<'a> GatewayTLSConfig<'a> {
    /// `backend`.
    pub fn backend(self) -> Option<GatewayBackendTLS<'a>> { one(self.0, "backend", "backend") }
    /// `frontend`.
    pub fn frontend(self) -> Option<FrontendTLSConfig<'a>> { one(self.0, "frontend", "frontend") }
}

/// `gateway.HTTPAuthConfig`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPAuthConfig<'a>(pub Node<'a>);
view!(HTTPAuthConfig);
impl<'a> HTTPAuthConfig<'a> {
    /// `allowedHeaders`.
    pub fn allowed_headers(self) -> List<'a, Text<'a>> { list(self.0, "allowedHeaders", "allowedHeaders") }
    /// `allowedResponseHeaders`.
    pub fn allowed_response_headers(self) -> List<'a, Text<'a>> { list(self.0, "allowedResponseHeaders", "allowedResponseHeaders") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
}

/// `gateway.HTTPBackendRef`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPBackendRef<'a>(pub Node<'a>);
view!(HTTPBackendRef);
impl<'a> HTTPBackendRef<'a> {
    /// `filters`.
    pub fn filters(self) -> List<'a, HTTPRouteFilter<'a>> { list(self.0, "filters", "filters") }
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `weight`.
    pub fn weight(self) -> Option<i64> { one(self.0, "weight", "weight") }
}

/// `gateway.HTTPCORSFilter`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPCORSFilter<'a>(pub Node<'a>);
view!(HTTPCORSFilter);
impl<'a> HTTPCORSFilter<'a> {
    /// `allowCredentials`.
    pub fn allow_credentials(self) -> Option<bool> { one(self.0, "allowCredentials", "allowCredentials") }
    /// `allowHeaders`.
    pub fn allow_headers(self) -> List<'a, Text<'a>> { list(self.0, "allowHeaders", "allowHeaders") }
    /// `allowMethods`.
    pub fn allow_methods(self) -> List<'a, HTTPMethodWithWildcard> { list(self.0, "allowMethods", "allowMethods") }
    /// `allowOrigins`.
    pub fn allow_origins(self) -> List<'a, Text<'a>> { list(self.0, "allowOrigins", "allowOrigins") }
    /// `exposeHeaders`.
    pub fn expose_headers(self) -> List<'a, Text<'a>> { list(self.0, "exposeHeaders", "exposeHeaders") }
    /// `maxAge`.
    pub fn max_age(self) -> Option<i64> { one(self.0, "maxAge", "maxAge") }
}

/// `gateway.HTTPExternalAuthFilter`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPExternalAuthFilter<'a>(pub Node<'a>);
view!(HTTPExternalAuthFilter);
impl<'a> HTTPExternalAuthFilter<'a> {
    /// `backendRef`.
    pub fn backend_ref(self) -> Option<BackendObjectReference<'a>> { one(self.0, "backendRef", "backendRef") }
    /// `forwardBody`.
    pub fn forward_body(self) -> Option<ForwardBodyConfig<'a>> { one(self.0, "forwardBody", "forwardBody") }
    /// `grpc`.
    pub fn grpc(self) -> Option<GRPCAuthConfig<'a>> { one(self.0, "grpc", "grpc") }
    /// `http`.
    pub fn http(self) -> Option<HTTPAuthConfig<'a>> { one(self.0, "http", "http") }
    /// `protocol`.
    pub fn protocol(self) -> Option<HTTPRouteExternalAuthProtocol> { one(self.0, "protocol", "protocol") }
}

/// `gateway.HTTPHeader`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPHeader<'a>(pub Node<'a>);
view!(HTTPHeader);
impl<'a> HTTPHeader<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `gateway.HTTPHeaderFilter`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPHeaderFilter<'a>(pub Node<'a>);
view!(HTTPHeaderFilter);
impl<'a> HTTPHeaderFilter<'a> {
    /// `add`.
    pub fn add(self) -> List<'a, HTTPHeader<'a>> { list(self.0, "add", "add") }
    /// `remove`.
    pub fn remove(self) -> List<'a, Text<'a>> { list(self.0, "remove", "remove") }
    /// `set`.
    pub fn set(self) -> List<'a, HTTPHeader<'a>> { list(self.0, "set", "set") }
}

/// `gateway.HTTPHeaderMatch`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPHeaderMatch<'a>(pub Node<'a>);
view!(HTTPHeaderMatch);
impl<'a> HTTPHeaderMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `type`.
    pub fn type_(self) -> Option<HeaderMatchType> { one(self.0, "type", "type") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `gateway.HTTPPathMatch`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPPathMatch<'a>(pub Node<'a>);
view!(HTTPPathMatch);
impl<'a> HTTPPathMatch<'a> {
    /// `type`.
    pub fn type_(self) -> Option<PathMatchType> { one(self.0, "type", "type") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `gateway.HTTPPathModifier`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPPathModifier<'a>(pub Node<'a>);
view!(HTTPPathModifier);
impl<'a> HTTPPathModifier<'a> {
    /// `replaceFullPath`.
    pub fn replace_full_path(self) -> Option<Text<'a>> { one(self.0, "replaceFullPath", "replaceFullPath") }
    /// `replacePrefixMatch`.
    pub fn replace_prefix_match(self) -> Option<Text<'a>> { one(self.0, "replacePrefixMatch", "replacePrefixMatch") }
    /// `type`.
    pub fn type_(self) -> Option<HTTPPathModifierType> { one(self.0, "type", "type") }
}

/// `gateway.HTTPQueryParamMatch`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPQueryParamMatch<'a>(pub Node<'a>);
view!(HTTPQueryParamMatch);
impl<'a> HTTPQueryParamMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `type`.
    pub fn type_(self) -> Option<QueryParamMatchType> { one(self.0, "type", "type") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `gateway.HTTPRequestMirrorFilter`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRequestMirrorFilter<'a>(pub Node<'a>);
view!(HTTPRequestMirrorFilter);
impl<'a> HTTPRequestMirrorFilter<'a> {
    /// `backendRef`.
    pub fn backend_ref(self) -> Option<BackendObjectReference<'a>> { one(self.0, "backendRef", "backendRef") }
    /// `fraction`.
    pub fn fraction(self) -> Option<Fraction<'a>> { one(self.0, "fraction", "fraction") }
    /// `percent`.
    pub fn percent(self) -> Option<i64> { one(self.0, "percent", "percent") }
}

/// `gateway.HTTPRequestRedirectFilter`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRequestRedirectFilter<'a>(pub Node<'a>);
view!(HTTPRequestRedirectFilter);
impl<'a> HTTPRequestRedirectFilter<'a> {
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `path`.
    pub fn path(self) -> Option<HTTPPathModifier<'a>> { one(self.0, "path", "path") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `scheme`.
    pub fn scheme(self) -> Option<HTTPRequestRedirectFilterScheme> { one(self.0, "scheme", "scheme") }
    /// `statusCode`.
    pub fn status_code(self) -> Option<i64> { one(self.0, "statusCode", "statusCode") }
}

/// `gateway.HTTPRoute`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRoute<'a>(pub Node<'a>);
view!(HTTPRoute);
impl<'a> HTTPRoute<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<HTTPRouteSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<HTTPRouteStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.HTTPRouteFilter`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRouteFilter<'a>(pub Node<'a>);
view!(HTTPRouteFilter);
impl<'a> HTTPRouteFilter<'a> {
    /// `cors`.
    pub fn cors(self) -> Option<HTTPCORSFilter<'a>> { one(self.0, "cors", "cors") }
    /// `extensionRef`.
    pub fn extension_ref(self) -> Option<LocalObjectReference<'a>> { one(self.0, "extensionRef", "extensionRef") }
    /// `externalAuth`.
    pub fn external_auth(self) -> Option<HTTPExternalAuthFilter<'a>> { one(self.0, "externalAuth", "externalAuth") }
    /// `requestHeaderModifier`.
    pub fn request_header_modifier(self) -> Option<HTTPHeaderFilter<'a>> { one(self.0, "requestHeaderModifier", "requestHeaderModifier") }
    /// `requestMirror`.
    pub fn request_mirror(self) -> Option<HTTPRequestMirrorFilter<'a>> { one(self.0, "requestMirror", "requestMirror") }
    /// `requestRedirect`.
    pub fn request_redirect(self) -> Option<HTTPRequestRedirectFilter<'a>> { one(self.0, "requestRedirect", "requestRedirect") }
    /// `responseHeaderModifier`.
    pub fn response_header_modifier(self) -> Option<HTTPHeaderFilter<'a>> { one(self.0, "responseHeaderModifier", "responseHeaderModifier") }
    /// `type`.
    pub fn type_(self) -> Option<HTTPRouteFilterType> { one(self.0, "type", "type") }
    /// `urlRewrite`.
    pub fn url_rewrite(self) -> Option<HTTPURLRewriteFilter<'a>> { one(self.0, "urlRewrite", "urlRewrite") }
}

/// `gateway.HTTPRouteMatch`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRouteMatch<'a>(pub Node<'a>);
view!(HTTPRouteMatch);
impl<'a> HTTPRouteMatch<'a> {
    /// `headers`.
    pub fn headers(self) -> List<'a, HTTPHeaderMatch<'a>> { list(self.0, "headers", "headers") }
    /// `method`.
    pub fn method(self) -> Option<HTTPMethod> { one(self.0, "method", "method") }
    /// `path`.
    pub fn path(self) -> Option<HTTPPathMatch<'a>> { one(self.0, "path", "path") }
    /// `queryParams`.
    pub fn query_params(self) -> List<'a, HTTPQueryParamMatch<'a>> { list(self.0, "queryParams", "queryParams") }
}

/// `gateway.HTTPRouteRetry`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRouteRetry<'a>(pub Node<'a>);
view!(HTTPRouteRetry);
impl<'a> HTTPRouteRetry<'a> {
    /// `attempts`.
    pub fn attempts(self) -> Option<i64> { one(self.0, "attempts", "attempts") }
    /// `backoff`.
    pub fn backoff(self) -> Option<DurationValue> { one(self.0, "backoff", "backoff") }
    /// `codes`.
    pub fn codes(self) -> List<'a, i64> { list(self.0, "codes", "codes") }
}

/// `gateway.HTTPRouteRule`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRouteRule<'a>(pub Node<'a>);
view!(HTTPRouteRule);
impl<'a> HTTPRouteRule<'a> {
    /// `backendRefs`.
    pub fn backend_refs(self) -> List<'a, HTTPBackendRef<'a>> { list(self.0, "backendRefs", "backendRefs") }
    /// `filters`.
    pub fn filters(self) -> List<'a, HTTPRouteFilter<'a>> { list(self.0, "filters", "filters") }
    /// `matches`.
    pub fn matches(self) -> List<'a, HTTPRouteMatch<'a>> { list(self.0, "matches", "matches") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `retry`.
    pub fn retry(self) -> Option<HTTPRouteRetry<'a>> { one(self.0, "retry", "retry") }
    /// `sessionPersistence`.
    pub fn session_persistence(self) -> Option<SessionPersistence<'a>> { one(self.0, "sessionPersistence", "sessionPersistence") }
    /// `timeouts`.
    pub fn timeouts(self) -> Option<HTTPRouteTimeouts<'a>> { one(self.0, "timeouts", "timeouts") }
}

/// `gateway.HTTPRouteSpec`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRouteSpec<'a>(pub Node<'a>);
view!(HTTPRouteSpec);
impl<'a> HTTPRouteSpec<'a> {
    /// `hostnames`.
    pub fn hostnames(self) -> List<'a, Text<'a>> { list(self.0, "hostnames", "hostnames") }
    /// `parentRefs`.
    pub fn parent_refs(self) -> List<'a, ParentReference<'a>> { list(self.0, "parentRefs", "parentRefs") }
    /// `rules`.
    pub fn rules(self) -> List<'a, HTTPRouteRule<'a>> { list(self.0, "rules", "rules") }
    /// `useDefaultGateways`.
    pub fn use_default_gateways(self) -> Option<GatewayDefaultScope> { one(self.0, "useDefaultGateways", "useDefaultGateways") }
}

/// `gateway.HTTPRouteStatus`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRouteStatus<'a>(pub Node<'a>);
view!(HTTPRouteStatus);
impl<'a> HTTPRouteStatus<'a> {
    /// `parents`.
    pub fn parents(self) -> List<'a, RouteParentStatus<'a>> { list(self.0, "parents", "parents") }
}

/// `gateway.HTTPRouteTimeouts`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRouteTimeouts<'a>(pub Node<'a>);
view!(HTTPRouteTimeouts);
impl<'a> HTTPRouteTimeouts<'a> {
    /// `backendRequest`.
    pub fn backend_request(self) -> Option<DurationValue> { one(self.0, "backendRequest", "backendRequest") }
    /// `request`.
    pub fn request(self) -> Option<DurationValue> { one(self.0, "request", "request") }
}

/// `gateway.HTTPURLRewriteFilter`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPURLRewriteFilter<'a>(pub Node<'a>);
view!(HTTPURLRewriteFilter);
impl<'a> HTTPURLRewriteFilter<'a> {
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `path`.
    pub fn path(self) -> Option<HTTPPathModifier<'a>> { one(self.0, "path", "path") }
}

/// `gateway.Listener`.
#[derive(Clone, Copy, Debug)]
pub struct Listener<'a>(pub Node<'a>);
view!(Listener);
impl<'a> Listener<'a> {
    /// `allowedRoutes`.
    pub fn allowed_routes(self) -> Option<AllowedRoutes<'a>> { one(self.0, "allowedRoutes", "allowedRoutes") }
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
    /// `tls`.
    pub fn tls(self) -> Option<ListenerTLSConfig<'a>> { one(self.0, "tls", "tls") }
}

/// `gateway.ListenerEntry`.
#[derive(Clone, Copy, Debug)]
pub struct ListenerEntry<'a>(pub Node<'a>);
view!(ListenerEntry);
impl<'a> ListenerEntry<'a> {
    /// `allowedRoutes`.
    pub fn allowed_routes(self) -> Option<AllowedRoutes<'a>> { one(self.0, "allowedRoutes", "allowedRoutes") }
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
    /// `tls`.
    pub fn tls(self) -> Option<ListenerTLSConfig<'a>> { one(self.0, "tls", "tls") }
}

/// `gateway.ListenerEntryStatus`.
#[derive(Clone, Copy, Debug)]
pub struct ListenerEntryStatus<'a>(pub Node<'a>);
view!(ListenerEntryStatus);
impl<'a> ListenerEntryStatus<'a> {
    /// `attachedRoutes`.
    pub fn attached_routes(self) -> Option<i64> { one(self.0, "attachedRoutes", "attachedRoutes") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `supportedKinds`.
    pub fn supported_kinds(self) -> List<'a, RouteGroupKind<'a>> { list(self.0, "supportedKinds", "supportedKinds") }
}

/// `gateway.ListenerNamespaces`.
#[derive(Clone, Copy, Debug)]
pub struct ListenerNamespaces<'a>(pub Node<'a>);
view!(ListenerNamespaces);
impl<'a> ListenerNamespaces<'a> {
    /// `from`.
    pub fn from(self) -> Option<FromNamespaces> { one(self.0, "from", "from") }
    /// `selector`.
    pub fn selector(self) -> Option<super::k8s::LabelSelector<'a>> { one(self.0, "selector", "selector") }
}

/// `gateway.ListenerSet`.
#[derive(Clone, Copy, Debug)]
pub struct ListenerSet<'a>(pub Node<'a>);
view!(ListenerSet);
impl<'a> ListenerSet<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<ListenerSetSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<ListenerSetStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.ListenerSetSpec`.
#[derive(Clone, Copy, Debug)]
pub struct ListenerSetSpec<'a>(pub Node<'a>);
view!(ListenerSetSpec);
impl<'a> ListenerSetSpec<'a> {
    /// `listeners`.
    pub fn listeners(self) -> List<'a, ListenerEntry<'a>> { list(self.0, "listeners", "listeners") }
    /// `parentRef`.
    pub fn parent_ref(self) -> Option<ParentGatewayReference<'a>> { one(self.0, "parentRef", "parentRef") }
}

/// `gateway.ListenerSetStatus`.
#[derive(Clone, Copy, Debug)]
pub struct ListenerSetStatus<'a>(pub Node<'a>);
view!(ListenerSetStatus);
impl<'a> ListenerSetStatus<'a> {
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `listeners`.
    pub fn listeners(self) -> List<'a, ListenerEntryStatus<'a>> { list(self.0, "listeners", "listeners") }
}

/// `gateway.ListenerStatus`.
#[derive(Clone, Copy, Debug)]
pub struct ListenerStatus<'a>(pub Node<'a>);
view!(ListenerStatus);
impl<'a> ListenerStatus<'a> {
    /// `attachedRoutes`.
    pub fn attached_routes(self) -> Option<i64> { one(self.0, "attachedRoutes", "attachedRoutes") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `supportedKinds`.
    pub fn supported_kinds(self) -> List<'a, RouteGroupKind<'a>> { list(self.0, "supportedKinds", "supportedKinds") }
}

/// `gateway.ListenerTLSConfig`.
#[derive(Clone, Copy, Debug)]
pub struct ListenerTLSConfig<'a>(pub Node<'a>);
view!(ListenerTLSConfig);
impl<'a> ListenerTLSConfig<'a> {
    /// `certificateRefs`.
    pub fn certificate_refs(self) -> List<'a, SecretObjectReference<'a>> { list(self.0, "certificateRefs", "certificateRefs") }
    /// `mode`.
    pub fn mode(self) -> Option<TLSModeType> { one(self.0, "mode", "mode") }
    /// `options`.
    pub fn options(self) -> Entries<'a, Text<'a>> { entries(self.0, "options", "options") }
}

/// `gateway.LocalObjectReference`.
#[derive(Clone, Copy, Debug)]
pub struct LocalObjectReference<'a>(pub Node<'a>);
view!(LocalObjectReference);
impl<'a> LocalObjectReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `gateway.LocalParametersReference`.
#[derive(Clone, Copy, Debug)]
pub struct LocalParametersReference<'a>(pub Node<'a>);
view!(LocalParametersReference);
impl<'a> LocalParametersReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `gateway.LocalPolicyTargetReference`.
#[derive(Clone, Copy, Debug)]
pub struct LocalPolicyTargetReference<'a>(pub Node<'a>);
view!(LocalPolicyTargetReference);
impl<'a> LocalPolicyTargetReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `gateway.LocalPolicyTargetReferenceWithSectionName`.
#[derive(Clone, Copy, Debug)]
pub struct LocalPolicyTargetReferenceWithSectionName<'a>(pub Node<'a>);
view!(LocalPolicyTargetReferenceWithSectionName);
impl<'a> LocalPolicyTargetReferenceWithSectionName<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `sectionName`.
    pub fn section_name(self) -> Option<Text<'a>> { one(self.0, "sectionName", "sectionName") }
}

/// `gateway.MeshSpec`.
#[derive(Clone, Copy, Debug)]
pub struct MeshSpec<'a>(pub Node<'a>);
view!(MeshSpec);
impl<'a> MeshSpec<'a> {
    /// `controllerName`.
    pub fn controller_name(self) -> Option<Text<'a>> { one(self.0, "controllerName", "controllerName") }
    /// `description`.
    pub fn description(self) -> Option<Text<'a>> { one(self.0, "description", "description") }
    /// `parametersRef`.
    pub fn parameters_ref(self) -> Option<ParametersReference<'a>> { one(self.0, "parametersRef", "parametersRef") }
}

/// `gateway.MeshStatus`.
#[derive(Clone, Copy, Debug)]
pub struct MeshStatus<'a>(pub Node<'a>);
view!(MeshStatus);
impl<'a> MeshStatus<'a> {
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `supportedFeatures`.
    pub fn supported_features(self) -> List<'a, SupportedFeature<'a>> { list(self.0, "supportedFeatures", "supportedFeatures") }
}

/// `gateway.ObjectReference`.
#[derive(Clone, Copy, Debug)]
pub struct ObjectReference<'a>(pub Node<'a>);
view!(ObjectReference);
impl<'a> ObjectReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
}

/// `gateway.ParametersReference`.
#[derive(Clone, Copy, Debug)]
pub struct ParametersReference<'a>(pub Node<'a>);
view!(ParametersReference);
impl<'a> ParametersReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
}

/// `gateway.ParentGatewayReference`.
#[derive(Clone, Copy, Debug)]
pub struct ParentGatewayReference<'a>(pub Node<'a>);
view!(ParentGatewayReference);
impl<'a> ParentGatewayReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
}

/// `gateway.ParentReference`.
#[derive(Clone, Copy, Debug)]
pub struct ParentReference<'a>(pub Node<'a>);
view!(ParentReference);
impl<'a> ParentReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `sectionName`.
    pub fn section_name(self) -> Option<Text<'a>> { one(self.0, "sectionName", "sectionName") }
}

/// `gateway.PolicyAncestorStatus`.
#[derive(Clone, Copy, Debug)]
pub struct PolicyAncestorStatus<'a>(pub Node<'a>);
view!(PolicyAncestorStatus);
impl<'a> PolicyAncestorStatus<'a> {
    /// `ancestorRef`.
    pub fn ancestor_ref(self) -> Option<ParentReference<'a>> { one(self.0, "ancestorRef", "ancestorRef") }
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `controllerName`.
    pub fn controller_name(self) -> Option<Text<'a>> { one(self.0, "controllerName", "controllerName") }
}

/// `gateway.PolicyStatus`.
#[derive(Clone, Copy, Debug)]
pub struct PolicyStatus<'a>(pub Node<'a>);
view!(PolicyStatus);
impl<'a> PolicyStatus<'a> {
    /// `ancestors`.
    pub fn ancestors(self) -> List<'a, PolicyAncestorStatus<'a>> { list(self.0, "ancestors", "ancestors") }
}

/// `gateway.ReferenceGrant`.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceGrant<'a>(pub Node<'a>);
view!(ReferenceGrant);
impl<'a> ReferenceGrant<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<ReferenceGrantSpec<'a>> { one(self.0, "spec", "spec") }
}

/// `gateway.ReferenceGrantFrom`.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceGrantFrom<'a>(pub Node<'a>);
view!(ReferenceGrantFrom);
impl<'a> ReferenceGrantFrom<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
}

/// `gateway.ReferenceGrantSpec`.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceGrantSpec<'a>(pub Node<'a>);
view!(ReferenceGrantSpec);
impl<'a> ReferenceGrantSpec<'a> {
    /// `from`.
    pub fn from(self) -> List<'a, ReferenceGrantFrom<'a>> { list(self.0, "from", "from") }
    /// `to`.
    pub fn to(self) -> List<'a, ReferenceGrantTo<'a>> { list(self.0, "to", "to") }
}

/// `gateway.ReferenceGrantTo`.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceGrantTo<'a>(pub Node<'a>);
view!(ReferenceGrantTo);
impl<'a> ReferenceGrantTo<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `gateway.RequestRate`.
#[derive(Clone, Copy, Debug)]
pub struct RequestRate<'a>(pub Node<'a>);
view!(RequestRate);
impl<'a> RequestRate<'a> {
    /// `count`.
    pub fn count(self) -> Option<i64> { one(self.0, "count", "count") }
    /// `interval`.
    pub fn interval(self) -> Option<DurationValue> { one(self.0, "interval", "interval") }
}

/// `gateway.RetryConstraint`.
#[derive(Clone, Copy, Debug)]
pub struct RetryConstraint<'a>(pub Node<'a>);
view!(RetryConstraint);
impl<'a> RetryConstraint<'a> {
    /// `budget`.
    pub fn budget(self) -> Option<BudgetDetails<'a>> { one(self.0, "budget", "budget") }
    /// `minRetryRate`.
    pub fn min_retry_rate(self) -> Option<RequestRate<'a>> { one(self.0, "minRetryRate", "minRetryRate") }
}

/// `gateway.RouteGroupKind`.
#[derive(Clone, Copy, Debug)]
pub struct RouteGroupKind<'a>(pub Node<'a>);
view!(RouteGroupKind);
impl<'a> RouteGroupKind<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
}

/// `gateway.RouteNamespaces`.
#[derive(Clone, Copy, Debug)]
pub struct RouteNamespaces<'a>(pub Node<'a>);
view!(RouteNamespaces);
impl<'a> RouteNamespaces<'a> {
    /// `from`.
    pub fn from(self) -> Option<FromNamespaces> { one(self.0, "from", "from") }
    /// `selector`.
    pub fn selector(self) -> Option<super::k8s::LabelSelector<'a>> { one(self.0, "selector", "selector") }
}

/// `gateway.RouteParentStatus`.
#[derive(Clone, Copy, Debug)]
pub struct RouteParentStatus<'a>(pub Node<'a>);
view!(RouteParentStatus);
impl<'a> RouteParentStatus<'a> {
    /// `conditions`.
    pub fn conditions(self) -> List<'a, super::k8s::Condition<'a>> { list(self.0, "conditions", "conditions") }
    /// `controllerName`.
    pub fn controller_name(self) -> Option<Text<'a>> { one(self.0, "controllerName", "controllerName") }
    /// `parentRef`.
    pub fn parent_ref(self) -> Option<ParentReference<'a>> { one(self.0, "parentRef", "parentRef") }
}

/// `gateway.SecretObjectReference`.
#[derive(Clone, Copy, Debug)]
pub struct SecretObjectReference<'a>(pub Node<'a>);
view!(SecretObjectReference);
impl<'a> SecretObjectReference<'a> {
    /// `group`.
    pub fn group(self) -> Option<Text<'a>> { one(self.0, "group", "group") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
}

/// `gateway.SessionPersistence`.
#[derive(Clone, Copy, Debug)]
pub struct SessionPersistence<'a>(pub Node<'a>);
view!(SessionPersistence);
impl<'a> SessionPersistence<'a> {
    /// `absoluteTimeout`.
    pub fn absolute_timeout(self) -> Option<DurationValue> { one(self.0, "absoluteTimeout", "absoluteTimeout") }
    /// `cookieConfig`.
    pub fn cookie_config(self) -> Option<CookieConfig<'a>> { one(self.0, "cookieConfig", "cookieConfig") }
    /// `sessionName`.
    pub fn session_name(self) -> Option<Text<'a>> { one(self.0, "sessionName", "sessionName") }
    /// `type`.
    pub fn type_(self) -> Option<SessionPersistenceType> { one(self.0, "type", "type") }
}

/// `gateway.SubjectAltName`.
#[derive(Clone, Copy, Debug)]
pub struct SubjectAltName<'a>(pub Node<'a>);
view!(SubjectAltName);
impl<'a> SubjectAltName<'a> {
    /// `hostname`.
    pub fn hostname(self) -> Option<Text<'a>> { one(self.0, "hostname", "hostname") }
    /// `type`.
    pub fn type_(self) -> Option<SubjectAltNameType> { one(self.0, "type", "type") }
    /// `uri`.
    pub fn uri(self) -> Option<Text<'a>> { one(self.0, "uri", "uri") }
}

/// `gateway.SupportedFeature`.
#[derive(Clone, Copy, Debug)]
pub struct SupportedFeature<'a>(pub Node<'a>);
view!(SupportedFeature);
impl<'a> SupportedFeature<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `gateway.TCPRoute`.
#[derive(Clone, Copy, Debug)]
pub struct TCPRoute<'a>(pub Node<'a>);
view!(TCPRoute);
impl<'a> TCPRoute<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<TCPRouteSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<TCPRouteStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.TCPRouteRule`.
#[derive(Clone, Copy, Debug)]
pub struct TCPRouteRule<'a>(pub Node<'a>);
view!(TCPRouteRule);
impl<'a> TCPRouteRule<'a> {
    /// `backendRefs`.
    pub fn backend_refs(self) -> List<'a, BackendRef<'a>> { list(self.0, "backendRefs", "backendRefs") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `gateway.TCPRouteSpec`.
#[derive(Clone, Copy, Debug)]
pub struct TCPRouteSpec<'a>(pub Node<'a>);
view!(TCPRouteSpec);
impl<'a> TCPRouteSpec<'a> {
    /// `parentRefs`.
    pub fn parent_refs(self) -> List<'a, ParentReference<'a>> { list(self.0, "parentRefs", "parentRefs") }
    /// `rules`.
    pub fn rules(self) -> List<'a, TCPRouteRule<'a>> { list(self.0, "rules", "rules") }
    /// `useDefaultGateways`.
    pub fn use_default_gateways(self) -> Option<GatewayDefaultScope> { one(self.0, "useDefaultGateways", "useDefaultGateways") }
}

/// `gateway.TCPRouteStatus`.
#[derive(Clone, Copy, Debug)]
pub struct TCPRouteStatus<'a>(pub Node<'a>);
view!(TCPRouteStatus);
impl<'a> TCPRouteStatus<'a> {
    /// `parents`.
    pub fn parents(self) -> List<'a, RouteParentStatus<'a>> { list(self.0, "parents", "parents") }
}

/// `gateway.TLSConfig`.
#[derive(Clone, Copy, Debug)]
pub struct TLSConfig<'a>(pub Node<'a>);
view!(TLSConfig);
impl<'a> TLSConfig<'a> {
    /// `validation`.
    pub fn validation(self) -> Option<FrontendTLSValidation<'a>> { one(self.0, "validation", "validation") }
}

/// `gateway.TLSPortConfig`.
#[derive(Clone, Copy, Debug)]
pub struct TLSPortConfig<'a>(pub Node<'a>);
view!(TLSPortConfig);
impl<'a> TLSPortConfig<'a> {
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `tls`.
    pub fn tls(self) -> Option<TLSConfig<'a>> { one(self.0, "tls", "tls") }
}

/// `gateway.TLSRoute`.
#[derive(Clone, Copy, Debug)]
pub struct TLSRoute<'a>(pub Node<'a>);
view!(TLSRoute);
impl<'a> TLSRoute<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<TLSRouteSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<TLSRouteStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.TLSRouteRule`.
#[derive(Clone, Copy, Debug)]
pub struct TLSRouteRule<'a>(pub Node<'a>);
view!(TLSRouteRule);
impl<'a> TLSRouteRule<'a> {
    /// `backendRefs`.
    pub fn backend_refs(self) -> List<'a, BackendRef<'a>> { list(self.0, "backendRefs", "backendRefs") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `gateway.TLSRouteSpec`.
#[derive(Clone, Copy, Debug)]
pub struct TLSRouteSpec<'a>(pub Node<'a>);
view!(TLSRouteSpec);
impl<'a> TLSRouteSpec<'a> {
    /// `hostnames`.
    pub fn hostnames(self) -> List<'a, Text<'a>> { list(self.0, "hostnames", "hostnames") }
    /// `parentRefs`.
    pub fn parent_refs(self) -> List<'a, ParentReference<'a>> { list(self.0, "parentRefs", "parentRefs") }
    /// `rules`.
    pub fn rules(self) -> List<'a, TLSRouteRule<'a>> { list(self.0, "rules", "rules") }
    /// `useDefaultGateways`.
    pub fn use_default_gateways(self) -> Option<GatewayDefaultScope> { one(self.0, "useDefaultGateways", "useDefaultGateways") }
}

/// `gateway.TLSRouteStatus`.
#[derive(Clone, Copy, Debug)]
pub struct TLSRouteStatus<'a>(pub Node<'a>);
view!(TLSRouteStatus);
impl<'a> TLSRouteStatus<'a> {
    /// `parents`.
    pub fn parents(self) -> List<'a, RouteParentStatus<'a>> { list(self.0, "parents", "parents") }
}

/// `gateway.UDPRoute`.
#[derive(Clone, Copy, Debug)]
pub struct UDPRoute<'a>(pub Node<'a>);
view!(UDPRoute);
impl<'a> UDPRoute<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<UDPRouteSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<UDPRouteStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.UDPRouteRule`.
#[derive(Clone, Copy, Debug)]
pub struct UDPRouteRule<'a>(pub Node<'a>);
view!(UDPRouteRule);
impl<'a> UDPRouteRule<'a> {
    /// `backendRefs`.
    pub fn backend_refs(self) -> List<'a, BackendRef<'a>> { list(self.0, "backendRefs", "backendRefs") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `gateway.UDPRouteSpec`.
#[derive(Clone, Copy, Debug)]
pub struct UDPRouteSpec<'a>(pub Node<'a>);
view!(UDPRouteSpec);
impl<'a> UDPRouteSpec<'a> {
    /// `parentRefs`.
    pub fn parent_refs(self) -> List<'a, ParentReference<'a>> { list(self.0, "parentRefs", "parentRefs") }
    /// `rules`.
    pub fn rules(self) -> List<'a, UDPRouteRule<'a>> { list(self.0, "rules", "rules") }
    /// `useDefaultGateways`.
    pub fn use_default_gateways(self) -> Option<GatewayDefaultScope> { one(self.0, "useDefaultGateways", "useDefaultGateways") }
}

/// `gateway.UDPRouteStatus`.
#[derive(Clone, Copy, Debug)]
pub struct UDPRouteStatus<'a>(pub Node<'a>);
view!(UDPRouteStatus);
impl<'a> UDPRouteStatus<'a> {
    /// `parents`.
    pub fn parents(self) -> List<'a, RouteParentStatus<'a>> { list(self.0, "parents", "parents") }
}

/// `gateway.XBackend`.
#[derive(Clone, Copy, Debug)]
pub struct XBackend<'a>(pub Node<'a>);
view!(XBackend);
impl<'a> XBackend<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<BackendSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<BackendStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.XBackendTrafficPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct XBackendTrafficPolicy<'a>(pub Node<'a>);
view!(XBackendTrafficPolicy);
impl<'a> XBackendTrafficPolicy<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<BackendTrafficPolicySpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<PolicyStatus<'a>> { one(self.0, "status", "status") }
}

/// `gateway.XMesh`.
#[derive(Clone, Copy, Debug)]
pub struct XMesh<'a>(pub Node<'a>);
view!(XMesh);
impl<'a> XMesh<'a> {
    /// `apiVersion`.
    pub fn api_version(self) -> Option<Text<'a>> { one(self.0, "apiVersion", "apiVersion") }
    /// `kind`.
    pub fn kind(self) -> Option<Text<'a>> { one(self.0, "kind", "kind") }
    /// `metadata`.
    pub fn metadata(self) -> Option<super::k8s::ObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `spec`.
    pub fn spec(self) -> Option<MeshSpec<'a>> { one(self.0, "spec", "spec") }
    /// `status`.
    pub fn status(self) -> Option<MeshStatus<'a>> { one(self.0, "status", "status") }
}

words! {
    /// `gateway.BackendProtocol`.
    BackendProtocol false {
        Tcp = "TCP", 0;
        Http = "HTTP", 1;
        Http2 = "HTTP2", 2;
        Http11 = "HTTP11", 3;
        H2c = "H2C", 4;
        Mcp = "MCP", 5;
    }
}

words! {
    /// `gateway.BackendTLSMode`.
    BackendTLSMode false {
        None = "None", 0;
        ServerOnly = "ServerOnly", 1;
        ClientAndServer = "ClientAndServer", 2;
    }
}

words! {
    /// `gateway.BackendType`.
    BackendType false {
        ExternalHostname = "ExternalHostname", 0;
    }
}

words! {
    /// `gateway.CookieLifetimeType`.
    CookieLifetimeType false {
        Permanent = "Permanent", 0;
        Session = "Session", 1;
    }
}

words! {
    /// `gateway.FromNamespaces`.
    FromNamespaces false {
        All = "All", 0;
        Selector = "Selector", 1;
        Same = "Same", 2;
        None = "None", 3;
    }
}

words! {
    /// `gateway.FrontendValidationModeType`.
    FrontendValidationModeType false {
        AllowValidOnly = "AllowValidOnly", 0;
        AllowInsecureFallback = "AllowInsecureFallback", 1;
    }
}

words! {
    /// `gateway.GRPCHeaderMatchType`.
    GRPCHeaderMatchType false {
        Exact = "Exact", 0;
        RegularExpression = "RegularExpression", 1;
    }
}

words! {
    /// `gateway.GRPCMethodMatchType`.
    GRPCMethodMatchType false {
        Exact = "Exact", 0;
        RegularExpression = "RegularExpression", 1;
    }
}

words! {
    /// `gateway.GRPCRouteFilterType`.
    GRPCRouteFilterType false {
        ResponseHeaderModifier = "ResponseHeaderModifier", 0;
        RequestHeaderModifier = "RequestHeaderModifier", 1;
        RequestMirror = "RequestMirror", 2;
        ExtensionRef = "ExtensionRef", 3;
    }
}

words! {
    /// `gateway.GatewayDefaultScope`.
    GatewayDefaultScope false {
        All = "All", 0;
        None = "None", 1;
    }
}

words! {
    /// `gateway.HTTPMethod`.
    HTTPMethod false {
        Get = "GET", 0;
        Head = "HEAD", 1;
        Post = "POST", 2;
        Put = "PUT", 3;
        Delete = "DELETE", 4;
        Connect = "CONNECT", 5;
        Options = "OPTIONS", 6;
        Trace = "TRACE", 7;
        Patch = "PATCH", 8;
    }
}

words! {
    /// `gateway.HTTPMethodWithWildcard`.
    HTTPMethodWithWildcard false {
        Get = "GET", 0;
        Head = "HEAD", 1;
        Post = "POST", 2;
        Put = "PUT", 3;
        Delete = "DELETE", 4;
        Connect = "CONNECT", 5;
        Options = "OPTIONS", 6;
        Trace = "TRACE", 7;
        Patch = "PATCH", 8;
        Wildcard = "*", 9;
    }
}

words! {
    /// `gateway.HTTPPathModifierType`.
    HTTPPathModifierType false {
        ReplaceFullPath = "ReplaceFullPath", 0;
        ReplacePrefixMatch = "ReplacePrefixMatch", 1;
    }
}

words! {
    /// `gateway.HTTPRequestRedirectFilterScheme`.
    HTTPRequestRedirectFilterScheme false {
        Http = "http", 0;
        Https = "https", 1;
    }
}

words! {
    /// `gateway.HTTPRouteExternalAuthProtocol`.
    HTTPRouteExternalAuthProtocol false {
        Http = "HTTP", 0;
        Grpc = "GRPC", 1;
    }
}

words! {
    /// `gateway.HTTPRouteFilterType`.
    HTTPRouteFilterType false {
        RequestHeaderModifier = "RequestHeaderModifier", 0;
        ResponseHeaderModifier = "ResponseHeaderModifier", 1;
        RequestMirror = "RequestMirror", 2;
        RequestRedirect = "RequestRedirect", 3;
        URLRewrite = "URLRewrite", 4;
        ExtensionRef = "ExtensionRef", 5;
        Cors = "CORS", 6;
        ExternalAuth = "ExternalAuth", 7;
    }
}

words! {
    /// `gateway.HeaderMatchType`.
    HeaderMatchType false {
        Exact = "Exact", 0;
        RegularExpression = "RegularExpression", 1;
    }
}

words! {
    /// `gateway.PathMatchType`.
    PathMatchType false {
        Exact = "Exact", 0;
        PathPrefix = "PathPrefix", 1;
        RegularExpression = "RegularExpression", 2;
    }
}

words! {
    /// `gateway.QueryParamMatchType`.
    QueryParamMatchType false {
        Exact = "Exact", 0;
        RegularExpression = "RegularExpression", 1;
    }
}

words! {
    /// `gateway.SessionPersistenceType`.
    SessionPersistenceType false {
        Cookie = "Cookie", 0;
        Header = "Header", 1;
    }
}

words! {
    /// `gateway.SubjectAltNameType`.
    SubjectAltNameType false {
        Hostname = "Hostname", 0;
        Uri = "URI", 1;
    }
}

words! {
    /// `gateway.TLSModeType`.
    TLSModeType false {
        Terminate = "Terminate", 0;
        Passthrough = "Passthrough", 1;
    }
}

