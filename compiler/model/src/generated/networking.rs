// tidy: table
//! Views of Istio's networking API. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `istio.networking.v1alpha3.ClientTLSSettings`.
#[derive(Clone, Copy, Debug)]
pub struct ClientTLSSettings<'a>(pub Node<'a>);
view!(ClientTLSSettings);
impl<'a> ClientTLSSettings<'a> {
    /// `caCertificates`.
    pub fn ca_certificates(self) -> Option<Text<'a>> { one(self.0, "caCertificates", "ca_certificates") }
    /// `caCrl`.
    pub fn ca_crl(self) -> Option<Text<'a>> { one(self.0, "caCrl", "ca_crl") }
    /// `clientCertificate`.
    pub fn client_certificate(self) -> Option<Text<'a>> { one(self.0, "clientCertificate", "client_certificate") }
    /// `credentialName`.
    pub fn credential_name(self) -> Option<Text<'a>> { one(self.0, "credentialName", "credential_name") }
    /// `insecureSkipVerify`.
    pub fn insecure_skip_verify(self) -> Option<bool> { one(self.0, "insecureSkipVerify", "insecure_skip_verify") }
    /// `mode`.
    pub fn mode(self) -> Option<ClientTLSSettingsTLSmode> { one(self.0, "mode", "mode") }
    /// `privateKey`.
    pub fn private_key(self) -> Option<Text<'a>> { one(self.0, "privateKey", "private_key") }
    /// `sni`.
    pub fn sni(self) -> Option<Text<'a>> { one(self.0, "sni", "sni") }
    /// `subjectAltNames`.
    pub fn subject_alt_names(self) -> List<'a, Text<'a>> { list(self.0, "subjectAltNames", "subject_alt_names") }
}

/// `istio.networking.v1alpha3.ConnectionPoolSettings`.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPoolSettings<'a>(pub Node<'a>);
view!(ConnectionPoolSettings);
impl<'a> ConnectionPoolSettings<'a> {
    /// `http`.
    pub fn http(self) -> Option<ConnectionPoolSettingsHTTPSettings<'a>> { one(self.0, "http", "http") }
    /// `tcp`.
    pub fn tcp(self) -> Option<ConnectionPoolSettingsTCPSettings<'a>> { one(self.0, "tcp", "tcp") }
}

/// `istio.networking.v1alpha3.ConnectionPoolSettings.HTTPSettings`.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPoolSettingsHTTPSettings<'a>(pub Node<'a>);
view!(ConnectionPoolSettingsHTTPSettings);
impl<'a> ConnectionPoolSettingsHTTPSettings<'a> {
    /// `h2UpgradePolicy`.
    pub fn h2_upgrade_policy(self) -> Option<ConnectionPoolSettingsHTTPSettingsH2UpgradePolicy> { one(self.0, "h2UpgradePolicy", "h2_upgrade_policy") }
    /// `http1MaxPendingRequests`.
    pub fn http1_max_pending_requests(self) -> Option<i64> { one(self.0, "http1MaxPendingRequests", "http1_max_pending_requests") }
    /// `http2KeepAlive`.
    pub fn http2_keep_alive(self) -> Option<ConnectionPoolSettingsHTTPSettingsConnectionKeepalive<'a>> { one(self.0, "http2KeepAlive", "http2_keep_alive") }
    /// `http2MaxRequests`.
    pub fn http2_max_requests(self) -> Option<i64> { one(self.0, "http2MaxRequests", "http2_max_requests") }
    /// `idleTimeout`.
    pub fn idle_timeout(self) -> Option<DurationValue> { one(self.0, "idleTimeout", "idle_timeout") }
    /// `maxConcurrentStreams`.
    pub fn max_concurrent_streams(self) -> Option<i64> { one(self.0, "maxConcurrentStreams", "max_concurrent_streams") }
    /// `maxRequestsPerConnection`.
    pub fn max_requests_per_connection(self) -> Option<i64> { one(self.0, "maxRequestsPerConnection", "max_requests_per_connection") }
    /// `maxRetries`.
    pub fn max_retries(self) -> Option<i64> { one(self.0, "maxRetries", "max_retries") }
    /// `useClientProtocol`.
    pub fn use_client_protocol(self) -> Option<bool> { one(self.0, "useClientProtocol", "use_client_protocol") }
}

/// `istio.networking.v1alpha3.ConnectionPoolSettings.HTTPSettings.ConnectionKeepalive`.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPoolSettingsHTTPSettingsConnectionKeepalive<'a>(pub Node<'a>);
view!(ConnectionPoolSettingsHTTPSettingsConnectionKeepalive);
impl<'a> ConnectionPoolSettingsHTTPSettingsConnectionKeepalive<'a> {
    /// `interval`.
    pub fn interval(self) -> Option<DurationValue> { one(self.0, "interval", "interval") }
    /// `timeout`.
    pub fn timeout(self) -> Option<DurationValue> { one(self.0, "timeout", "timeout") }
}

/// `istio.networking.v1alpha3.ConnectionPoolSettings.TCPSettings`.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPoolSettingsTCPSettings<'a>(pub Node<'a>);
view!(ConnectionPoolSettingsTCPSettings);
impl<'a> ConnectionPoolSettingsTCPSettings<'a> {
    /// `connectTimeout`.
    pub fn connect_timeout(self) -> Option<DurationValue> { one(self.0, "connectTimeout", "connect_timeout") }
    /// `idleTimeout`.
    pub fn idle_timeout(self) -> Option<DurationValue> { one(self.0, "idleTimeout", "idle_timeout") }
    /// `maxConnectionDuration`.
    pub fn max_connection_duration(self) -> Option<DurationValue> { one(self.0, "maxConnectionDuration", "max_connection_duration") }
    /// `maxConnections`.
    pub fn max_connections(self) -> Option<i64> { one(self.0, "maxConnections", "max_connections") }
    /// `tcpKeepalive`.
    pub fn tcp_keepalive(self) -> Option<ConnectionPoolSettingsTCPSettingsTcpKeepalive<'a>> { one(self.0, "tcpKeepalive", "tcp_keepalive") }
}

/// `istio.networking.v1alpha3.ConnectionPoolSettings.TCPSettings.TcpKeepalive`.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionPoolSettingsTCPSettingsTcpKeepalive<'a>(pub Node<'a>);
view!(ConnectionPoolSettingsTCPSettingsTcpKeepalive);
impl<'a> ConnectionPoolSettingsTCPSettingsTcpKeepalive<'a> {
    /// `interval`.
    pub fn interval(self) -> Option<DurationValue> { one(self.0, "interval", "interval") }
    /// `probes`.
    pub fn probes(self) -> Option<i64> { one(self.0, "probes", "probes") }
    /// `time`.
    pub fn time(self) -> Option<DurationValue> { one(self.0, "time", "time") }
}

/// `istio.networking.v1alpha3.CorsPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct CorsPolicy<'a>(pub Node<'a>);
view!(CorsPolicy);
impl<'a> CorsPolicy<'a> {
    /// `allowCredentials`.
    pub fn allow_credentials(self) -> Option<bool> { one(self.0, "allowCredentials", "allow_credentials") }
    /// `allowHeaders`.
    pub fn allow_headers(self) -> List<'a, Text<'a>> { list(self.0, "allowHeaders", "allow_headers") }
    /// `allowMethods`.
    pub fn allow_methods(self) -> List<'a, Text<'a>> { list(self.0, "allowMethods", "allow_methods") }
    /// `allowOrigin`.
    pub fn allow_origin(self) -> List<'a, Text<'a>> { list(self.0, "allowOrigin", "allow_origin") }
    /// `allowOrigins`.
    pub fn allow_origins(self) -> List<'a, StringMatch<'a>> { list(self.0, "allowOrigins", "allow_origins") }
    /// `exposeHeaders`.
    pub fn expose_headers(self) -> List<'a, Text<'a>> { list(self.0, "exposeHeaders", "expose_headers") }
    /// `maxAge`.
    pub fn max_age(self) -> Option<DurationValue> { one(self.0, "maxAge", "max_age") }
    /// `unmatchedPreflights`.
    pub fn unmatched_preflights(self) -> Option<CorsPolicyUnmatchedPreflights> { one(self.0, "unmatchedPreflights", "unmatched_preflights") }
}

/// `istio.networking.v1alpha3.Delegate`.
#[derive(Clone, Copy, Debug)]
pub struct Delegate<'a>(pub Node<'a>);
view!(Delegate);
impl<'a> Delegate<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `namespace`.
    pub fn namespace(self) -> Option<Text<'a>> { one(self.0, "namespace", "namespace") }
}

/// `istio.networking.v1alpha3.Destination`.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a>(pub Node<'a>);
view!(Destination);
impl<'a> Destination<'a> {
    /// `host`.
    pub fn host(self) -> Option<Text<'a>> { one(self.0, "host", "host") }
    /// `port`.
    pub fn port(self) -> Option<PortSelector<'a>> { one(self.0, "port", "port") }
    /// `subset`.
    pub fn subset(self) -> Option<Text<'a>> { one(self.0, "subset", "subset") }
}

/// `istio.networking.v1alpha3.DestinationRule`.
#[derive(Clone, Copy, Debug)]
pub struct DestinationRule<'a>(pub Node<'a>);
view!(DestinationRule);
impl<'a> DestinationRule<'a> {
    /// `exportTo`.
    pub fn export_to(self) -> List<'a, Text<'a>> { list(self.0, "exportTo", "export_to") }
    /// `host`.
    pub fn host(self) -> Option<Text<'a>> { one(self.0, "host", "host") }
    /// `subsets`.
    pub fn subsets(self) -> List<'a, Subset<'a>> { list(self.0, "subsets", "subsets") }
    /// `trafficPolicy`.
    pub fn traffic_policy(self) -> Option<TrafficPolicy<'a>> { one(self.0, "trafficPolicy", "traffic_policy") }
    /// `workloadSelector`.
    pub fn workload_selector(self) -> Option<super::selectors::WorkloadSelector<'a>> { one(self.0, "workloadSelector", "workload_selector") }
}

/// `istio.networking.v1alpha3.EnvoyFilter`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilter<'a>(pub Node<'a>);
view!(EnvoyFilter);
impl<'a> EnvoyFilter<'a> {
    /// `configPatches`.
    pub fn config_patches(self) -> List<'a, EnvoyFilterEnvoyConfigObjectPatch<'a>> { list(self.0, "configPatches", "config_patches") }
    /// `priority`.
    pub fn priority(self) -> Option<i64> { one(self.0, "priority", "priority") }
    /// `targetRefs`.
    pub fn target_refs(self) -> List<'a, super::selectors::PolicyTargetReference<'a>> { list(self.0, "targetRefs", "targetRefs") }
    /// `workloadSelector`.
    pub fn workload_selector(self) -> Option<WorkloadSelector<'a>> { one(self.0, "workloadSelector", "workload_selector") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.ClusterMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterClusterMatch<'a>(pub Node<'a>);
view!(EnvoyFilterClusterMatch);
impl<'a> EnvoyFilterClusterMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `portNumber`.
    pub fn port_number(self) -> Option<i64> { one(self.0, "portNumber", "port_number") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
    /// `subset`.
    pub fn subset(self) -> Option<Text<'a>> { one(self.0, "subset", "subset") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.EnvoyConfigObjectMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterEnvoyConfigObjectMatch<'a>(pub Node<'a>);
view!(EnvoyFilterEnvoyConfigObjectMatch);
impl<'a> EnvoyFilterEnvoyConfigObjectMatch<'a> {
    /// `cluster`.
    pub fn cluster(self) -> Option<EnvoyFilterClusterMatch<'a>> { one(self.0, "cluster", "cluster") }
    /// `context`.
    pub fn context(self) -> Option<EnvoyFilterPatchContext> { one(self.0, "context", "context") }
    /// `listener`.
    pub fn listener(self) -> Option<EnvoyFilterListenerMatch<'a>> { one(self.0, "listener", "listener") }
    /// `proxy`.
    pub fn proxy(self) -> Option<EnvoyFilterProxyMatch<'a>> { one(self.0, "proxy", "proxy") }
    /// `routeConfiguration`.
    pub fn route_configuration(self) -> Option<EnvoyFilterRouteConfigurationMatch<'a>> { one(self.0, "routeConfiguration", "route_configuration") }
    /// `waypoint`.
    pub fn waypoint(self) -> Option<EnvoyFilterWaypointMatch<'a>> { one(self.0, "waypoint", "waypoint") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.EnvoyConfigObjectPatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterEnvoyConfigObjectPatch<'a>(pub Node<'a>);
view!(EnvoyFilterEnvoyConfigObjectPatch);
impl<'a> EnvoyFilterEnvoyConfigObjectPatch<'a> {
    /// `applyTo`.
    pub fn apply_to(self) -> Option<EnvoyFilterApplyTo> { one(self.0, "applyTo", "apply_to") }
    /// `match`.
    pub fn match_(self) -> Option<EnvoyFilterEnvoyConfigObjectMatch<'a>> { one(self.0, "match", "match") }
    /// `patch`.
    pub fn patch(self) -> Option<EnvoyFilterPatch<'a>> { one(self.0, "patch", "patch") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.ListenerMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterListenerMatch<'a>(pub Node<'a>);
view!(EnvoyFilterListenerMatch);
impl<'a> EnvoyFilterListenerMatch<'a> {
    /// `filterChain`.
    pub fn filter_chain(self) -> Option<EnvoyFilterListenerMatchFilterChainMatch<'a>> { one(self.0, "filterChain", "filter_chain") }
    /// `listenerFilter`.
    pub fn listener_filter(self) -> Option<Text<'a>> { one(self.0, "listenerFilter", "listener_filter") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `portName`.
    pub fn port_name(self) -> Option<Text<'a>> { one(self.0, "portName", "port_name") }
    /// `portNumber`.
    pub fn port_number(self) -> Option<i64> { one(self.0, "portNumber", "port_number") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.ListenerMatch.FilterChainMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterListenerMatchFilterChainMatch<'a>(pub Node<'a>);
view!(EnvoyFilterListenerMatchFilterChainMatch);
impl<'a> EnvoyFilterListenerMatchFilterChainMatch<'a> {
    /// `applicationProtocols`.
    pub fn application_protocols(self) -> Option<Text<'a>> { one(self.0, "applicationProtocols", "application_protocols") }
    /// `destinationPort`.
    pub fn destination_port(self) -> Option<i64> { one(self.0, "destinationPort", "destination_port") }
    /// `filter`.
    pub fn filter(self) -> Option<EnvoyFilterListenerMatchFilterMatch<'a>> { one(self.0, "filter", "filter") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `sni`.
    pub fn sni(self) -> Option<Text<'a>> { one(self.0, "sni", "sni") }
    /// `transportProtocol`.
    pub fn transport_protocol(self) -> Option<Text<'a>> { one(self.0, "transportProtocol", "transport_protocol") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.ListenerMatch.FilterMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterListenerMatchFilterMatch<'a>(pub Node<'a>);
view!(EnvoyFilterListenerMatchFilterMatch);
impl<'a> EnvoyFilterListenerMatchFilterMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `subFilter`.
    pub fn sub_filter(self) -> Option<EnvoyFilterListenerMatchSubFilterMatch<'a>> { one(self.0, "subFilter", "sub_filter") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.ListenerMatch.SubFilterMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterListenerMatchSubFilterMatch<'a>(pub Node<'a>);
view!(EnvoyFilterListenerMatchSubFilterMatch);
impl<'a> EnvoyFilterListenerMatchSubFilterMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.Patch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterPatch<'a>(pub Node<'a>);
view!(EnvoyFilterPatch);
impl<'a> EnvoyFilterPatch<'a> {
    /// `filterClass`.
    pub fn filter_class(self) -> Option<EnvoyFilterPatchFilterClass> { one(self.0, "filterClass", "filter_class") }
    /// `operation`.
    pub fn operation(self) -> Option<EnvoyFilterPatchOperation> { one(self.0, "operation", "operation") }
    /// `value`.
    pub fn value(self) -> Option<Node<'a>> { one(self.0, "value", "value") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.ProxyMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterProxyMatch<'a>(pub Node<'a>);
view!(EnvoyFilterProxyMatch);
impl<'a> EnvoyFilterProxyMatch<'a> {
    /// `metadata`.
    pub fn metadata(self) -> Entries<'a, Text<'a>> { entries(self.0, "metadata", "metadata") }
    /// `proxyVersion`.
    pub fn proxy_version(self) -> Option<Text<'a>> { one(self.0, "proxyVersion", "proxy_version") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.RouteConfigurationMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterRouteConfigurationMatch<'a>(pub Node<'a>);
view!(EnvoyFilterRouteConfigurationMatch);
impl<'a> EnvoyFilterRouteConfigurationMatch<'a> {
    /// `gateway`.
    pub fn gateway(self) -> Option<Text<'a>> { one(self.0, "gateway", "gateway") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `portName`.
    pub fn port_name(self) -> Option<Text<'a>> { one(self.0, "portName", "port_name") }
    /// `portNumber`.
    pub fn port_number(self) -> Option<i64> { one(self.0, "portNumber", "port_number") }
    /// `vhost`.
    pub fn vhost(self) -> Option<EnvoyFilterRouteConfigurationMatchVirtualHostMatch<'a>> { one(self.0, "vhost", "vhost") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.RouteConfigurationMatch.RouteMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterRouteConfigurationMatchRouteMatch<'a>(pub Node<'a>);
view!(EnvoyFilterRouteConfigurationMatchRouteMatch);
impl<'a> EnvoyFilterRouteConfigurationMatchRouteMatch<'a> {
    /// `action`.
    pub fn action(self) -> Option<EnvoyFilterRouteConfigurationMatchRouteMatchAction> { one(self.0, "action", "action") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.RouteConfigurationMatch.VirtualHostMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterRouteConfigurationMatchVirtualHostMatch<'a>(pub Node<'a>);
view!(EnvoyFilterRouteConfigurationMatchVirtualHostMatch);
impl<'a> EnvoyFilterRouteConfigurationMatchVirtualHostMatch<'a> {
    /// `domainName`.
    pub fn domain_name(self) -> Option<Text<'a>> { one(self.0, "domainName", "domain_name") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `route`.
    pub fn route(self) -> Option<EnvoyFilterRouteConfigurationMatchRouteMatch<'a>> { one(self.0, "route", "route") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.WaypointMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterWaypointMatch<'a>(pub Node<'a>);
view!(EnvoyFilterWaypointMatch);
impl<'a> EnvoyFilterWaypointMatch<'a> {
    /// `filter`.
    pub fn filter(self) -> Option<EnvoyFilterWaypointMatchFilterMatch<'a>> { one(self.0, "filter", "filter") }
    /// `portNumber`.
    pub fn port_number(self) -> Option<i64> { one(self.0, "portNumber", "port_number") }
    /// `route`.
    pub fn route(self) -> Option<EnvoyFilterWaypointMatchRouteMatch<'a>> { one(self.0, "route", "route") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.WaypointMatch.FilterMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterWaypointMatchFilterMatch<'a>(pub Node<'a>);
view!(EnvoyFilterWaypointMatchFilterMatch);
impl<'a> EnvoyFilterWaypointMatchFilterMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `subFilter`.
    pub fn sub_filter(self) -> Option<EnvoyFilterWaypointMatchFilterMatchSubFilterMatch<'a>> { one(self.0, "subFilter", "sub_filter") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.WaypointMatch.FilterMatch.SubFilterMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterWaypointMatchFilterMatchSubFilterMatch<'a>(pub Node<'a>);
view!(EnvoyFilterWaypointMatchFilterMatchSubFilterMatch);
impl<'a> EnvoyFilterWaypointMatchFilterMatchSubFilterMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.networking.v1alpha3.EnvoyFilter.WaypointMatch.RouteMatch`.
#[derive(Clone, Copy, Debug)]
pub struct EnvoyFilterWaypointMatchRouteMatch<'a>(pub Node<'a>);
view!(EnvoyFilterWaypointMatchRouteMatch);
impl<'a> EnvoyFilterWaypointMatchRouteMatch<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.networking.v1alpha3.ExecHealthCheckConfig`.
#[derive(Clone, Copy, Debug)]
pub struct ExecHealthCheckConfig<'a>(pub Node<'a>);
view!(ExecHealthCheckConfig);
impl<'a> ExecHealthCheckConfig<'a> {
    /// `command`.
    pub fn command(self) -> List<'a, Text<'a>> { list(self.0, "command", "command") }
}

/// `istio.networking.v1alpha3.Gateway`.
#[derive(Clone, Copy, Debug)]
pub struct Gateway<'a>(pub Node<'a>);
view!(Gateway);
impl<'a> Gateway<'a> {
    /// `selector`.
    pub fn selector(self) -> Entries<'a, Text<'a>> { entries(self.0, "selector", "selector") }
    /// `servers`.
    pub fn servers(self) -> List<'a, Server<'a>> { list(self.0, "servers", "servers") }
}

/// `istio.networking.v1alpha3.GrpcHealthCheckConfig`.
#[derive(Clone, Copy, Debug)]
pub struct GrpcHealthCheckConfig<'a>(pub Node<'a>);
view!(GrpcHealthCheckConfig);
impl<'a> GrpcHealthCheckConfig<'a> {
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `service`.
    pub fn service(self) -> Option<Text<'a>> { one(self.0, "service", "service") }
}

/// `istio.networking.v1alpha3.HTTPBody`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPBody<'a>(pub Node<'a>);
view!(HTTPBody);
impl<'a> HTTPBody<'a> {
    /// `bytes`.
    pub fn bytes(self) -> Option<Text<'a>> { one(self.0, "bytes", "bytes") }
    /// `string`.
    pub fn string(self) -> Option<Text<'a>> { one(self.0, "string", "string") }
}

/// `istio.networking.v1alpha3.HTTPDirectResponse`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPDirectResponse<'a>(pub Node<'a>);
view!(HTTPDirectResponse);
impl<'a> HTTPDirectResponse<'a> {
    /// `body`.
    pub fn body(self) -> Option<HTTPBody<'a>> { one(self.0, "body", "body") }
    /// `status`.
    pub fn status(self) -> Option<i64> { one(self.0, "status", "status") }
}

/// `istio.networking.v1alpha3.HTTPFaultInjection`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPFaultInjection<'a>(pub Node<'a>);
view!(HTTPFaultInjection);
impl<'a> HTTPFaultInjection<'a> {
    /// `abort`.
    pub fn abort(self) -> Option<HTTPFaultInjectionAbort<'a>> { one(self.0, "abort", "abort") }
    /// `delay`.
    pub fn delay(self) -> Option<HTTPFaultInjectionDelay<'a>> { one(self.0, "delay", "delay") }
}

/// `istio.networking.v1alpha3.HTTPFaultInjection.Abort`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPFaultInjectionAbort<'a>(pub Node<'a>);
view!(HTTPFaultInjectionAbort);
impl<'a> HTTPFaultInjectionAbort<'a> {
    /// `grpcStatus`.
    pub fn grpc_status(self) -> Option<Text<'a>> { one(self.0, "grpcStatus", "grpc_status") }
    /// `http2Error`.
    pub fn http2_error(self) -> Option<Text<'a>> { one(self.0, "http2Error", "http2_error") }
    /// `httpStatus`.
    pub fn http_status(self) -> Option<i64> { one(self.0, "httpStatus", "http_status") }
    /// `percentage`.
    pub fn percentage(self) -> Option<Percent<'a>> { one(self.0, "percentage", "percentage") }
}

/// `istio.networking.v1alpha3.HTTPFaultInjection.Delay`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPFaultInjectionDelay<'a>(pub Node<'a>);
view!(HTTPFaultInjectionDelay);
impl<'a> HTTPFaultInjectionDelay<'a> {
    /// `exponentialDelay`.
    pub fn exponential_delay(self) -> Option<DurationValue> { one(self.0, "exponentialDelay", "exponential_delay") }
    /// `fixedDelay`.
    pub fn fixed_delay(self) -> Option<DurationValue> { one(self.0, "fixedDelay", "fixed_delay") }
    /// `percent`.
    pub fn percent(self) -> Option<i64> { one(self.0, "percent", "percent") }
    /// `percentage`.
    pub fn percentage(self) -> Option<Percent<'a>> { one(self.0, "percentage", "percentage") }
}

/// `istio.networking.v1alpha3.HTTPHeader`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPHeader<'a>(pub Node<'a>);
view!(HTTPHeader);
impl<'a> HTTPHeader<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `istio.networking.v1alpha3.HTTPHealthCheckConfig`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPHealthCheckConfig<'a>(pub Node<'a>);
view!(HTTPHealthCheckConfig);
impl<'a> HTTPHealthCheckConfig<'a> {
    /// `host`.
    pub fn host(self) -> Option<Text<'a>> { one(self.0, "host", "host") }
    /// `httpHeaders`.
    pub fn http_headers(self) -> List<'a, HTTPHeader<'a>> { list(self.0, "httpHeaders", "http_headers") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `scheme`.
    pub fn scheme(self) -> Option<Text<'a>> { one(self.0, "scheme", "scheme") }
}

/// `istio.networking.v1alpha3.HTTPMatchRequest`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPMatchRequest<'a>(pub Node<'a>);
view!(HTTPMatchRequest);
impl<'a> HTTPMatchRequest<'a> {
    /// `authority`.
    pub fn authority(self) -> Option<StringMatch<'a>> { one(self.0, "authority", "authority") }
    /// `gateways`.
    pub fn gateways(self) -> List<'a, Text<'a>> { list(self.0, "gateways", "gateways") }
    /// `headers`.
    pub fn headers(self) -> Entries<'a, StringMatch<'a>> { entries(self.0, "headers", "headers") }
    /// `ignoreUriCase`.
    pub fn ignore_uri_case(self) -> Option<bool> { one(self.0, "ignoreUriCase", "ignore_uri_case") }
    /// `method`.
    pub fn method(self) -> Option<StringMatch<'a>> { one(self.0, "method", "method") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `queryParams`.
    pub fn query_params(self) -> Entries<'a, StringMatch<'a>> { entries(self.0, "queryParams", "query_params") }
    /// `scheme`.
    pub fn scheme(self) -> Option<StringMatch<'a>> { one(self.0, "scheme", "scheme") }
    /// `sourceLabels`.
    pub fn source_labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "sourceLabels", "source_labels") }
    /// `sourceNamespace`.
    pub fn source_namespace(self) -> Option<Text<'a>> { one(self.0, "sourceNamespace", "source_namespace") }
    /// `statPrefix`.
    pub fn stat_prefix(self) -> Option<Text<'a>> { one(self.0, "statPrefix", "stat_prefix") }
    /// `uri`.
    pub fn uri(self) -> Option<StringMatch<'a>> { one(self.0, "uri", "uri") }
    /// `withoutHeaders`.
    pub fn without_headers(self) -> Entries<'a, StringMatch<'a>> { entries(self.0, "withoutHeaders", "without_headers") }
}

/// `istio.networking.v1alpha3.HTTPMirrorPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPMirrorPolicy<'a>(pub Node<'a>);
view!(HTTPMirrorPolicy);
impl<'a> HTTPMirrorPolicy<'a> {
    /// `destination`.
    pub fn destination(self) -> Option<Destination<'a>> { one(self.0, "destination", "destination") }
    /// `percentage`.
    pub fn percentage(self) -> Option<Percent<'a>> { one(self.0, "percentage", "percentage") }
}

/// `istio.networking.v1alpha3.HTTPRedirect`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRedirect<'a>(pub Node<'a>);
view!(HTTPRedirect);
impl<'a> HTTPRedirect<'a> {
    /// `authority`.
    pub fn authority(self) -> Option<Text<'a>> { one(self.0, "authority", "authority") }
    /// `derivePort`.
    pub fn derive_port(self) -> Option<HTTPRedirectRedirectPortSelection> { one(self.0, "derivePort", "derive_port") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `prefixRewrite`.
    pub fn prefix_rewrite(self) -> Option<Text<'a>> { one(self.0, "prefixRewrite", "prefix_rewrite") }
    /// `redirectCode`.
    pub fn redirect_code(self) -> Option<i64> { one(self.0, "redirectCode", "redirect_code") }
    /// `scheme`.
    pub fn scheme(self) -> Option<Text<'a>> { one(self.0, "scheme", "scheme") }
    /// `uri`.
    pub fn uri(self) -> Option<Text<'a>> { one(self.0, "uri", "uri") }
}

/// `istio.networking.v1alpha3.HTTPRetry`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRetry<'a>(pub Node<'a>);
view!(HTTPRetry);
impl<'a> HTTPRetry<'a> {
    /// `attempts`.
    pub fn attempts(self) -> Option<i64> { one(self.0, "attempts", "attempts") }
    /// `backoff`.
    pub fn backoff(self) -> Option<DurationValue> { one(self.0, "backoff", "backoff") }
    /// `perTryTimeout`.
    pub fn per_try_timeout(self) -> Option<DurationValue> { one(self.0, "perTryTimeout", "per_try_timeout") }
    /// `retryIgnorePreviousHosts`.
    pub fn retry_ignore_previous_hosts(self) -> Option<bool> { one(self.0, "retryIgnorePreviousHosts", "retry_ignore_previous_hosts") }
    /// `retryOn`.
    pub fn retry_on(self) -> Option<Text<'a>> { one(self.0, "retryOn", "retry_on") }
    /// `retryRemoteLocalities`.
    pub fn retry_remote_localities(self) -> Option<bool> { one(self.0, "retryRemoteLocalities", "retry_remote_localities") }
}

/// `istio.networking.v1alpha3.HTTPRewrite`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRewrite<'a>(pub Node<'a>);
view!(HTTPRewrite);
impl<'a> HTTPRewrite<'a> {
    /// `authority`.
    pub fn authority(self) -> Option<Text<'a>> { one(self.0, "authority", "authority") }
    /// `uri`.
    pub fn uri(self) -> Option<Text<'a>> { one(self.0, "uri", "uri") }
    /// `uriRegexRewrite`.
    pub fn uri_regex_rewrite(self) -> Option<RegexRewrite<'a>> { one(self.0, "uriRegexRewrite", "uri_regex_rewrite") }
}

/// `istio.networking.v1alpha3.HTTPRoute`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRoute<'a>(pub Node<'a>);
view!(HTTPRoute);
impl<'a> HTTPRoute<'a> {
    /// `corsPolicy`.
    pub fn cors_policy(self) -> Option<CorsPolicy<'a>> { one(self.0, "corsPolicy", "cors_policy") }
    /// `delegate`.
    pub fn delegate(self) -> Option<Delegate<'a>> { one(self.0, "delegate", "delegate") }
    /// `directResponse`.
    pub fn direct_response(self) -> Option<HTTPDirectResponse<'a>> { one(self.0, "directResponse", "direct_response") }
    /// `fault`.
    pub fn fault(self) -> Option<HTTPFaultInjection<'a>> { one(self.0, "fault", "fault") }
    /// `headers`.
    pub fn headers(self) -> Option<Headers<'a>> { one(self.0, "headers", "headers") }
    /// `match`.
    pub fn match_(self) -> List<'a, HTTPMatchRequest<'a>> { list(self.0, "match", "match") }
    /// `mirror`.
    pub fn mirror(self) -> Option<Destination<'a>> { one(self.0, "mirror", "mirror") }
    /// `mirrorPercent`.
    pub fn mirror_percent(self) -> Option<i64> { one(self.0, "mirrorPercent", "mirror_percent") }
    /// `mirrorPercentage`.
    pub fn mirror_percentage(self) -> Option<Percent<'a>> { one(self.0, "mirrorPercentage", "mirror_percentage") }
    /// `mirrors`.
    pub fn mirrors(self) -> List<'a, HTTPMirrorPolicy<'a>> { list(self.0, "mirrors", "mirrors") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `redirect`.
    pub fn redirect(self) -> Option<HTTPRedirect<'a>> { one(self.0, "redirect", "redirect") }
    /// `retries`.
    pub fn retries(self) -> Option<HTTPRetry<'a>> { one(self.0, "retries", "retries") }
    /// `rewrite`.
    pub fn rewrite(self) -> Option<HTTPRewrite<'a>> { one(self.0, "rewrite", "rewrite") }
    /// `route`.
    pub fn route(self) -> List<'a, HTTPRouteDestination<'a>> { list(self.0, "route", "route") }
    /// `timeout`.
    pub fn timeout(self) -> Option<DurationValue> { one(self.0, "timeout", "timeout") }
}

/// `istio.networking.v1alpha3.HTTPRouteDestination`.
#[derive(Clone, Copy, Debug)]
pub struct HTTPRouteDestination<'a>(pub Node<'a>);
view!(HTTPRouteDestination);
impl<'a> HTTPRouteDestination<'a> {
    /// `destination`.
    pub fn destination(self) -> Option<Destination<'a>> { one(self.0, "destination", "destination") }
    /// `headers`.
    pub fn headers(self) -> Option<Headers<'a>> { one(self.0, "headers", "headers") }
    /// `weight`.
    pub fn weight(self) -> Option<i64> { one(self.0, "weight", "weight") }
}

/// `istio.networking.v1alpha3.Headers`.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a>(pub Node<'a>);
view!(Headers);
impl<'a> Headers<'a> {
    /// `request`.
    pub fn request(self) -> Option<HeadersHeaderOperations<'a>> { one(self.0, "request", "request") }
    /// `response`.
    pub fn response(self) -> Option<HeadersHeaderOperations<'a>> { one(self.0, "response", "response") }
}

/// `istio.networking.v1alpha3.Headers.HeaderOperations`.
#[derive(Clone, Copy, Debug)]
pub struct HeadersHeaderOperations<'a>(pub Node<'a>);
view!(HeadersHeaderOperations);
impl<'a> HeadersHeaderOperations<'a> {
    /// `add`.
    pub fn add(self) -> Entries<'a, Text<'a>> { entries(self.0, "add", "add") }
    /// `remove`.
    pub fn remove(self) -> List<'a, Text<'a>> { list(self.0, "remove", "remove") }
    /// `set`.
    pub fn set(self) -> Entries<'a, Text<'a>> { entries(self.0, "set", "set") }
}

/// `istio.networking.v1alpha3.IstioEgressListener`.
#[derive(Clone, Copy, Debug)]
pub struct IstioEgressListener<'a>(pub Node<'a>);
view!(IstioEgressListener);
impl<'a> IstioEgressListener<'a> {
    /// `bind`.
    pub fn bind(self) -> Option<Text<'a>> { one(self.0, "bind", "bind") }
    /// `captureMode`.
    pub fn capture_mode(self) -> Option<CaptureMode> { one(self.0, "captureMode", "capture_mode") }
    /// `hosts`.
    pub fn hosts(self) -> List<'a, Text<'a>> { list(self.0, "hosts", "hosts") }
    /// `port`.
    pub fn port(self) -> Option<SidecarPort<'a>> { one(self.0, "port", "port") }
}

/// `istio.networking.v1alpha3.IstioIngressListener`.
#[derive(Clone, Copy, Debug)]
pub struct IstioIngressListener<'a>(pub Node<'a>);
view!(IstioIngressListener);
impl<'a> IstioIngressListener<'a> {
    /// `bind`.
    pub fn bind(self) -> Option<Text<'a>> { one(self.0, "bind", "bind") }
    /// `captureMode`.
    pub fn capture_mode(self) -> Option<CaptureMode> { one(self.0, "captureMode", "capture_mode") }
    /// `connectionPool`.
    pub fn connection_pool(self) -> Option<ConnectionPoolSettings<'a>> { one(self.0, "connectionPool", "connection_pool") }
    /// `defaultEndpoint`.
    pub fn default_endpoint(self) -> Option<Text<'a>> { one(self.0, "defaultEndpoint", "default_endpoint") }
    /// `port`.
    pub fn port(self) -> Option<SidecarPort<'a>> { one(self.0, "port", "port") }
    /// `tls`.
    pub fn tls(self) -> Option<ServerTLSSettings<'a>> { one(self.0, "tls", "tls") }
}

/// `istio.networking.v1alpha3.L4MatchAttributes`.
#[derive(Clone, Copy, Debug)]
pub struct L4MatchAttributes<'a>(pub Node<'a>);
view!(L4MatchAttributes);
impl<'a> L4MatchAttributes<'a> {
    /// `destinationSubnets`.
    pub fn destination_subnets(self) -> List<'a, Text<'a>> { list(self.0, "destinationSubnets", "destination_subnets") }
    /// `gateways`.
    pub fn gateways(self) -> List<'a, Text<'a>> { list(self.0, "gateways", "gateways") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `sourceLabels`.
    pub fn source_labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "sourceLabels", "source_labels") }
    /// `sourceNamespace`.
    pub fn source_namespace(self) -> Option<Text<'a>> { one(self.0, "sourceNamespace", "source_namespace") }
    /// `sourceSubnet`.
    pub fn source_subnet(self) -> Option<Text<'a>> { one(self.0, "sourceSubnet", "source_subnet") }
}

/// `istio.networking.v1alpha3.LoadBalancerSettings`.
#[derive(Clone, Copy, Debug)]
pub struct LoadBalancerSettings<'a>(pub Node<'a>);
view!(LoadBalancerSettings);
impl<'a> LoadBalancerSettings<'a> {
    /// `consistentHash`.
    pub fn consistent_hash(self) -> Option<LoadBalancerSettingsConsistentHashLB<'a>> { one(self.0, "consistentHash", "consistent_hash") }
    /// `localityLbSetting`.
    pub fn locality_lb_setting(self) -> Option<LocalityLoadBalancerSetting<'a>> { one(self.0, "localityLbSetting", "locality_lb_setting") }
    /// `simple`.
    pub fn simple(self) -> Option<LoadBalancerSettingsSimpleLB> { one(self.0, "simple", "simple") }
    /// `warmup`.
    pub fn warmup(self) -> Option<WarmupConfiguration<'a>> { one(self.0, "warmup", "warmup") }
    /// `warmupDurationSecs`.
    pub fn warmup_duration_secs(self) -> Option<DurationValue> { one(self.0, "warmupDurationSecs", "warmup_duration_secs") }
    /// `zoneAwareLbSetting`.
    pub fn zone_aware_lb_setting(self) -> Option<ZoneAwareLoadBalancerSetting<'a>> { one(self.0, "zoneAwareLbSetting", "zone_aware_lb_setting") }
}

/// `istio.networking.v1alpha3.LoadBalancerSettings.ConsistentHashLB`.
#[derive(Clone, Copy, Debug)]
pub struct LoadBalancerSettingsConsistentHashLB<'a>(pub Node<'a>);
view!(LoadBalancerSettingsConsistentHashLB);
impl<'a> LoadBalancerSettingsConsistentHashLB<'a> {
    /// `httpCookie`.
    pub fn http_cookie(self) -> Option<LoadBalancerSettingsConsistentHashLBHTTPCookie<'a>> { one(self.0, "httpCookie", "http_cookie") }
    /// `httpHeaderName`.
    pub fn http_header_name(self) -> Option<Text<'a>> { one(self.0, "httpHeaderName", "http_header_name") }
    /// `httpQueryParameterName`.
    pub fn http_query_parameter_name(self) -> Option<Text<'a>> { one(self.0, "httpQueryParameterName", "http_query_parameter_name") }
    /// `maglev`.
    pub fn maglev(self) -> Option<LoadBalancerSettingsConsistentHashLBMagLev<'a>> { one(self.0, "maglev", "maglev") }
    /// `minimumRingSize`.
    pub fn minimum_ring_size(self) -> Option<i64> { one(self.0, "minimumRingSize", "minimum_ring_size") }
    /// `ringHash`.
    pub fn ring_hash(self) -> Option<LoadBalancerSettingsConsistentHashLBRingHash<'a>> { one(self.0, "ringHash", "ring_hash") }
    /// `useSourceIp`.
    pub fn use_source_ip(self) -> Option<bool> { one(self.0, "useSourceIp", "use_source_ip") }
}

/// `istio.networking.v1alpha3.LoadBalancerSettings.ConsistentHashLB.HTTPCookie`.
#[derive(Clone, Copy, Debug)]
pub struct LoadBalancerSettingsConsistentHashLBHTTPCookie<'a>(pub Node<'a>);
view!(LoadBalancerSettingsConsistentHashLBHTTPCookie);
impl<'a> LoadBalancerSettingsConsistentHashLBHTTPCookie<'a> {
    /// `attributes`.
    pub fn attributes(self) -> List<'a, LoadBalancerSettingsConsistentHashLBHTTPCookieAttribute<'a>> { list(self.0, "attributes", "attributes") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `path`.
    pub fn path(self) -> Option<Text<'a>> { one(self.0, "path", "path") }
    /// `ttl`.
    pub fn ttl(self) -> Option<DurationValue> { one(self.0, "ttl", "ttl") }
}

/// `istio.networking.v1alpha3.LoadBalancerSettings.ConsistentHashLB.HTTPCookie.Attribute`.
#[derive(Clone, Copy, Debug)]
pub struct LoadBalancerSettingsConsistentHashLBHTTPCookieAttribute<'a>(pub Node<'a>);
view!(LoadBalancerSettingsConsistentHashLBHTTPCookieAttribute);
impl<'a> LoadBalancerSettingsConsistentHashLBHTTPCookieAttribute<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `istio.networking.v1alpha3.LoadBalancerSettings.ConsistentHashLB.MagLev`.
#[derive(Clone, Copy, Debug)]
pub struct LoadBalancerSettingsConsistentHashLBMagLev<'a>(pub Node<'a>);
view!(LoadBalancerSettingsConsistentHashLBMagLev);
impl<'a> LoadBalancerSettingsConsistentHashLBMagLev<'a> {
    /// `tableSize`.
    pub fn table_size(self) -> Option<i64> { one(self.0, "tableSize", "table_size") }
}

/// `istio.networking.v1alpha3.LoadBalancerSettings.ConsistentHashLB.RingHash`.
#[derive(Clone, Copy, Debug)]
pub struct LoadBalancerSettingsConsistentHashLBRingHash<'a>(pub Node<'a>);
view!(LoadBalancerSettingsConsistentHashLBRingHash);
impl<'a> LoadBalancerSettingsConsistentHashLBRingHash<'a> {
    /// `minimumRingSize`.
    pub fn minimum_ring_size(self) -> Option<i64> { one(self.0, "minimumRingSize", "minimum_ring_size") }
}

/// `istio.networking.v1alpha3.LocalityLoadBalancerSetting`.
#[derive(Clone, Copy, Debug)]
pub struct LocalityLoadBalancerSetting<'a>(pub Node<'a>);
view!(LocalityLoadBalancerSetting);
impl<'a> LocalityLoadBalancerSetting<'a> {
    /// `distribute`.
    pub fn distribute(self) -> List<'a, LocalityLoadBalancerSettingDistribute<'a>> { list(self.0, "distribute", "distribute") }
    /// `enabled`.
    pub fn enabled(self) -> Option<bool> { one(self.0, "enabled", "enabled") }
    /// `failover`.
    pub fn failover(self) -> List<'a, LocalityLoadBalancerSettingFailover<'a>> { list(self.0, "failover", "failover") }
    /// `failoverPriority`.
    pub fn failover_priority(self) -> List<'a, Text<'a>> { list(self.0, "failoverPriority", "failover_priority") }
}

/// `istio.networking.v1alpha3.LocalityLoadBalancerSetting.Distribute`.
#[derive(Clone, Copy, Debug)]
pub struct LocalityLoadBalancerSettingDistribute<'a>(pub Node<'a>);
view!(LocalityLoadBalancerSettingDistribute);
impl<'a> LocalityLoadBalancerSettingDistribute<'a> {
    /// `from`.
    pub fn from(self) -> Option<Text<'a>> { one(self.0, "from", "from") }
    /// `to`.
    pub fn to(self) -> Entries<'a, i64> { entries(self.0, "to", "to") }
}

/// `istio.networking.v1alpha3.LocalityLoadBalancerSetting.Failover`.
#[derive(Clone, Copy, Debug)]
pub struct LocalityLoadBalancerSettingFailover<'a>(pub Node<'a>);
view!(LocalityLoadBalancerSettingFailover);
impl<'a> LocalityLoadBalancerSettingFailover<'a> {
    /// `from`.
    pub fn from(self) -> Option<Text<'a>> { one(self.0, "from", "from") }
    /// `to`.
    pub fn to(self) -> Option<Text<'a>> { one(self.0, "to", "to") }
}

/// `istio.networking.v1alpha3.OutboundTrafficPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct OutboundTrafficPolicy<'a>(pub Node<'a>);
view!(OutboundTrafficPolicy);
impl<'a> OutboundTrafficPolicy<'a> {
    /// `egressProxy`.
    pub fn egress_proxy(self) -> Option<Destination<'a>> { one(self.0, "egressProxy", "egress_proxy") }
    /// `mode`.
    pub fn mode(self) -> Option<OutboundTrafficPolicyMode> { one(self.0, "mode", "mode") }
}

/// `istio.networking.v1alpha3.OutlierDetection`.
#[derive(Clone, Copy, Debug)]
pub struct OutlierDetection<'a>(pub Node<'a>);
view!(OutlierDetection);
impl<'a> OutlierDetection<'a> {
    /// `baseEjectionTime`.
    pub fn base_ejection_time(self) -> Option<DurationValue> { one(self.0, "baseEjectionTime", "base_ejection_time") }
    /// `consecutive5xxErrors`.
    pub fn consecutive_5xx_errors(self) -> Option<i64> { one(self.0, "consecutive5xxErrors", "consecutive_5xx_errors") }
    /// `consecutiveErrors`.
    pub fn consecutive_errors(self) -> Option<i64> { one(self.0, "consecutiveErrors", "consecutive_errors") }
    /// `consecutiveGatewayErrors`.
    pub fn consecutive_gateway_errors(self) -> Option<i64> { one(self.0, "consecutiveGatewayErrors", "consecutive_gateway_errors") }
    /// `consecutiveLocalOriginFailures`.
    pub fn consecutive_local_origin_failures(self) -> Option<i64> { one(self.0, "consecutiveLocalOriginFailures", "consecutive_local_origin_failures") }
    /// `interval`.
    pub fn interval(self) -> Option<DurationValue> { one(self.0, "interval", "interval") }
    /// `maxEjectionPercent`.
    pub fn max_ejection_percent(self) -> Option<i64> { one(self.0, "maxEjectionPercent", "max_ejection_percent") }
    /// `minHealthPercent`.
    pub fn min_health_percent(self) -> Option<i64> { one(self.0, "minHealthPercent", "min_health_percent") }
    /// `outlierDetectionHttpErrorCodes`.
    pub fn outlier_detection_http_error_codes(self) -> List<'a, i64> { list(self.0, "outlierDetectionHttpErrorCodes", "outlier_detection_http_error_codes") }
    /// `splitExternalLocalOriginErrors`.
    pub fn split_external_local_origin_errors(self) -> Option<bool> { one(self.0, "splitExternalLocalOriginErrors", "split_external_local_origin_errors") }
}

/// `istio.networking.v1alpha3.Percent`.
#[derive(Clone, Copy, Debug)]
pub struct Percent<'a>(pub Node<'a>);
view!(Percent);
impl<'a> Percent<'a> {
    /// `value`.
    pub fn value(self) -> Option<f64> { one(self.0, "value", "value") }
}

/// `istio.networking.v1alpha3.Port`.
#[derive(Clone, Copy, Debug)]
pub struct Port<'a>(pub Node<'a>);
view!(Port);
impl<'a> Port<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `number`.
    pub fn number(self) -> Option<i64> { one(self.0, "number", "number") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
    /// `targetPort`.
    pub fn target_port(self) -> Option<i64> { one(self.0, "targetPort", "target_port") }
}

/// `istio.networking.v1alpha3.PortSelector`.
#[derive(Clone, Copy, Debug)]
pub struct PortSelector<'a>(pub Node<'a>);
view!(PortSelector);
impl<'a> PortSelector<'a> {
    /// `number`.
    pub fn number(self) -> Option<i64> { one(self.0, "number", "number") }
}

/// `istio.networking.v1alpha3.ReadinessProbe`.
#[derive(Clone, Copy, Debug)]
pub struct ReadinessProbe<'a>(pub Node<'a>);
view!(ReadinessProbe);
impl<'a> ReadinessProbe<'a> {
    /// `exec`.
    pub fn exec(self) -> Option<ExecHealthCheckConfig<'a>> { one(self.0, "exec", "exec") }
    /// `failureThreshold`.
    pub fn failure_threshold(self) -> Option<i64> { one(self.0, "failureThreshold", "failure_threshold") }
    /// `grpc`.
    pub fn grpc(self) -> Option<GrpcHealthCheckConfig<'a>> { one(self.0, "grpc", "grpc") }
    /// `httpGet`.
    pub fn http_get(self) -> Option<HTTPHealthCheckConfig<'a>> { one(self.0, "httpGet", "http_get") }
    /// `initialDelaySeconds`.
    pub fn initial_delay_seconds(self) -> Option<i64> { one(self.0, "initialDelaySeconds", "initial_delay_seconds") }
    /// `periodSeconds`.
    pub fn period_seconds(self) -> Option<i64> { one(self.0, "periodSeconds", "period_seconds") }
    /// `successThreshold`.
    pub fn success_threshold(self) -> Option<i64> { one(self.0, "successThreshold", "success_threshold") }
    /// `tcpSocket`.
    pub fn tcp_socket(self) -> Option<TCPHealthCheckConfig<'a>> { one(self.0, "tcpSocket", "tcp_socket") }
    /// `timeoutSeconds`.
    pub fn timeout_seconds(self) -> Option<i64> { one(self.0, "timeoutSeconds", "timeout_seconds") }
}

/// `istio.networking.v1alpha3.RegexRewrite`.
#[derive(Clone, Copy, Debug)]
pub struct RegexRewrite<'a>(pub Node<'a>);
view!(RegexRewrite);
impl<'a> RegexRewrite<'a> {
    /// `match`.
    pub fn match_(self) -> Option<Text<'a>> { one(self.0, "match", "match") }
    /// `rewrite`.
    pub fn rewrite(self) -> Option<Text<'a>> { one(self.0, "rewrite", "rewrite") }
}

/// `istio.networking.v1alpha3.RouteDestination`.
#[derive(Clone, Copy, Debug)]
pub struct RouteDestination<'a>(pub Node<'a>);
view!(RouteDestination);
impl<'a> RouteDestination<'a> {
    /// `destination`.
    pub fn destination(self) -> Option<Destination<'a>> { one(self.0, "destination", "destination") }
    /// `weight`.
    pub fn weight(self) -> Option<i64> { one(self.0, "weight", "weight") }
}

/// `istio.networking.v1alpha3.Server`.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a>(pub Node<'a>);
view!(Server);
impl<'a> Server<'a> {
    /// `bind`.
    pub fn bind(self) -> Option<Text<'a>> { one(self.0, "bind", "bind") }
    /// `defaultEndpoint`.
    pub fn default_endpoint(self) -> Option<Text<'a>> { one(self.0, "defaultEndpoint", "default_endpoint") }
    /// `hosts`.
    pub fn hosts(self) -> List<'a, Text<'a>> { list(self.0, "hosts", "hosts") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `port`.
    pub fn port(self) -> Option<Port<'a>> { one(self.0, "port", "port") }
    /// `tls`.
    pub fn tls(self) -> Option<ServerTLSSettings<'a>> { one(self.0, "tls", "tls") }
}

/// `istio.networking.v1alpha3.ServerTLSSettings`.
#[derive(Clone, Copy, Debug)]
pub struct ServerTLSSettings<'a>(pub Node<'a>);
view!(ServerTLSSettings);
impl<'a> ServerTLSSettings<'a> {
    /// `caCertCredentialName`.
    pub fn ca_cert_credential_name(self) -> Option<Text<'a>> { one(self.0, "caCertCredentialName", "ca_cert_credential_name") }
    /// `caCertificates`.
    pub fn ca_certificates(self) -> Option<Text<'a>> { one(self.0, "caCertificates", "ca_certificates") }
    /// `caCrl`.
    pub fn ca_crl(self) -> Option<Text<'a>> { one(self.0, "caCrl", "ca_crl") }
    /// `cipherSuites`.
    pub fn cipher_suites(self) -> List<'a, Text<'a>> { list(self.0, "cipherSuites", "cipher_suites") }
    /// `credentialName`.
    pub fn credential_name(self) -> Option<Text<'a>> { one(self.0, "credentialName", "credential_name") }
    /// `credentialNames`.
    pub fn credential_names(self) -> List<'a, Text<'a>> { list(self.0, "credentialNames", "credential_names") }
    /// `httpsRedirect`.
    pub fn https_redirect(self) -> Option<bool> { one(self.0, "httpsRedirect", "https_redirect") }
    /// `insecureSkipVerify`.
    pub fn insecure_skip_verify(self) -> Option<bool> { one(self.0, "insecureSkipVerify", "insecure_skip_verify") }
    /// `maxProtocolVersion`.
    pub fn max_protocol_version(self) -> Option<ServerTLSSettingsTLSProtocol> { one(self.0, "maxProtocolVersion", "max_protocol_version") }
    /// `minProtocolVersion`.
    pub fn min_protocol_version(self) -> Option<ServerTLSSettingsTLSProtocol> { one(self.0, "minProtocolVersion", "min_protocol_version") }
    /// `mode`.
    pub fn mode(self) -> Option<ServerTLSSettingsTLSmode> { one(self.0, "mode", "mode") }
    /// `privateKey`.
    pub fn private_key(self) -> Option<Text<'a>> { one(self.0, "privateKey", "private_key") }
    /// `serverCertificate`.
    pub fn server_certificate(self) -> Option<Text<'a>> { one(self.0, "serverCertificate", "server_certificate") }
    /// `subjectAltNames`.
    pub fn subject_alt_names(self) -> List<'a, Text<'a>> { list(self.0, "subjectAltNames", "subject_alt_names") }
    /// `tlsCertificates`.
    pub fn tls_certificates(self) -> List<'a, ServerTLSSettingsTLSCertificate<'a>> { list(self.0, "tlsCertificates", "tls_certificates") }
    /// `verifyCertificateHash`.
    pub fn verify_certificate_hash(self) -> List<'a, Text<'a>> { list(self.0, "verifyCertificateHash", "verify_certificate_hash") }
    /// `verifyCertificateSpki`.
    pub fn verify_certificate_spki(self) -> List<'a, Text<'a>> { list(self.0, "verifyCertificateSpki", "verify_certificate_spki") }
}

/// `istio.networking.v1alpha3.ServerTLSSettings.TLSCertificate`.
#[derive(Clone, Copy, Debug)]
pub struct ServerTLSSettingsTLSCertificate<'a>(pub Node<'a>);
view!(ServerTLSSettingsTLSCertificate);
impl<'a> ServerTLSSettingsTLSCertificate<'a> {
    /// `caCertificates`.
    pub fn ca_certificates(self) -> Option<Text<'a>> { one(self.0, "caCertificates", "ca_certificates") }
    /// `privateKey`.
    pub fn private_key(self) -> Option<Text<'a>> { one(self.0, "privateKey", "private_key") }
    /// `serverCertificate`.
    pub fn server_certificate(self) -> Option<Text<'a>> { one(self.0, "serverCertificate", "server_certificate") }
}

/// `istio.networking.v1alpha3.ServiceEntry`.
#[derive(Clone, Copy, Debug)]
pub struct ServiceEntry<'a>(pub Node<'a>);
view!(ServiceEntry);
impl<'a> ServiceEntry<'a> {
    /// `addresses`.
    pub fn addresses(self) -> List<'a, Text<'a>> { list(self.0, "addresses", "addresses") }
    /// `endpoints`.
    pub fn endpoints(self) -> List<'a, WorkloadEntry<'a>> { list(self.0, "endpoints", "endpoints") }
    /// `exportTo`.
    pub fn export_to(self) -> List<'a, Text<'a>> { list(self.0, "exportTo", "export_to") }
    /// `hosts`.
    pub fn hosts(self) -> List<'a, Text<'a>> { list(self.0, "hosts", "hosts") }
    /// `location`.
    pub fn location(self) -> Option<ServiceEntryLocation> { one(self.0, "location", "location") }
    /// `ports`.
    pub fn ports(self) -> List<'a, ServicePort<'a>> { list(self.0, "ports", "ports") }
    /// `resolution`.
    pub fn resolution(self) -> Option<ServiceEntryResolution> { one(self.0, "resolution", "resolution") }
    /// `subjectAltNames`.
    pub fn subject_alt_names(self) -> List<'a, Text<'a>> { list(self.0, "subjectAltNames", "subject_alt_names") }
    /// `workloadSelector`.
    pub fn workload_selector(self) -> Option<WorkloadSelector<'a>> { one(self.0, "workloadSelector", "workload_selector") }
}

/// `istio.networking.v1alpha3.ServicePort`.
#[derive(Clone, Copy, Debug)]
pub struct ServicePort<'a>(pub Node<'a>);
view!(ServicePort);
impl<'a> ServicePort<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `number`.
    pub fn number(self) -> Option<i64> { one(self.0, "number", "number") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
    /// `targetPort`.
    pub fn target_port(self) -> Option<i64> { one(self.0, "targetPort", "target_port") }
}

/// `istio.networking.v1alpha3.Sidecar`.
#[derive(Clone, Copy, Debug)]
pub struct Sidecar<'a>(pub Node<'a>);
view!(Sidecar);
impl<'a> Sidecar<'a> {
    /// `egress`.
    pub fn egress(self) -> List<'a, IstioEgressListener<'a>> { list(self.0, "egress", "egress") }
    /// `inboundConnectionPool`.
    pub fn inbound_connection_pool(self) -> Option<ConnectionPoolSettings<'a>> { one(self.0, "inboundConnectionPool", "inbound_connection_pool") }
    /// `ingress`.
    pub fn ingress(self) -> List<'a, IstioIngressListener<'a>> { list(self.0, "ingress", "ingress") }
    /// `outboundTrafficPolicy`.
    pub fn outbound_traffic_policy(self) -> Option<OutboundTrafficPolicy<'a>> { one(self.0, "outboundTrafficPolicy", "outbound_traffic_policy") }
    /// `workloadSelector`.
    pub fn workload_selector(self) -> Option<WorkloadSelector<'a>> { one(self.0, "workloadSelector", "workload_selector") }
}

/// `istio.networking.v1alpha3.SidecarPort`.
#[derive(Clone, Copy, Debug)]
pub struct SidecarPort<'a>(pub Node<'a>);
view!(SidecarPort);
impl<'a> SidecarPort<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `number`.
    pub fn number(self) -> Option<i64> { one(self.0, "number", "number") }
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
    /// `targetPort`.
    pub fn target_port(self) -> Option<i64> { one(self.0, "targetPort", "target_port") }
}

/// `istio.networking.v1alpha3.StringMatch`.
#[derive(Clone, Copy, Debug)]
pub struct StringMatch<'a>(pub Node<'a>);
view!(StringMatch);
impl<'a> StringMatch<'a> {
    /// `exact`.
    pub fn exact(self) -> Option<Text<'a>> { one(self.0, "exact", "exact") }
    /// `prefix`.
    pub fn prefix(self) -> Option<Text<'a>> { one(self.0, "prefix", "prefix") }
    /// `regex`.
    pub fn regex(self) -> Option<Text<'a>> { one(self.0, "regex", "regex") }
}

/// `istio.networking.v1alpha3.Subset`.
#[derive(Clone, Copy, Debug)]
pub struct Subset<'a>(pub Node<'a>);
view!(Subset);
impl<'a> Subset<'a> {
    /// `labels`.
    pub fn labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "labels", "labels") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
    /// `trafficPolicy`.
    pub fn traffic_policy(self) -> Option<TrafficPolicy<'a>> { one(self.0, "trafficPolicy", "traffic_policy") }
}

/// `istio.networking.v1alpha3.TCPHealthCheckConfig`.
#[derive(Clone, Copy, Debug)]
pub struct TCPHealthCheckConfig<'a>(pub Node<'a>);
view!(TCPHealthCheckConfig);
impl<'a> TCPHealthCheckConfig<'a> {
    /// `host`.
    pub fn host(self) -> Option<Text<'a>> { one(self.0, "host", "host") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
}

/// `istio.networking.v1alpha3.TCPRoute`.
#[derive(Clone, Copy, Debug)]
pub struct TCPRoute<'a>(pub Node<'a>);
view!(TCPRoute);
impl<'a> TCPRoute<'a> {
    /// `match`.
    pub fn match_(self) -> List<'a, L4MatchAttributes<'a>> { list(self.0, "match", "match") }
    /// `route`.
    pub fn route(self) -> List<'a, RouteDestination<'a>> { list(self.0, "route", "route") }
}

/// `istio.networking.v1alpha3.TLSMatchAttributes`.
#[derive(Clone, Copy, Debug)]
pub struct TLSMatchAttributes<'a>(pub Node<'a>);
view!(TLSMatchAttributes);
impl<'a> TLSMatchAttributes<'a> {
    /// `destinationSubnets`.
    pub fn destination_subnets(self) -> List<'a, Text<'a>> { list(self.0, "destinationSubnets", "destination_subnets") }
    /// `gateways`.
    pub fn gateways(self) -> List<'a, Text<'a>> { list(self.0, "gateways", "gateways") }
    /// `port`.
    pub fn port(self) -> Option<i64> { one(self.0, "port", "port") }
    /// `sniHosts`.
    pub fn sni_hosts(self) -> List<'a, Text<'a>> { list(self.0, "sniHosts", "sni_hosts") }
    /// `sourceLabels`.
    pub fn source_labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "sourceLabels", "source_labels") }
    /// `sourceNamespace`.
    pub fn source_namespace(self) -> Option<Text<'a>> { one(self.0, "sourceNamespace", "source_namespace") }
}

/// `istio.networking.v1alpha3.TLSRoute`.
#[derive(Clone, Copy, Debug)]
pub struct TLSRoute<'a>(pub Node<'a>);
view!(TLSRoute);
impl<'a> TLSRoute<'a> {
    /// `match`.
    pub fn match_(self) -> List<'a, TLSMatchAttributes<'a>> { list(self.0, "match", "match") }
    /// `route`.
    pub fn route(self) -> List<'a, RouteDestination<'a>> { list(self.0, "route", "route") }
}

/// `istio.networking.v1alpha3.TrafficPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct TrafficPolicy<'a>(pub Node<'a>);
view!(TrafficPolicy);
impl<'a> TrafficPolicy<'a> {
    /// `connectionPool`.
    pub fn connection_pool(self) -> Option<ConnectionPoolSettings<'a>> { one(self.0, "connectionPool", "connection_pool") }
    /// `loadBalancer`.
    pub fn load_balancer(self) -> Option<LoadBalancerSettings<'a>> { one(self.0, "loadBalancer", "load_balancer") }
    /// `outlierDetection`.
    pub fn outlier_detection(self) -> Option<OutlierDetection<'a>> { one(self.0, "outlierDetection", "outlier_detection") }
    /// `portLevelSettings`.
    pub fn port_level_settings(self) -> List<'a, TrafficPolicyPortTrafficPolicy<'a>> { list(self.0, "portLevelSettings", "port_level_settings") }
    /// `proxyProtocol`.
    pub fn proxy_protocol(self) -> Option<TrafficPolicyProxyProtocol<'a>> { one(self.0, "proxyProtocol", "proxy_protocol") }
    /// `retryBudget`.
    pub fn retry_budget(self) -> Option<TrafficPolicyRetryBudget<'a>> { one(self.0, "retryBudget", "retry_budget") }
    /// `tls`.
    pub fn tls(self) -> Option<ClientTLSSettings<'a>> { one(self.0, "tls", "tls") }
    /// `tunnel`.
    pub fn tunnel(self) -> Option<TrafficPolicyTunnelSettings<'a>> { one(self.0, "tunnel", "tunnel") }
}

/// `istio.networking.v1alpha3.TrafficPolicy.PortTrafficPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct TrafficPolicyPortTrafficPolicy<'a>(pub Node<'a>);
view!(TrafficPolicyPortTrafficPolicy);
impl<'a> TrafficPolicyPortTrafficPolicy<'a> {
    /// `connectionPool`.
    pub fn connection_pool(self) -> Option<ConnectionPoolSettings<'a>> { one(self.0, "connectionPool", "connection_pool") }
    /// `loadBalancer`.
    pub fn load_balancer(self) -> Option<LoadBalancerSettings<'a>> { one(self.0, "loadBalancer", "load_balancer") }
    /// `outlierDetection`.
    pub fn outlier_detection(self) -> Option<OutlierDetection<'a>> { one(self.0, "outlierDetection", "outlier_detection") }
    /// `port`.
    pub fn port(self) -> Option<PortSelector<'a>> { one(self.0, "port", "port") }
    /// `tls`.
    pub fn tls(self) -> Option<ClientTLSSettings<'a>> { one(self.0, "tls", "tls") }
}

/// `istio.networking.v1alpha3.TrafficPolicy.ProxyProtocol`.
#[derive(Clone, Copy, Debug)]
pub struct TrafficPolicyProxyProtocol<'a>(pub Node<'a>);
view!(TrafficPolicyProxyProtocol);
impl<'a> TrafficPolicyProxyProtocol<'a> {
    /// `version`.
    pub fn version(self) -> Option<TrafficPolicyProxyProtocolVERSION> { one(self.0, "version", "version") }
}

/// `istio.networking.v1alpha3.TrafficPolicy.RetryBudget`.
#[derive(Clone, Copy, Debug)]
pub struct TrafficPolicyRetryBudget<'a>(pub Node<'a>);
view!(TrafficPolicyRetryBudget);
impl<'a> TrafficPolicyRetryBudget<'a> {
    /// `budgetInterval`.
    pub fn budget_interval(self) -> Option<DurationValue> { one(self.0, "budgetInterval", "budget_interval") }
    /// `minRetryConcurrency`.
    pub fn min_retry_concurrency(self) -> Option<i64> { one(self.0, "minRetryConcurrency", "min_retry_concurrency") }
    /// `percent`.
    pub fn percent(self) -> Option<f64> { one(self.0, "percent", "percent") }
}

/// `istio.networking.v1alpha3.TrafficPolicy.TunnelSettings`.
#[derive(Clone, Copy, Debug)]
pub struct TrafficPolicyTunnelSettings<'a>(pub Node<'a>);
view!(TrafficPolicyTunnelSettings);
impl<'a> TrafficPolicyTunnelSettings<'a> {
    /// `protocol`.
    pub fn protocol(self) -> Option<Text<'a>> { one(self.0, "protocol", "protocol") }
    /// `targetHost`.
    pub fn target_host(self) -> Option<Text<'a>> { one(self.0, "targetHost", "target_host") }
    /// `targetPort`.
    pub fn target_port(self) -> Option<i64> { one(self.0, "targetPort", "target_port") }
}

/// `istio.networking.v1alpha3.VirtualService`.
#[derive(Clone, Copy, Debug)]
pub struct VirtualService<'a>(pub Node<'a>);
view!(VirtualService);
impl<'a> VirtualService<'a> {
    /// `exportTo`.
    pub fn export_to(self) -> List<'a, Text<'a>> { list(self.0, "exportTo", "export_to") }
    /// `gateways`.
    pub fn gateways(self) -> List<'a, Text<'a>> { list(self.0, "gateways", "gateways") }
    /// `hosts`.
    pub fn hosts(self) -> List<'a, Text<'a>> { list(self.0, "hosts", "hosts") }
    /// `http`.
    pub fn http(self) -> List<'a, HTTPRoute<'a>> { list(self.0, "http", "http") }
    /// `tcp`.
    pub fn tcp(self) -> List<'a, TCPRoute<'a>> { list(self.0, "tcp", "tcp") }
    /// `tls`.
    pub fn tls(self) -> List<'a, TLSRoute<'a>> { list(self.0, "tls", "tls") }
}

/// `istio.networking.v1alpha3.WarmupConfiguration`.
#[derive(Clone, Copy, Debug)]
pub struct WarmupConfiguration<'a>(pub Node<'a>);
view!(WarmupConfiguration);
impl<'a> WarmupConfiguration<'a> {
    /// `aggression`.
    pub fn aggression(self) -> Option<f64> { one(self.0, "aggression", "aggression") }
    /// `duration`.
    pub fn duration(self) -> Option<DurationValue> { one(self.0, "duration", "duration") }
    /// `minimumPercent`.
    pub fn minimum_percent(self) -> Option<f64> { one(self.0, "minimumPercent", "minimum_percent") }
}

/// `istio.networking.v1alpha3.WorkloadEntry`.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadEntry<'a>(pub Node<'a>);
view!(WorkloadEntry);
impl<'a> WorkloadEntry<'a> {
    /// `address`.
    pub fn address(self) -> Option<Text<'a>> { one(self.0, "address", "address") }
    /// `labels`.
    pub fn labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "labels", "labels") }
    /// `locality`.
    pub fn locality(self) -> Option<Text<'a>> { one(self.0, "locality", "locality") }
    /// `network`.
    pub fn network(self) -> Option<Text<'a>> { one(self.0, "network", "network") }
    /// `ports`.
    pub fn ports(self) -> Entries<'a, i64> { entries(self.0, "ports", "ports") }
    /// `serviceAccount`.
    pub fn service_account(self) -> Option<Text<'a>> { one(self.0, "serviceAccount", "service_account") }
    /// `weight`.
    pub fn weight(self) -> Option<i64> { one(self.0, "weight", "weight") }
}

/// `istio.networking.v1alpha3.WorkloadGroup`.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadGroup<'a>(pub Node<'a>);
view!(WorkloadGroup);
impl<'a> WorkloadGroup<'a> {
    /// `metadata`.
    pub fn metadata(self) -> Option<WorkloadGroupObjectMeta<'a>> { one(self.0, "metadata", "metadata") }
    /// `probe`.
    pub fn probe(self) -> Option<ReadinessProbe<'a>> { one(self.0, "probe", "probe") }
    /// `template`.
    pub fn template(self) -> Option<WorkloadEntry<'a>> { one(self.0, "template", "template") }
}

/// `istio.networking.v1alpha3.WorkloadGroup.ObjectMeta`.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadGroupObjectMeta<'a>(pub Node<'a>);
view!(WorkloadGroupObjectMeta);
impl<'a> WorkloadGroupObjectMeta<'a> {
    /// `annotations`.
    pub fn annotations(self) -> Entries<'a, Text<'a>> { entries(self.0, "annotations", "annotations") }
    /// `labels`.
    pub fn labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "labels", "labels") }
}

/// `istio.networking.v1alpha3.WorkloadSelector`.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadSelector<'a>(pub Node<'a>);
view!(WorkloadSelector);
impl<'a> WorkloadSelector<'a> {
    /// `labels`.
    pub fn labels(self) -> Entries<'a, Text<'a>> { entries(self.0, "labels", "labels") }
}

/// `istio.networking.v1alpha3.ZoneAwareLoadBalancerSetting`.
#[derive(Clone, Copy, Debug)]
pub struct ZoneAwareLoadBalancerSetting<'a>(pub Node<'a>);
view!(ZoneAwareLoadBalancerSetting);
impl<'a> ZoneAwareLoadBalancerSetting<'a> {
    /// `enabled`.
    pub fn enabled(self) -> Option<bool> { one(self.0, "enabled", "enabled") }
    /// `failover`.
    pub fn failover(self) -> List<'a, ZoneAwareLoadBalancerSettingFailover<'a>> { list(self.0, "failover", "failover") }
    /// `failoverPriority`.
    pub fn failover_priority(self) -> List<'a, Text<'a>> { list(self.0, "failoverPriority", "failover_priority") }
    /// `minClusterSize`.
    pub fn min_cluster_size(self) -> Option<i64> { one(self.0, "minClusterSize", "min_cluster_size") }
}

/// `istio.networking.v1alpha3.ZoneAwareLoadBalancerSetting.Failover`.
#[derive(Clone, Copy, Debug)]
pub struct ZoneAwareLoadBalancerSettingFailover<'a>(pub Node<'a>);
view!(ZoneAwareLoadBalancerSettingFailover);
impl<'a> ZoneAwareLoadBalancerSettingFailover<'a> {
    /// `from`.
    pub fn from(self) -> Option<Text<'a>> { one(self.0, "from", "from") }
    /// `to`.
    pub fn to(self) -> Option<Text<'a>> { one(self.0, "to", "to") }
}

/// `istio.networking.v1beta1.ProxyConfig`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyConfig<'a>(pub Node<'a>);
view!(ProxyConfig);
impl<'a> ProxyConfig<'a> {
    /// `concurrency`.
    pub fn concurrency(self) -> Option<i64> { one(self.0, "concurrency", "concurrency") }
    /// `environmentVariables`.
    pub fn environment_variables(self) -> Entries<'a, Text<'a>> { entries(self.0, "environmentVariables", "environment_variables") }
    /// `image`.
    pub fn image(self) -> Option<ProxyImage<'a>> { one(self.0, "image", "image") }
    /// `selector`.
    pub fn selector(self) -> Option<super::selectors::WorkloadSelector<'a>> { one(self.0, "selector", "selector") }
}

/// `istio.networking.v1beta1.ProxyImage`.
#[derive(Clone, Copy, Debug)]
pub struct ProxyImage<'a>(pub Node<'a>);
view!(ProxyImage);
impl<'a> ProxyImage<'a> {
    /// `imageType`.
    pub fn image_type(self) -> Option<Text<'a>> { one(self.0, "imageType", "image_type") }
}

words! {
    /// `istio.networking.v1alpha3.CaptureMode`.
    CaptureMode true {
        Default = "DEFAULT", 0;
        Iptables = "IPTABLES", 1;
        None = "NONE", 2;
    }
}

words! {
    /// `istio.networking.v1alpha3.ClientTLSSettings.TLSmode`.
    ClientTLSSettingsTLSmode true {
        Disable = "DISABLE", 0;
        Simple = "SIMPLE", 1;
        Mutual = "MUTUAL", 2;
        IstioMutual = "ISTIO_MUTUAL", 3;
    }
}

words! {
    /// `istio.networking.v1alpha3.ConnectionPoolSettings.HTTPSettings.H2UpgradePolicy`.
    ConnectionPoolSettingsHTTPSettingsH2UpgradePolicy true {
        Default = "DEFAULT", 0;
        DoNotUpgrade = "DO_NOT_UPGRADE", 1;
        Upgrade = "UPGRADE", 2;
    }
}

words! {
    /// `istio.networking.v1alpha3.CorsPolicy.UnmatchedPreflights`.
    CorsPolicyUnmatchedPreflights true {
        Unspecified = "UNSPECIFIED", 0;
        Forward = "FORWARD", 1;
        Ignore = "IGNORE", 2;
    }
}

words! {
    /// `istio.networking.v1alpha3.EnvoyFilter.ApplyTo`.
    EnvoyFilterApplyTo true {
        Invalid = "INVALID", 0;
        Listener = "LISTENER", 1;
        FilterChain = "FILTER_CHAIN", 2;
        NetworkFilter = "NETWORK_FILTER", 3;
        HttpFilter = "HTTP_FILTER", 4;
        RouteConfiguration = "ROUTE_CONFIGURATION", 5;
        VirtualHost = "VIRTUAL_HOST", 6;
        HttpRoute = "HTTP_ROUTE", 7;
        Cluster = "CLUSTER", 8;
        ExtensionConfig = "EXTENSION_CONFIG", 9;
        Bootstrap = "BOOTSTRAP", 10;
        ListenerFilter = "LISTENER_FILTER", 11;
    }
}

words! {
    /// `istio.networking.v1alpha3.EnvoyFilter.Patch.FilterClass`.
    EnvoyFilterPatchFilterClass true {
        Unspecified = "UNSPECIFIED", 0;
        Authn = "AUTHN", 1;
        Authz = "AUTHZ", 2;
        Stats = "STATS", 3;
    }
}

words! {
    /// `istio.networking.v1alpha3.EnvoyFilter.Patch.Operation`.
    EnvoyFilterPatchOperation true {
        Invalid = "INVALID", 0;
        Merge = "MERGE", 1;
        Add = "ADD", 2;
        Remove = "REMOVE", 3;
        InsertBefore = "INSERT_BEFORE", 4;
        InsertAfter = "INSERT_AFTER", 5;
        InsertFirst = "INSERT_FIRST", 6;
        Replace = "REPLACE", 7;
        MergeAndReplaceList = "MERGE_AND_REPLACE_LIST", 8;
    }
}

words! {
    /// `istio.networking.v1alpha3.EnvoyFilter.PatchContext`.
    EnvoyFilterPatchContext true {
        Any = "ANY", 0;
        SidecarInbound = "SIDECAR_INBOUND", 1;
        SidecarOutbound = "SIDECAR_OUTBOUND", 2;
        Gateway = "GATEWAY", 3;
        Waypoint = "WAYPOINT", 4;
    }
}

words! {
    /// `istio.networking.v1alpha3.EnvoyFilter.RouteConfigurationMatch.RouteMatch.Action`.
    EnvoyFilterRouteConfigurationMatchRouteMatchAction true {
        Any = "ANY", 0;
        Route = "ROUTE", 1;
        Redirect = "REDIRECT", 2;
        DirectResponse = "DIRECT_RESPONSE", 3;
    }
}

words! {
    /// `istio.networking.v1alpha3.HTTPRedirect.RedirectPortSelection`.
    HTTPRedirectRedirectPortSelection true {
        FromProtocolDefault = "FROM_PROTOCOL_DEFAULT", 0;
        FromRequestPort = "FROM_REQUEST_PORT", 1;
    }
}

words! {
    /// `istio.networking.v1alpha3.LoadBalancerSettings.SimpleLB`.
    LoadBalancerSettingsSimpleLB true {
        Unspecified = "UNSPECIFIED", 0;
        LeastConn = "LEAST_CONN", 1;
        Random = "RANDOM", 2;
        Passthrough = "PASSTHROUGH", 3;
        RoundRobin = "ROUND_ROBIN", 4;
        LeastRequest = "LEAST_REQUEST", 5;
    }
}

words! {
    /// `istio.networking.v1alpha3.OutboundTrafficPolicy.Mode`.
    OutboundTrafficPolicyMode true {
        RegistryOnly = "REGISTRY_ONLY", 0;
        AllowAny = "ALLOW_ANY", 1;
    }
}

words! {
    /// `istio.networking.v1alpha3.ServerTLSSettings.TLSProtocol`.
    ServerTLSSettingsTLSProtocol true {
        TlsAuto = "TLS_AUTO", 0;
        Tlsv10 = "TLSV1_0", 1;
        Tlsv11 = "TLSV1_1", 2;
        Tlsv12 = "TLSV1_2", 3;
        Tlsv13 = "TLSV1_3", 4;
    }
}

words! {
    /// `istio.networking.v1alpha3.ServerTLSSettings.TLSmode`.
    ServerTLSSettingsTLSmode true {
        Passthrough = "PASSTHROUGH", 0;
        Simple = "SIMPLE", 1;
        Mutual = "MUTUAL", 2;
        AutoPassthrough = "AUTO_PASSTHROUGH", 3;
        IstioMutual = "ISTIO_MUTUAL", 4;
        OptionalMutual = "OPTIONAL_MUTUAL", 5;
    }
}

words! {
    /// `istio.networking.v1alpha3.ServiceEntry.Location`.
    ServiceEntryLocation true {
        MeshExternal = "MESH_EXTERNAL", 0;
        MeshInternal = "MESH_INTERNAL", 1;
    }
}

words! {
    /// `istio.networking.v1alpha3.ServiceEntry.Resolution`.
    ServiceEntryResolution true {
        None = "NONE", 0;
        Static = "STATIC", 1;
        Dns = "DNS", 2;
        DnsRoundRobin = "DNS_ROUND_ROBIN", 3;
        DynamicDns = "DYNAMIC_DNS", 4;
    }
}

words! {
    /// `istio.networking.v1alpha3.TrafficPolicy.ProxyProtocol.VERSION`.
    TrafficPolicyProxyProtocolVERSION true {
        V1 = "V1", 0;
        V2 = "V2", 1;
    }
}

