// tidy: table
//! The messages of `istioctl analyze`: code, name, level and words (istio 1.31 `pkg/config/analysis/msg/messages.yaml`). Those that no
//! analyzer of files gives are left out.

use mp_ir::base::Level;

/// A kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeType {
    /// `IST` and four digits.
    pub code: &'static str,
    /// The name that Istio's documentation has for it.
    pub name: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Words in which `%s`, `%v` and `%d` stand for a value, `%q` for one in quotes.
    pub(crate) words: &'static str,
}

const fn of(code: &'static str, name: &'static str, level: Level, words: &'static str) -> NoticeType {
    NoticeType { code, name, level, words }
}

pub(crate) static DEPRECATED: NoticeType = of("IST0002", "Deprecated", Level::Warning, "Deprecated: %s");
pub(crate) static REFERENCED_RESOURCE_NOT_FOUND: NoticeType =
    of("IST0101", "ReferencedResourceNotFound", Level::Error, "Referenced %s not found: %q");
pub(crate) static NAMESPACE_NOT_INJECTED: NoticeType = of(
    "IST0102",
    "NamespaceNotInjected",
    Level::Info,
    "The namespace is not enabled for Istio injection. Run 'kubectl label namespace %s istio-injection=enabled' to enable it, or 'kubectl label namespace %s istio-injection=disabled' to explicitly mark it as not needing injection.",
);
pub(crate) static POD_MISSING_PROXY: NoticeType = of(
    "IST0103",
    "PodMissingProxy",
    Level::Warning,
    "The pod %s is missing the Istio proxy. This can often be resolved by restarting or redeploying the workload.",
);
pub(crate) static SCHEMA_VALIDATION_ERROR: NoticeType =
    of("IST0106", "SchemaValidationError", Level::Error, "Schema validation error: %v");
pub(crate) static MISPLACED_ANNOTATION: NoticeType = of(
    "IST0107",
    "MisplacedAnnotation",
    Level::Warning,
    "Misplaced annotation: %s can only be applied to %s",
);
pub(crate) static UNKNOWN_ANNOTATION: NoticeType =
    of("IST0108", "UnknownAnnotation", Level::Warning, "Unknown annotation: %s");
pub(crate) static CONFLICTING_MESH_GATEWAY_VIRTUAL_SERVICE_HOSTS: NoticeType = of(
    "IST0109",
    "ConflictingMeshGatewayVirtualServiceHosts",
    Level::Error,
    "The VirtualServices %s associated with mesh gateway define the same host %s which can lead to undefined behavior. This can be fixed by merging the conflicting VirtualServices into a single resource.",
);
pub(crate) static CONFLICTING_SIDECAR_WORKLOAD_SELECTORS: NoticeType = of(
    "IST0110",
    "ConflictingSidecarWorkloadSelectors",
    Level::Error,
    "The Sidecars %v in namespace %q select the same workload pod %q, which can lead to undefined behavior.",
);
pub(crate) static MULTIPLE_SIDECARS_WITHOUT_WORKLOAD_SELECTORS: NoticeType = of(
    "IST0111",
    "MultipleSidecarsWithoutWorkloadSelectors",
    Level::Error,
    "The Sidecars %v in namespace %q have no workload selector, which can lead to undefined behavior.",
);
pub(crate) static VIRTUAL_SERVICE_DESTINATION_PORT_SELECTOR_REQUIRED: NoticeType = of(
    "IST0112",
    "VirtualServiceDestinationPortSelectorRequired",
    Level::Error,
    "This VirtualService routes to a service %q that exposes multiple ports %v. Specifying a port in the destination is required to disambiguate.",
);
pub(crate) static DEPLOYMENT_ASSOCIATED_TO_MULTIPLE_SERVICES: NoticeType = of(
    "IST0116",
    "DeploymentAssociatedToMultipleServices",
    Level::Warning,
    "This deployment %s is associated with multiple services using port %d but different protocols: %v",
);
pub(crate) static PORT_NAME_IS_NOT_UNDER_NAMING_CONVENTION: NoticeType = of(
    "IST0118",
    "PortNameIsNotUnderNamingConvention",
    Level::Info,
    "Port name %s (port: %d, targetPort: %s) doesn't follow the naming convention of Istio port.",
);
pub(crate) static NAMESPACE_MULTIPLE_INJECTION_LABELS: NoticeType = of(
    "IST0123",
    "NamespaceMultipleInjectionLabels",
    Level::Warning,
    "The namespace has more than one type of injection labels %v, which may lead to undefined behavior. Make sure only one injection label exists.",
);
pub(crate) static INVALID_ANNOTATION: NoticeType =
    of("IST0125", "InvalidAnnotation", Level::Warning, "Invalid annotation %s: %s");
pub(crate) static UNKNOWN_MESH_NETWORKS_SERVICE_REGISTRY: NoticeType = of(
    "IST0126",
    "UnknownMeshNetworksServiceRegistry",
    Level::Error,
    "Unknown service registry %s in network %s",
);
pub(crate) static NO_MATCHING_WORKLOADS_FOUND: NoticeType = of(
    "IST0127",
    "NoMatchingWorkloadsFound",
    Level::Warning,
    "No matching workloads for this resource with the following labels: %s",
);
pub(crate) static NO_SERVER_CERTIFICATE_VERIFICATION_DESTINATION_LEVEL: NoticeType = of(
    "IST0128",
    "NoServerCertificateVerificationDestinationLevel",
    Level::Warning,
    "DestinationRule %s in namespace %s has TLS mode set to %s but no caCertificates are set to validate server identity for host: %s",
);
pub(crate) static NO_SERVER_CERTIFICATE_VERIFICATION_PORT_LEVEL: NoticeType = of(
    "IST0129",
    "NoServerCertificateVerificationPortLevel",
    Level::Warning,
    "DestinationRule %s in namespace %s has TLS mode set to %s but no caCertificates are set to validate server identity for host: %s at port %s",
);
pub(crate) static VIRTUAL_SERVICE_UNREACHABLE_RULE: NoticeType =
    of("IST0130", "VirtualServiceUnreachableRule", Level::Warning, "VirtualService rule %v not used (%s).");
pub(crate) static VIRTUAL_SERVICE_INEFFECTIVE_MATCH: NoticeType = of(
    "IST0131",
    "VirtualServiceIneffectiveMatch",
    Level::Info,
    "VirtualService rule %v match %v is not used (duplicate/overlapping match in rule %v).",
);
pub(crate) static VIRTUAL_SERVICE_HOST_NOT_FOUND_IN_GATEWAY: NoticeType = of(
    "IST0132",
    "VirtualServiceHostNotFoundInGateway",
    Level::Warning,
    "one or more host %v defined in VirtualService %s not found in Gateway %s.",
);
pub(crate) static SCHEMA_WARNING: NoticeType =
    of("IST0133", "SchemaWarning", Level::Warning, "Schema validation warning: %v");
pub(crate) static SERVICE_ENTRY_ADDRESSES_REQUIRED: NoticeType = of(
    "IST0134",
    "ServiceEntryAddressesRequired",
    Level::Warning,
    "ServiceEntry addresses are required for this protocol.",
);
pub(crate) static DEPRECATED_ANNOTATION: NoticeType = of(
    "IST0135",
    "DeprecatedAnnotation",
    Level::Info,
    "Annotation %q has been deprecated%s and may not work in future Istio versions.",
);
pub(crate) static DEPLOYMENT_CONFLICTING_PORTS: NoticeType = of(
    "IST0137",
    "DeploymentConflictingPorts",
    Level::Warning,
    "This deployment %s is associated with multiple services %v using targetPort %q but different ports: %v.",
);
pub(crate) static GATEWAY_DUPLICATE_CERTIFICATE: NoticeType = of(
    "IST0138",
    "GatewayDuplicateCertificate",
    Level::Warning,
    "Duplicate certificate in multiple gateways %v may cause 404s if clients re-use HTTP2 connections.",
);
pub(crate) static INVALID_WEBHOOK: NoticeType = of("IST0139", "InvalidWebhook", Level::Error, "%v");
pub(crate) static INGRESS_ROUTE_RULES_NOT_AFFECTED: NoticeType = of(
    "IST0140",
    "IngressRouteRulesNotAffected",
    Level::Warning,
    "Subset in virtual service %s has no effect on ingress gateway %s requests",
);
pub(crate) static INVALID_APPLICATION_UID: NoticeType = of(
    "IST0144",
    "InvalidApplicationUID",
    Level::Warning,
    "User ID (UID) 1337 is reserved for the sidecar proxy.",
);
pub(crate) static CONFLICTING_GATEWAYS: NoticeType = of(
    "IST0145",
    "ConflictingGateways",
    Level::Error,
    "Conflict with gateways %s (workload selector %s, port %s, hosts %v).",
);
pub(crate) static IMAGE_AUTO_WITHOUT_INJECTION_WARNING: NoticeType = of(
    "IST0146",
    "ImageAutoWithoutInjectionWarning",
    Level::Warning,
    "%s %s contains `image: auto` but does not match any Istio injection webhook selectors.",
);
pub(crate) static IMAGE_AUTO_WITHOUT_INJECTION_ERROR: NoticeType = of(
    "IST0147",
    "ImageAutoWithoutInjectionError",
    Level::Error,
    "%s %s contains `image: auto` but does not match any Istio injection webhook selectors.",
);
pub(crate) static NAMESPACE_INJECTION_ENABLED_BY_DEFAULT: NoticeType = of(
    "IST0148",
    "NamespaceInjectionEnabledByDefault",
    Level::Info,
    "is enabled for Istio injection, as Istio is installed with enableNamespacesByDefault as true.",
);
pub(crate) static JWT_CLAIM_BASED_ROUTING_WITHOUT_REQUEST_AUTHN: NoticeType = of(
    "IST0149",
    "JwtClaimBasedRoutingWithoutRequestAuthN",
    Level::Error,
    "The virtual service uses the JWT claim based routing (key: %s) but found no request authentication for the gateway (%s) pod (%s). The request authentication must first be applied for the gateway pods to validate the JWT token and make the claims available for routing.",
);
pub(crate) static EXTERNAL_NAME_SERVICE_TYPE_INVALID_PORT_NAME: NoticeType = of(
    "IST0150",
    "ExternalNameServiceTypeInvalidPortName",
    Level::Warning,
    "Port name for ExternalName service is invalid. Proxy may prevent tcp named ports and unmatched traffic for ports serving TCP protocol from being forwarded correctly",
);
pub(crate) static ENVOY_FILTER_USES_RELATIVE_OPERATION: NoticeType = of(
    "IST0151",
    "EnvoyFilterUsesRelativeOperation",
    Level::Warning,
    "This EnvoyFilter does not have a priority and has a relative patch operation set which can cause the EnvoyFilter not to be applied. Using the INSERT_FIRST of ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.",
);
pub(crate) static ENVOY_FILTER_USES_REPLACE_OPERATION_INCORRECTLY: NoticeType = of(
    "IST0152",
    "EnvoyFilterUsesReplaceOperationIncorrectly",
    Level::Error,
    "The REPLACE operation is only valid for HTTP_FILTER and NETWORK_FILTER.",
);
pub(crate) static ENVOY_FILTER_USES_ADD_OPERATION_INCORRECTLY: NoticeType = of(
    "IST0153",
    "EnvoyFilterUsesAddOperationIncorrectly",
    Level::Error,
    "The ADD operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.",
);
pub(crate) static ENVOY_FILTER_USES_REMOVE_OPERATION_INCORRECTLY: NoticeType = of(
    "IST0154",
    "EnvoyFilterUsesRemoveOperationIncorrectly",
    Level::Error,
    "The REMOVE operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.",
);
pub(crate) static ENVOY_FILTER_USES_RELATIVE_OPERATION_WITH_PROXY_VERSION: NoticeType = of(
    "IST0155",
    "EnvoyFilterUsesRelativeOperationWithProxyVersion",
    Level::Warning,
    "This EnvoyFilter does not have a priority and has a relative patch operation (NSTERT_BEFORE/AFTER, REPLACE, MERGE, DELETE) and proxyVersion set which can cause the EnvoyFilter not to be applied during an upgrade. Using the INSERT_FIRST or ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.",
);
pub(crate) static INVALID_TELEMETRY_PROVIDER: NoticeType = of(
    "IST0157",
    "InvalidTelemetryProvider",
    Level::Warning,
    "The Telemetry %v in namespace %q with empty providers will be ignored.",
);
pub(crate) static PODS_ISTIO_PROXY_IMAGE_MISMATCH_IN_NAMESPACE: NoticeType = of(
    "IST0158",
    "PodsIstioProxyImageMismatchInNamespace",
    Level::Warning,
    "The Istio proxy images of the pods running in the namespace do not match the image defined in the injection configuration (pod names: %v). This often happens after upgrading the Istio control-plane and can be fixed by redeploying the pods.",
);
pub(crate) static CONFLICTING_TELEMETRY_WORKLOAD_SELECTORS: NoticeType = of(
    "IST0159",
    "ConflictingTelemetryWorkloadSelectors",
    Level::Error,
    "The Telemetries %v in namespace %q select the same workload pod %q, which can lead to undefined behavior.",
);
pub(crate) static MULTIPLE_TELEMETRIES_WITHOUT_WORKLOAD_SELECTORS: NoticeType = of(
    "IST0160",
    "MultipleTelemetriesWithoutWorkloadSelectors",
    Level::Error,
    "The Telemetries %v in namespace %q have no workload selector, which can lead to undefined behavior.",
);
pub(crate) static INVALID_GATEWAY_CREDENTIAL: NoticeType = of(
    "IST0161",
    "InvalidGatewayCredential",
    Level::Error,
    "The credential referenced by the Gateway %s in namespace %s is invalid, which can cause the traffic not to work as expected.",
);
pub(crate) static GATEWAY_PORT_NOT_DEFINED_ON_SERVICE: NoticeType = of(
    "IST0162",
    "GatewayPortNotDefinedOnService",
    Level::Warning,
    "The gateway is listening on a target port (port %d) that is not defined in the Service associated with its workload instances (Pod selector %s). If you need to access the gateway port through the gateway Service, it will not be available.",
);
pub(crate) static INVALID_EXTERNAL_CONTROL_PLANE_CONFIG: NoticeType = of(
    "IST0163",
    "InvalidExternalControlPlaneConfig",
    Level::Warning,
    "The hostname (%s) that was provided for the webhook (%s) to reach the ingress gateway on the external control plane cluster %s. Traffic may not flow properly.",
);
pub(crate) static EXTERNAL_CONTROL_PLANE_ADDRESS_IS_NOT_A_HOSTNAME: NoticeType = of(
    "IST0164",
    "ExternalControlPlaneAddressIsNotAHostname",
    Level::Info,
    "The address (%s) that was provided for the webhook (%s) to reach the ingress gateway on the external control plane cluster is an IP address. This is not recommended for a production environment.",
);
pub(crate) static REFERENCED_INTERNAL_GATEWAY: NoticeType = of(
    "IST0165",
    "ReferencedInternalGateway",
    Level::Warning,
    "Gateway reference in VirtualService %s is to an implementation-generated internal Gateway: %s.",
);
pub(crate) static INEFFECTIVE_SELECTOR: NoticeType = of(
    "IST0166",
    "IneffectiveSelector",
    Level::Warning,
    "Ineffective selector on Kubernetes Gateway %s. Use the TargetRef field instead.",
);
pub(crate) static INEFFECTIVE_POLICY: NoticeType =
    of("IST0167", "IneffectivePolicy", Level::Warning, "The policy has no impact: %s.");
pub(crate) static MULTI_CLUSTER_INCONSISTENT_SERVICE: NoticeType = of(
    "IST0170",
    "MultiClusterInconsistentService",
    Level::Warning,
    "The service %v in namespace %q is inconsistent across clusters %q, which can lead to undefined behaviors. The inconsistent behaviors are: %v.",
);
pub(crate) static NEGATIVE_CONDITION_STATUS: NoticeType = of(
    "IST0171",
    "NegativeConditionStatus",
    Level::Warning,
    "A condition with a negative status is present: type=%s, reason=%s, message=%s.",
);
pub(crate) static DESTINATION_RULE_SUBSET_NOT_SELECT_PODS: NoticeType = of(
    "IST0173",
    "DestinationRuleSubsetNotSelectPods",
    Level::Error,
    "The Subset %s defined in the DestinationRule does not select any pods. Which may lead to 503 UH (NoHealthyUpstream).",
);
pub(crate) static UNKNOWN_DESTINATION_RULE_HOST: NoticeType = of(
    "IST0174",
    "UnknownDestinationRuleHost",
    Level::Warning,
    "The host %s defined in the DestinationRule does not match any services in the mesh.",
);
pub(crate) static JWKS_URI_FETCH_UNRESTRICTED: NoticeType = of(
    "IST0175",
    "JwksUriFetchUnrestricted",
    Level::Warning,
    "BLOCKED_CIDRS_IN_JWKS_URIS is not configured but %d RequestAuthentication resource(s) exist (%s). Consider configuring it to restrict JWKS URI fetches to trusted networks.",
);
pub(crate) static GATEWAY_API_CRD_VERSION_BELOW_MINIMUM: NoticeType = of(
    "IST0176",
    "GatewayAPICRDVersionBelowMinimum",
    Level::Warning,
    "Gateway API CRD %q is at version %q but Istio requires at least %q; resources of this kind will not be processed. Upgrade the Gateway API CRDs to satisfy the minimum version.",
);
pub(crate) static CONFLICTING_SERVICE_ENTRY_PROTOCOL: NoticeType = of(
    "IST0177",
    "ConflictingServiceEntryProtocol",
    Level::Warning,
    "Multiple ServiceEntries (%s) define the same host %q and port %d with conflicting protocols (%s).",
);

/// All of them, by code.
pub static NOTICES: &[&NoticeType] = &[
    &DEPRECATED,
    &REFERENCED_RESOURCE_NOT_FOUND,
    &NAMESPACE_NOT_INJECTED,
    &POD_MISSING_PROXY,
    &SCHEMA_VALIDATION_ERROR,
    &MISPLACED_ANNOTATION,
    &UNKNOWN_ANNOTATION,
    &CONFLICTING_MESH_GATEWAY_VIRTUAL_SERVICE_HOSTS,
    &CONFLICTING_SIDECAR_WORKLOAD_SELECTORS,
    &MULTIPLE_SIDECARS_WITHOUT_WORKLOAD_SELECTORS,
    &VIRTUAL_SERVICE_DESTINATION_PORT_SELECTOR_REQUIRED,
    &DEPLOYMENT_ASSOCIATED_TO_MULTIPLE_SERVICES,
    &PORT_NAME_IS_NOT_UNDER_NAMING_CONVENTION,
    &NAMESPACE_MULTIPLE_INJECTION_LABELS,
    &INVALID_ANNOTATION,
    &UNKNOWN_MESH_NETWORKS_SERVICE_REGISTRY,
    &NO_MATCHING_WORKLOADS_FOUND,
    &NO_SERVER_CERTIFICATE_VERIFICATION_DESTINATION_LEVEL,
    &NO_SERVER_CERTIFICATE_VERIFICATION_PORT_LEVEL,
    &VIRTUAL_SERVICE_UNREACHABLE_RULE,
    &VIRTUAL_SERVICE_INEFFECTIVE_MATCH,
    &VIRTUAL_SERVICE_HOST_NOT_FOUND_IN_GATEWAY,
    &SCHEMA_WARNING,
    &SERVICE_ENTRY_ADDRESSES_REQUIRED,
    &DEPRECATED_ANNOTATION,
    &DEPLOYMENT_CONFLICTING_PORTS,
    &GATEWAY_DUPLICATE_CERTIFICATE,
    &INVALID_WEBHOOK,
    &INGRESS_ROUTE_RULES_NOT_AFFECTED,
    &INVALID_APPLICATION_UID,
    &CONFLICTING_GATEWAYS,
    &IMAGE_AUTO_WITHOUT_INJECTION_WARNING,
    &IMAGE_AUTO_WITHOUT_INJECTION_ERROR,
    &NAMESPACE_INJECTION_ENABLED_BY_DEFAULT,
    &JWT_CLAIM_BASED_ROUTING_WITHOUT_REQUEST_AUTHN,
    &EXTERNAL_NAME_SERVICE_TYPE_INVALID_PORT_NAME,
    &ENVOY_FILTER_USES_RELATIVE_OPERATION,
    &ENVOY_FILTER_USES_REPLACE_OPERATION_INCORRECTLY,
    &ENVOY_FILTER_USES_ADD_OPERATION_INCORRECTLY,
    &ENVOY_FILTER_USES_REMOVE_OPERATION_INCORRECTLY,
    &ENVOY_FILTER_USES_RELATIVE_OPERATION_WITH_PROXY_VERSION,
    &INVALID_TELEMETRY_PROVIDER,
    &PODS_ISTIO_PROXY_IMAGE_MISMATCH_IN_NAMESPACE,
    &CONFLICTING_TELEMETRY_WORKLOAD_SELECTORS,
    &MULTIPLE_TELEMETRIES_WITHOUT_WORKLOAD_SELECTORS,
    &INVALID_GATEWAY_CREDENTIAL,
    &GATEWAY_PORT_NOT_DEFINED_ON_SERVICE,
    &INVALID_EXTERNAL_CONTROL_PLANE_CONFIG,
    &EXTERNAL_CONTROL_PLANE_ADDRESS_IS_NOT_A_HOSTNAME,
    &REFERENCED_INTERNAL_GATEWAY,
    &INEFFECTIVE_SELECTOR,
    &INEFFECTIVE_POLICY,
    &MULTI_CLUSTER_INCONSISTENT_SERVICE,
    &NEGATIVE_CONDITION_STATUS,
    &DESTINATION_RULE_SUBSET_NOT_SELECT_PODS,
    &UNKNOWN_DESTINATION_RULE_HOST,
    &JWKS_URI_FETCH_UNRESTRICTED,
    &GATEWAY_API_CRD_VERSION_BELOW_MINIMUM,
    &CONFLICTING_SERVICE_ENTRY_PROTOCOL,
];
