"""MeshConfig, MeshNetworks, feature flags of istiod, and what a proxy tells of itself."""
from traffic import connection_pool, locality_lb, outlier, positive

BASE = {
    "defaultConfig": {"discoveryAddress": "istiod.istio-system.svc:15012"},
    "defaultProviders": {"metrics": ["prometheus"]},
    "enablePrometheusMerge": True, "rootNamespace": "istio-system", "trustDomain": "cluster.local",
}


def providers(r, mesh):
    """Extension providers: their names by use, and the list."""
    name, ns, ports = r.choice(mesh.app_services())
    to = lambda: {"service": r.pick(f"{name}.{ns}.svc.cluster.local", f"{ns}/{name}.{ns}.svc.cluster.local"),
                  "port": (ports or [80])[0]}
    if r.chance(0.05):
        to = lambda: {"service": "nothere.example.com", "port": 80}
    body = lambda: {"maxRequestBytes": 1024, **r.fields({"allowPartialMessage": lambda: True, "packAsBytes": lambda: True}, 0.5)}
    http = lambda: {**to(), **r.fields({
        "timeout": lambda: positive(r), "failOpen": lambda: True, "statusOnError": lambda: r.pick("503", "401"),
        "pathPrefix": lambda: "/check", "includeRequestHeadersInCheck": lambda: r.some(["x-a", "x-p*", "*-s"]),
        "includeHeadersInCheck": lambda: ["x-old"],
        "includeAdditionalHeadersInCheck": lambda: {"x-z": "1", "x-y": "2"}, "includeRequestBodyInCheck": body,
        "headersToUpstreamOnAllow": lambda: r.some(["x-u", "x-u*"]), "headersToDownstreamOnDeny": lambda: ["x-d"],
        "headersToDownstreamOnAllow": lambda: ["x-o"], "clearRouteCache": lambda: True}, 0.3)}
    grpc = lambda: {**to(), **r.fields({
        "timeout": lambda: positive(r), "failOpen": lambda: True, "statusOnError": lambda: "500",
        "clearRouteCache": lambda: True, "includeRequestBodyInCheck": body}, 0.35)}
    text = lambda: r.pick({"text": "%PROTOCOL% %REQ(X)%"}, {"text": "a\n"}, {"labels": {"b": "%BYTES_SENT%", "a": "%START_TIME%"}},
                          {"labels": {"n": {"m": "%PROTOCOL%"}}})
    als = lambda: {**to(), **r.fields({"logName": lambda: "ln", "filterStateObjectsToLog": lambda: ["f1", "wasm.x"],
                                       "additionalRequestHeadersToLog": lambda: ["x-1"], "additionalResponseHeadersToLog": lambda: ["x-2"],
                                       "additionalResponseTrailersToLog": lambda: ["x-3"]}, 0.4)}
    tcp_als = lambda: {**to(), **r.fields({"logName": lambda: "ln", "filterStateObjectsToLog": lambda: ["f1"]}, 0.4)}
    odd = lambda: r.fields({"text": lambda: "%PROTOCOL%", "labels": lambda: {"k": "%BYTES_SENT%", "j": "x"}}, 0.5)
    otel_als = lambda: {**to(), **r.fields({"logName": lambda: "ol", "logFormat": odd}, 0.5)}
    http_service = lambda: {"path": "/v1/traces", **r.fields({"timeout": lambda: positive(r), "headers": lambda: [
        {"name": "x-k", **r.pick({"value": "v"}, {"envName": "HOSTNAME"})}]}, 0.5)}
    otel = lambda: {**to(), **r.fields({"maxTagLength": lambda: 44, "http": http_service, "resourceDetectors": lambda: r.pick(
        {"environment": {}}, {"dynatrace": {}}, {"environment": {}, "dynatrace": {}})}, 0.4)}
    if r.chance(0.3):
        base = otel
        otel = lambda: {**base(), "dynatraceSampler": {"tenant": "t", "clusterId": 7, **r.fields({"rootSpansPerMinute": lambda: 9}, 0.5),
                        **r.fields({"httpService": lambda: {**to(), "http": http_service()}}, 0.5)}}
        if r.chance(0.7):
            otel = base
    tag = lambda key: lambda: {**to(), **r.fields({"maxTagLength": lambda: 33, **key}, 0.5)}
    all_ = {
        "ext-http": ("ext", "envoyExtAuthzHttp", http), "ext-grpc": ("ext", "envoyExtAuthzGrpc", grpc),
        "file": ("log", "envoyFileAccessLog", lambda: {"path": r.pick("/dev/stdout", "/var/log/a"), **r.fields({"logFormat": text, "omitEmptyValues": lambda: True}, 0.6)}),
        "als": ("log", "envoyHttpAls", als), "tcpals": ("log", "envoyTcpAls", tcp_als), "otelals": ("log", "envoyOtelAls", otel_als),
        "otel": ("trace", "opentelemetry", otel),
        "zipkin": ("trace", "zipkin", tag({"enable64bitTraceId": lambda: True, "path": lambda: "/api/x",
                                           "traceContextOption": lambda: r.pick("USE_B3", "USE_B3_WITH_W3C_PROPAGATION"),
                                           "timeout": lambda: positive(r), "headers": lambda: [{"name": "x-z", "value": "1"}]})),
        "lightstep": ("trace", "lightstep", tag({"accessToken": lambda: "tok"})),
        "datadog": ("trace", "datadog", tag({})), "skywalking": ("trace", "skywalking", lambda: {**to(), **r.fields({"accessToken": lambda: "t"}, 0.5)}),
        "sdmetrics": ("trace", "stackdriver", lambda: r.fields({"maxTagLength": lambda: 22}, 0.5)),
    }
    names = {"ext": [], "log": [], "trace": []}
    out = []
    for n in r.some(all_, 2, 5):
        use, field, make = all_[n]
        names[use].append(n)
        out.append({"name": n, field: make()})
    return names, out


def default_config(r):
    return r.fields({
        "tracing": lambda: {**r.pick({"zipkin": {"address": "orders.shop:80"}}, {"zipkin": {"address": "zipkin.istio-system:9411"}}, {"datadog": {"address": "dd.x:8126"}},
                                     {"lightstep": {"address": "l.x:80", "accessToken": "t"}}, {"openCensusAgent": {"address": "o.x:1"}}, {}),
                            **r.fields({"sampling": lambda: r.pick(0, 1.5, 100), "maxPathTagLength": lambda: 77,
                                        "customTags": lambda: {"ct": {"header": {"name": "x-c"}}, "ca": {"literal": {"value": "q"}}},
                                        "tlsSettings": lambda: {"mode": "SIMPLE", "caCertificates": "/x"},
                                        "enableIstioTags": lambda: r.chance(0.5)}, 0.35)},
        "gatewayTopology": lambda: r.fields({"numTrustedProxies": lambda: r.pick(1, 2), "forwardClientCertDetails": lambda: r.pick(
            "SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"), "proxyProtocol": lambda: {}}, 0.5, 1),
        "proxyHeaders": lambda: r.fields({
            "forwardedClientCert": lambda: r.pick("SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"),
            "setCurrentClientCertDetails": lambda: r.fields({"subject": lambda: True, "cert": lambda: True, "chain": lambda: True, "dns": lambda: True, "uri": lambda: r.chance(0.5)}, 0.5),
            "requestId": lambda: {"disabled": r.chance(0.6)}, "server": lambda: r.pick({"disabled": True}, {"value": "srv"}, {}),
            "attemptCount": lambda: {"disabled": r.chance(0.6)}, "envoyDebugHeaders": lambda: {"disabled": r.chance(0.6)},
            "metadataExchangeHeaders": lambda: {"mode": r.pick("UNDEFINED", "IN_MESH")},
            "xForwardedHost": lambda: {"enabled": True}, "xForwardedPort": lambda: {"enabled": True},
            "preserveHttp1HeaderCase": lambda: True}, 0.3, 1),
        "interceptionMode": lambda: r.pick("REDIRECT", "TPROXY", "NONE"),
        "proxyMetadata": lambda: {"ISTIO_META_DNS_CAPTURE": "true"},
        "privateKeyProvider": lambda: r.pick({"cryptomb": {"pollDelay": "10ms"}}, {"qat": {"pollDelay": "5ms"}}),
        "statusPort": lambda: 15022, "proxyAdminPort": lambda: 15009, "concurrency": lambda: 4,
        "drainDuration": lambda: "9s", "statNameLength": lambda: 100, "serviceCluster": lambda: "sc",
    }, 0.13, 1)


def mesh_config(r, mesh):
    return r.fields({
        "protocolDetectionTimeout": lambda: r.pick("0s", "5s", "100ms"),
        "connectTimeout": lambda: r.pick("1s", "7s"),
        "tcpKeepalive": lambda: {"probes": 3, "time": "10s"},
        "h2UpgradePolicy": lambda: r.pick("UPGRADE", "DO_NOT_UPGRADE"),
        "outboundTrafficPolicy": lambda: {"mode": r.pick("REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY_DYNAMIC_DNS")},
        "inboundTrafficPolicy": lambda: {"mode": r.pick("PASSTHROUGH", "LOCALHOST")},
        "accessLogFile": lambda: "/dev/stdout", "accessLogFormat": lambda: r.pick("%PROTOCOL%\n", '{"a":"%PROTOCOL%"}'),
        "accessLogEncoding": lambda: r.pick("TEXT", "JSON"),
        "enableTracing": lambda: r.chance(0.7),
        "enableAutoMtls": lambda: r.chance(0.4),
        "trustDomainAliases": lambda: ["td1", "td2"], "trustDomain": lambda: "other.domain",
        "defaultServiceExportTo": lambda: r.pick(["."], ["*"], ["~"]), "defaultVirtualServiceExportTo": lambda: r.pick(["."], ["*"]),
        "defaultDestinationRuleExportTo": lambda: r.pick(["."], ["*"]),
        "localityLbSetting": lambda: locality_lb(r),
        "dnsRefreshRate": lambda: r.pick("5s", "100s"),
        "ingressControllerMode": lambda: r.pick("OFF", "DEFAULT", "STRICT"),
        "disableEnvoyListenerLog": lambda: True, "enableEnvoyAccessLogService": lambda: True,
        "verifyCertificateAtClient": lambda: True,
        "pathNormalization": lambda: {"normalization": r.pick("DEFAULT", "NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES")},
        "defaultHttpRetryPolicy": lambda: r.pick({"attempts": 0}, {"attempts": 3, "retryOn": "5xx"}, {"attempts": 1, "perTryTimeout": "1s", "backoff": "2s"}, {"retryOn": "503,reset"}),
        "defaultTrafficPolicy": lambda: r.fields({"connectionPool": lambda: connection_pool(r), "outlierDetection": lambda: outlier(r)}, 0.6, 1),
        "meshMTLS": lambda: r.fields({"minProtocolVersion": lambda: r.pick("TLSV1_2", "TLSV1_3", "TLS_AUTO"), "cipherSuites": lambda: ["ECDHE-RSA-AES256-GCM-SHA384"],
                                      }, 0.6, 1),
        "tlsDefaults": lambda: r.fields({"minProtocolVersion": lambda: r.pick("TLSV1_2", "TLSV1_3"), "cipherSuites": lambda: ["ECDHE-RSA-AES256-GCM-SHA384"],
                                         "ecdhCurves": lambda: ["P-256", "X25519"]}, 0.6, 1),
        "outboundClusterStatName": lambda: "%SERVICE%_%SERVICE_FQDN%_%SERVICE_PORT%_%SERVICE_PORT_NAME%_%SUBSET_NAME%_%TARGET_PORT%_%SERVICE_NAME%",
        "inboundClusterStatName": lambda: "%SERVICE%_%SERVICE_FQDN%_%SERVICE_PORT%_%SERVICE_PORT_NAME%_%TARGET_PORT%",
        "serviceSettings": lambda: [{"settings": {"clusterLocal": True}, "hosts": [r.pick("*.shop.svc.cluster.local", "catalog.shop.svc.cluster.local", "*")]}],
        "defaultProviders": lambda: r.fields({"metrics": lambda: r.pick(["prometheus"], []), "accessLogging": lambda: ["envoy"]}, 0.6),
        "maxConnectionsToAcceptPerEvent": lambda: 5, "enablePrometheusMerge": lambda: False,
        "discoverySelectors": lambda: [{"matchLabels": {"purpose": "shop"}}],
        "hboneIdleTimeout": lambda: "1h",
    }, 0.045, 1)


ENV = [
    "PILOT_ENABLE_ALPN_FILTER=false",
    "PILOT_ENABLE_METADATA_EXCHANGE=false",
    "PILOT_ENABLE_TELEMETRY_LABEL=false",
    "PILOT_ENDPOINT_TELEMETRY_LABEL=false",
    "PILOT_SCOPE_GATEWAY_TO_NAMESPACE=true",
    "PILOT_FILTER_GATEWAY_CLUSTER_CONFIG=true",
    "PILOT_SEND_UNHEALTHY_ENDPOINTS=true",
    "PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS=false",
    "PILOT_ENABLE_PERSISTENT_SESSION_FILTER=true",
    "ENABLE_TLS_ON_SIDECAR_INGRESS=true",
    "PILOT_ENABLE_MONGO_FILTER=false",
    "PILOT_ENABLE_MYSQL_FILTER=true",
    "PILOT_ENABLE_REDIS_FILTER=true",
    "ENABLE_ENHANCED_DESTINATIONRULE_MERGE=false",
    "PREFER_DESTINATIONRULE_TLS_FOR_EXTERNAL_SERVICES=false",
    "PILOT_DISABLE_MX_ALPN=true",
    "ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY=false",
    "PILOT_HTTP10=true",
    "ISTIO_DUAL_STACK=true",
    "PILOT_SKIP_VALIDATE_TRUST_DOMAIN=true",
    "PILOT_TRACE_SAMPLING=50",
    "ENABLE_100_CONTINUE_HEADERS=false",
    "PILOT_UNIFIED_SIDECAR_SCOPE=false",
    "PILOT_ENABLE_STRICT_GATEWAY_MERGING=false",
    "PILOT_MX_ADDITIONAL_LABELS=foo,app",
    "PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE=false",
    "LABEL_CANONICAL_SERVICES_FOR_MESH_EXTERNAL_SERVICE_ENTRIES=true",
    "ENABLE_HCM_INTERNAL_NETWORKS=true",
    "PILOT_ENABLE_SERVICEENTRY_SELECT_PODS=false",
    "ENABLE_WILDCARD_HOST_SERVICE_ENTRIES_FOR_TLS=true",
    "ENABLE_MCS_HOST=true",
    "PILOT_DRAINING_LABEL=version",
    "DISABLE_SHADOW_HOST_SUFFIX=false",
    "DISABLE_TRACK_REMAINING_CB_METRICS=false",
    "ENABLE_LOCALITY_WEIGHTED_LB_CONFIG=true",
    "MAX_CONNECTIONS_PER_SOCKET_EVENT_LOOP=0",
    "PILOT_ALLOW_SIDECAR_SERVICE_INBOUND_LISTENER_MERGE=true",
    "PILOT_DNS_CARES_UDP_MAX_QUERIES=0",
    "PILOT_DNS_JITTER_DURATION=0s",
    "PILOT_ENABLE_ABSOLUTE_FQDN_VHOST_DOMAIN=false",
    "PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES=true",
    "PILOT_ENABLE_IP_AUTOALLOCATE=false",
    "PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES=false",
    "PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS=true",
    "PILOT_ENABLE_ROUTE_COLLAPSE_OPTIMIZATION=false",
    "PILOT_GATEWAY_TRANSPORT_SOCKET_CONNECT_TIMEOUT=0s",
    "PILOT_JWT_ENABLE_REMOTE_JWKS=envoy",
    "PILOT_SIDECAR_USE_REMOTE_ADDRESS=true",
    "ISTIO_ENABLE_IPV4_OUTBOUND_LISTENER_FOR_IPV6_CLUSTERS=true",
    "PILOT_PERSISTENT_SESSION_LABEL=app",
    "PILOT_ENABLE_QUIC_LISTENERS=true",
    "PILOT_ENABLE_GATEWAY_API=false",
    "PILOT_ENABLE_AMBIENT=true",
    "RESOLVE_HOSTNAME_GATEWAYS=false",
    "ENABLE_LAZY_SIDECAR_EVALUATION=false",
    "PILOT_CONVERT_SIDECAR_SCOPE_CONCURRENCY=4",
    "PILOT_IGNORE_RESOURCES=telemetry.istio.io",
    "PILOT_ALLOW_ANY_DYNAMIC_DNS_MAX_HOSTS=5",
]

METADATA = [
    {"INTERCEPTION_MODE": "TPROXY"}, {"INTERCEPTION_MODE": "NONE"}, {"NETWORK": "net2"}, {"DNS_CAPTURE": "true"}, {"DNS_AUTO_ALLOCATE": "true"},
    {"HTTP10": "1"}, {"ISTIO_PROXY_SHA": "x"}, {"ROUTER_MODE": "sni-dnat"}, {"REQUESTED_NETWORK_VIEW": "net1"}, {"IDLE_TIMEOUT": "10s"},
    {"TLS_CLIENT_CERT_CHAIN": "/c/c.pem", "TLS_CLIENT_KEY": "/c/k.pem", "TLS_CLIENT_ROOT_CERT": "/c/r.pem"},
    {"TLS_SERVER_CERT_CHAIN": "/s/c.pem", "TLS_SERVER_KEY": "/s/k.pem", "TLS_SERVER_ROOT_CERT": "/s/r.pem"},
    {"UNPRIVILEGED_POD": "true"}, {"ENVOY_SKIP_DEPRECATED_LOGS": "true"}, {"STS_PORT": "15463"}, {"INBOUND_LISTENER_EXACT_BALANCE": "true"},
    {"OUTBOUND_LISTENER_EXACT_BALANCE": "true"}, {"GENERATOR": ""}, {"MESH_ID": "m2"}, {"OWNER": "kubernetes://apis/apps/v1/namespaces/shop/deployments/w"},
    {"CREDENTIAL_METADATA_EXISTS": "true"}, {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "true"}, {"ENABLE_HBONE": "true"},
    {"ISTIO_META_X": "y"}, {"PROXY_VIA_AGENT": "true"}, {"WORKLOAD_NAME": "wl"},
]
