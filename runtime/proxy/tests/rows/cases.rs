// tidy: table
//! The cases: a name, changes of a plain configuration, requests, and a piece of each answer. `SELF` is the cluster of the case.
use serde_json::{Value, json};

use super::filter;

/// One configuration with its requests.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) filters: Vec<Value>,
    pub(crate) manager: Value,
    pub(crate) host: Value,
    pub(crate) route: Value,
    pub(crate) listener: Value,
    pub(crate) cluster: Value,
    pub(crate) requests: Vec<&'static str>,
    pub(crate) wanted: &'static [&'static str],
}

pub(crate) fn case(name: &'static str, requests: &[&'static str], wanted: &'static [&'static str]) -> Case {
    assert_eq!(requests.len(), wanted.len(), "{name}");
    let none = || json!({});
    Case {
        name,
        filters: Vec::new(),
        manager: none(),
        host: none(),
        route: none(),
        listener: none(),
        cluster: none(),
        requests: requests.to_vec(),
        wanted,
    }
}

impl Case {
    pub(crate) fn filter(mut self, kind: &str, config: Value) -> Self {
        self.filters.push(filter(kind, config));
        self
    }

    fn manager(self, manager: Value) -> Self {
        Self { manager, ..self }
    }

    pub(crate) fn host(self, host: Value) -> Self {
        Self { host, ..self }
    }

    pub(crate) fn route(self, route: Value) -> Self {
        Self { route, ..self }
    }

    pub(crate) fn listener(self, listener: Value) -> Self {
        Self { listener, ..self }
    }

    fn cluster(self, cluster: Value) -> Self {
        Self { cluster, ..self }
    }
}

const GET: &str = "GET /a HTTP/1.1\r\nhost: h\r\n\r\n";
const X: &str = "GET /a HTTP/1.1\r\nhost: h\r\nx-a: one\r\n\r\n";
const POST: &str = "POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 4\r\n\r\nbody";
const GZIP: &str = "GET /a HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip\r\n\r\n";
const UNAVAILABLE: &str = "GET /code/503 HTTP/1.1\r\nhost: h\r\n\r\n";

fn per_route(kind: &str, mut config: Value) -> Value {
    config["@type"] = json!(format!("type.googleapis.com/envoy.extensions.filters.{kind}"));
    json!({"typedPerFilterConfig": {"f": config}})
}

fn compressor(direction: Value) -> Value {
    json!({"chooseFirst": true, "responseDirectionConfig": direction, "compressorLibrary": {"name": "z", "typedConfig": {
        "@type": "type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip"}}})
}

/// A limit of one request for each value of what an action sees.
fn counted(actions: Value, entries: Value) -> Value {
    let once = json!({"maxTokens": 1, "fillInterval": "600s"});
    let plenty = json!({"maxTokens": 100, "fillInterval": "600s"});
    let all = json!({"defaultValue": {"numerator": 100}, "runtimeKey": "x"});
    json!({"statPrefix": "l", "tokenBucket": plenty, "filterEnabled": all, "filterEnforced": all,
        "descriptors": [{"entries": entries, "tokenBucket": once}], "rateLimits": [{"actions": actions}]})
}

fn authz(more: Value) -> Value {
    let mut authz =
        json!({"httpService": {"serverUri": {"uri": "http://a", "cluster": "SELF", "timeout": "2s"}}});
    super::merge(&mut authz, &more);
    authz
}

fn jwt(rules: Value) -> Value {
    let keys = json!({"keys": [{"kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0"}]}).to_string();
    json!({"providers": {"p": {"issuer": "i", "localJwks": {"inlineString": keys}, "clockSkewSeconds": 5,
            "forwardPayloadHeader": "x-payload", "padForwardPayloadHeader": true, "clearRouteCache": true,
            "normalizePayloadInMetadata": {"spaceDelimitedClaims": ["scope"]}, "payloadInMetadata": "claims"}},
        "requirementMap": {"token": {"providerName": "p"}, "open": {"allowMissing": {}}, "for-a": {
            "providerAndAudiences": {"providerName": "p", "audiences": ["a"]}}},
        "bypassCorsPreflight": true, "rules": rules})
}

/// A request with a header, which one of the matchers wants.
fn matched(matcher: Value) -> Value {
    json!({"match": {"headers": [matcher]}})
}

fn mutation(header: &str, value: &str) -> Value {
    json!({"append": {"header": {"key": header, "value": value}, "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD"}})
}

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    [
        plain(),
        managers(),
        routes(),
        retries(),
        clusters(),
        small_filters(),
        listener_filters(),
        limits(),
        authorizers(),
        tokens(),
        cleared_routes(),
        matchers(),
        found(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn plain() -> Vec<Case> {
    vec![case("plain", &[GET], &["x-forwarded-proto: http"])]
}

fn managers() -> Vec<Case> {
    const DOT: &str = "GET /a HTTP/1.1\r\nhost: h.:80\r\n\r\n";
    const FAR: &str =
        "GET /a HTTP/1.1\r\nhost: h\r\nx-request-id: 1\r\nx-forwarded-for: 192.0.2.1\r\nx-only: a\r\n\r\n";
    vec![
        case("scheme_to_overwrite", &["GET / HTTP/1.1\r\nhost: h\r\nx-forwarded-proto: http\r\n\r\n"], &["x-forwarded-proto: https"])
            .manager(json!({"schemeHeaderTransformation": {"schemeToOverwrite": "https"}})),
        case("overwritten scheme in a redirect", &["GET / HTTP/1.1\r\nhost: h\r\n\r\n"], &["location: https://h/x"])
            .manager(json!({"schemeHeaderTransformation": {"schemeToOverwrite": "https"}}))
            .route(json!({"redirect": {"pathRedirect": "/x"}})),
        case("via", &[GET], &["via: me"]).manager(json!({"via": "me"})),
        case("skip_xff_append", &[FAR], &["x-forwarded-for: 192.0.2.1\n"])
            .manager(json!({"useRemoteAddress": true, "skipXffAppend": true})),
        case("append_x_forwarded_port", &[GET], &["x-forwarded-port: port"])
            .manager(json!({"useRemoteAddress": true, "appendXForwardedPort": true, "skipXffAppend": true})),
        case("preserve_external_request_id", &[FAR], &["!x-request-id: 2"])
            .manager(json!({"useRemoteAddress": true,
            "skipXffAppend": true, "preserveExternalRequestId": true, "alwaysSetRequestIdInResponse": true})),
        case("strip_trailing_host_dot", &[DOT], &["host: h:80"])
            .manager(json!({"stripTrailingHostDot": true})),
        case("strip_matching_host_port", &[DOT], &["host: h.:80"])
            .manager(json!({"stripMatchingHostPort": true})),
        case(
            "internal_address_config",
            &[FAR, GET],
            &["x-envoy-external-address: 192.0.2.1", "x-envoy-internal: true"],
        )
        .manager(json!({"useRemoteAddress": true, "xffNumTrustedHops": 1, "skipXffAppend": true,
                "internalAddressConfig": {"cidrRanges": [{"addressPrefix": "127.0.0.0", "prefixLen": 8}]}})),
        case("internal_only_headers", &[FAR], &["!x-only"])
            .manager(json!({"routeConfig": {"internalOnlyHeaders": ["x-only"]}})),
        case("delayed_close_timeout", &["GET /a HTTP/1.1\r\n\r\n"], &["400 bad request"])
            .manager(json!({"delayedCloseTimeout": "0.1s"})),
        case("default_host_for_http_10", &["GET /a HTTP/1.0\r\n\r\n"], &["host: fallback"]).manager(
            json!({"httpProtocolOptions": {"acceptHttp10": true, "defaultHostForHttp10": "fallback"}}),
        ),
        case(
            "allow_absolute_url",
            &["GET http://other/b HTTP/1.1\r\nhost: h\r\n\r\n"],
            &["get /b http/1.1\nhost: other"],
        )
        .manager(json!({"httpProtocolOptions": {"allowAbsoluteUrl": true}})),
        case("allow_requests_without_proxy_protocol",
            &[GET, "PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\nGET /a HTTP/1.1\r\nhost: h\r\n\r\n"],
            &["x-client: 127.0.0.1", "x-client: 192.0.2.1"])
            .listener(json!({"listenerFilters": [
                {"name": "p", "typedConfig": {"allowRequestsWithoutProxyProtocol": true,
                    "@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"}},
                {"name": "t", "filterDisabled": {"destinationPortRange": {"start": 1, "end": 2}}, "typedConfig": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"}}]}))
            .route(json!({"requestHeadersToAdd": [
                {"header": {"key": "x-client", "value": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"}}]})),
        case("tracing by zipkin", &[GET], &["!traceparent"]).manager(json!({"tracing": {
            "customTags": [{"tag": "m", "metadata": {"kind": {"request": {}}, "metadataKey": {"key": "k", "path": [{"key": "p"}]}}}],
            "provider": {"name": "z", "typedConfig": {"@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
                "collectorCluster": "SELF", "collectorEndpoint": "/spans", "collectorEndpointVersion": "HTTP_JSON",
                "collectorHostname": "z", "traceId128bit": true, "traceContextOption": "USE_B3"}}}})),
    ]
}

fn routes() -> Vec<Case> {
    const PATH: &str = "GET /to-host-x HTTP/1.1\r\nhost: h\r\nx-host: named\r\n\r\n";
    let redirected = |location: &str| {
        let text = format!(
            "GET /first HTTP/1.1\r\nhost: h\r\nreply-location: {location}\r\nx-status: 303\r\nreply-x-copy: c\r\n\r\n"
        );
        &*text.leak()
    };
    let (same, secure) = (redirected("http://h/second"), redirected("https://h/second"));
    let follow = |more: Value| {
        let mut policy = json!({"redirectResponseCodes": [303], "maxInternalRedirects": 1});
        super::merge(&mut policy, &more);
        json!({"name": "here", "route": {"internalRedirectPolicy": policy}})
    };
    let predicate = |kind: &str, more: Value| {
        let mut config =
            json!({"@type": format!("type.googleapis.com/envoy.extensions.internal_redirect.{kind}")});
        super::merge(&mut config, &more);
        json!([{"name": "p", "typedConfig": config}])
    };
    vec![
        case("host_rewrite_header", &[PATH], &["host: named"]).route(json!({"route": {"hostRewriteHeader": "x-host"}})),
        case("host_rewrite_path_regex", &[PATH], &["host: x"]).route(json!({"route": {"hostRewritePathRegex": {
            "pattern": {"regex": "/to-host-(.*)"}, "substitution": "\\1"}}})),
        case("most_specific_header_mutations_wins", &[GET], &["x-level: route"])
            .manager(json!({"routeConfig": {"mostSpecificHeaderMutationsWins": true, "requestHeadersToAdd": [
                {"header": {"key": "x-level", "value": "table"}, "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD"}]}}))
            .route(json!({"requestHeadersToAdd": [
                {"header": {"key": "x-level", "value": "route"}, "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD"}]})),
        case("include_attempt_count_in_response", &[GET], &["x-envoy-attempt-count: 1"])
            .host(json!({"includeAttemptCountInResponse": true})),
        case("keep_empty_value", &[GET], &["x-empty: \n"]).route(json!({"requestHeadersToAdd": [
            {"header": {"key": "x-empty", "value": "%REQ(x-none)%"}, "keepEmptyValue": true}]})),
        case("invert_match and ignore_case", &[X, GET], &["200", "404"]).route(matched(
            json!({"name": "x-a", "stringMatch": {"exact": "ONE", "ignoreCase": true}}))),
        case("redirect_response_codes and response_headers_to_copy", &[same], &["get /second http/1.1"])
            .route(follow(json!({"responseHeadersToCopy": ["x-copy"]}))),
        case("allow_cross_scheme_redirect", &[secure], &["get /second http/1.1"])
            .route(follow(json!({"allowCrossSchemeRedirect": true}))),
        case("safe_cross_scheme", &[secure], &["303"]).route(follow(json!({"allowCrossSchemeRedirect": true,
            "predicates": predicate("safe_cross_scheme.v3.SafeCrossSchemeConfig", json!({}))}))),
        case("allowed_route_names", &[same], &["303"]).route(follow(json!({
            "predicates": predicate("allow_listed_routes.v3.AllowListedRoutesConfig", json!({"allowedRouteNames": ["other"]}))}))),
        case("allowed_route_names that hold the route", &[same], &["get /second http/1.1"]).route(follow(json!({
            "predicates": predicate("allow_listed_routes.v3.AllowListedRoutesConfig", json!({"allowedRouteNames": ["here"]}))}))),
        case("previous_routes", &[same], &["303"]).route(follow(json!({"maxInternalRedirects": 5,
            "predicates": predicate("previous_routes.v3.PreviousRoutesConfig", json!({}))}))),
        case("inline_bytes", &[GET], &["said"])
            .route(json!({"directResponse": {"status": 200, "body": {"inlineBytes": "c2FpZA=="}}})),
        case("raw_value", &[GET], &["!x-raw"])
            .route(json!({"requestHeadersToAdd": [{"header": {"key": "x-raw", "rawValue": "c2FpZA=="}}]})),
        case("disable_shadow_host_suffix_append", &[GET], &["host: h"]).route(json!({"route": {"requestMirrorPolicies": [
            {"cluster": "SELF", "disableShadowHostSuffixAppend": true}]}})),
        case("responses of the proxy itself", &[GET], &["x-code: 0"]).route(json!({"directResponse": {"status": 200},
            "responseHeadersToAdd": [{"header": {"key": "x-code", "value": "%RESPONSE_CODE%"}}]})),
        case("responses in the place of the upstream's", &[GET], &["x-code: 0"])
            .filter("http.rbac.v3.RBAC", json!({"rules": {"action": "ALLOW"}}))
            .route(json!({"responseHeadersToAdd": [{"header": {"key": "x-code", "value": "%RESPONSE_CODE%"}}]})),
        case("responses of filters", &["OPTIONS /a HTTP/1.1\r\nhost: h\r\norigin: http://o\r\naccess-control-request-method: GET\r\n\r\n"],
            &["!x-code"]).filter("http.cors.v3.Cors", json!({})).route({
                let mut route = per_route("http.cors.v3.CorsPolicy", json!({"allowOriginStringMatch": [{"exact": "http://o"}]}));
                route["responseHeadersToAdd"] = json!([{"header": {"key": "x-code", "value": "%RESPONSE_CODE%"}}]);
                route
            }),
    ]
}

fn retries() -> Vec<Case> {
    let retry = |more: Value| {
        let mut policy = json!({"retryOn": "5xx", "numRetries": 1});
        super::merge(&mut policy, &more);
        json!({"route": {"retryPolicy": policy}})
    };
    let counts = || json!({"includeAttemptCountInResponse": true});
    let inside =
        || json!({"internalAddressConfig": {"cidrRanges": [{"addressPrefix": "10.0.0.0", "prefixLen": 8}]}});
    const TWICE: &[&str] = &["x-envoy-attempt-count: 2"];
    vec![
        case("retry max_interval", &[UNAVAILABLE], TWICE).host(counts())
            .route(retry(json!({"retryBackOff": {"baseInterval": "0.01s", "maxInterval": "0.02s"}}))),
        case("rate_limited_retry_back_off", &["GET /code/503 HTTP/1.1\r\nhost: h\r\nreply-retry-after: 1\r\n\r\n"], TWICE)
            .host(counts()).route(retry(json!({"rateLimitedRetryBackOff": {"maxInterval": "2s",
                "resetHeaders": [{"name": "retry-after", "format": "SECONDS"}]}}))),
        case("retry_priority", &[UNAVAILABLE], TWICE).host(counts()).route(retry(json!({"retryPriority": {"name": "p",
            "typedConfig": {"@type": "type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
                "updateFrequency": 2}}}))),
        case("per_try_idle_timeout", &[GET], &["200"]).route(retry(json!({"perTryIdleTimeout": "2s"}))),
        case("what the client asks for", &[
            "GET /code/503 HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-retry-on: 5xx\r\n\r\n",
            "GET /code/503 HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-retry-on: 5xx\r\nx-envoy-max-retries: 2\r\n\r\n",
            "GET /code/503 HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-retry-on: retriable-status-codes\r\nx-envoy-retriable-status-codes: 500, 503\r\n\r\n",
            "GET /code/400 HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-retry-on: retriable-headers\r\nx-envoy-retriable-header-names: X-Port\r\n\r\n",
            "GET /code/503 HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-max-retries: 2\r\nx-envoy-hedge-on-per-try-timeout: false\r\n\r\n",
            "GET /code/503 HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1, 10.1.1.2\r\nx-envoy-retry-on: 5xx\r\n\r\n",
            "GET /code/200 HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nreply-grpc-status: 14\r\nx-envoy-retry-grpc-on: unavailable\r\n\r\n",
            "GET /code/200 HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nreply-grpc-status: 14\r\nx-envoy-retry-on: unavailable\r\n\r\n"],
            &["x-envoy-attempt-count: 2", "x-envoy-attempt-count: 3", "x-envoy-attempt-count: 2", "x-envoy-attempt-count: 2",
            "x-envoy-attempt-count: 1", "x-envoy-attempt-count: 1", "x-envoy-attempt-count: 2", "x-envoy-attempt-count: 1"])
            .host(counts()).manager(inside()),
        case("times that the client asks for", &[
            "GET /a HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-upstream-rq-timeout-ms: 2500\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-upstream-rq-per-try-timeout-ms: 2200\r\nx-envoy-upstream-rq-timeout-ms: 0\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-upstream-rq-per-try-timeout-ms: 9000\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 10.1.1.1\r\nx-envoy-upstream-rq-timeout-ms: x\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: h\r\nx-envoy-upstream-rq-timeout-ms: 2500\r\n\r\n"],
            &["x-envoy-expected-rq-timeout-ms: 2500", "x-envoy-expected-rq-timeout-ms: 2200", "x-envoy-expected-rq-timeout-ms: 8000",
            "x-envoy-expected-rq-timeout-ms: 8000", "x-envoy-expected-rq-timeout-ms: 8000"])
            .manager(inside()).route(json!({"route": {"timeout": "8s"}})),
        case("limits of streams in the place of timeouts", &[GET], &["!x-envoy-expected-rq-timeout-ms"])
            .route(json!({"route": {"timeout": "8s", "maxStreamDuration": {"maxStreamDuration": "9s"}}})),
        case("retry_budget", &[UNAVAILABLE], TWICE).host(counts()).route(retry(json!({})))
            .cluster(json!({"circuitBreakers": {"thresholds": [{"retryBudget": {"budgetPercent": {"value": 20.0},
                "minRetryConcurrency": 1}}]}})),
        case("retry_budget of none", &[UNAVAILABLE], &["x-envoy-attempt-count: 1"]).host(counts()).route(retry(json!({})))
            .cluster(json!({"circuitBreakers": {"thresholds": [{"maxRetries": 0}]}})),
    ]
}

fn clusters() -> Vec<Case> {
    let options = |more: Value| {
        let mut options =
            json!({"@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"});
        super::merge(&mut options, &more);
        json!({"typedExtensionProtocolOptions": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options}})
    };
    let by_source = || json!({"route": {"hashPolicy": [{"connectionProperties": {"sourceIp": true}}]}});
    let slow = || {
        json!({"slowStartWindow": "1s", "aggression": {"defaultValue": 1.0, "runtimeKey": "x"},
        "minWeightPercent": {"value": 50.0}})
    };
    let probes = || json!({"keepaliveProbes": 3, "keepaliveTime": 10, "keepaliveInterval": 5});
    let ok = |name, cluster| case(name, &[GET, GET], &["200", "200"]).cluster(cluster);
    vec![
        ok("alt_stat_name", json!({"altStatName": "other"})),
        ok("maglev_lb_config", json!({"lbPolicy": "MAGLEV",
            "maglevLbConfig": {"tableSize": 13}}))
            .route(by_source()),
        ok("ring hash_function and maximum_ring_size", json!({"lbPolicy": "RING_HASH", "ringHashLbConfig": {
            "minimumRingSize": 4, "maximumRingSize": 16, "hashFunction": "MURMUR_HASH_2"}})).route(by_source()),
        ok("least_request_lb_config", json!({"lbPolicy": "LEAST_REQUEST", "leastRequestLbConfig": {"choiceCount": 3,
            "activeRequestBias": {"defaultValue": 1.0, "runtimeKey": "x"}, "slowStartConfig": slow()}})),
        ok("round_robin_lb_config", json!({"lbPolicy": "ROUND_ROBIN", "roundRobinLbConfig": {"slowStartConfig": slow()}})),
        ok("locality_lb_config", json!({"lbPolicy": "ROUND_ROBIN", "commonLbConfig": {"zoneAwareLbConfig": {
            "failTrafficOnPanic": true}}})),
        ok("tcp_keepalive", json!({"upstreamConnectionOptions": {"tcpKeepalive": probes()}})),
        ok("upstream_bind_config", json!({"upstreamBindConfig": {"sourceAddress": {"address": "127.0.0.1", "portValue": 0}}})),
        ok("max_requests_per_connection", options(json!({"commonHttpProtocolOptions": {"maxRequestsPerConnection": 1},
            "explicitHttpConfig": {"httpProtocolOptions": {}}}))),
        ok("use_downstream_protocol_config", options(json!({"useDownstreamProtocolConfig": {"httpProtocolOptions": {},
            "http2ProtocolOptions": {"initialStreamWindowSize": 65536, "initialConnectionWindowSize": 65536}},
            "upstreamHttpProtocolOptions": {"autoSni": true, "autoSanValidation": true}}))),
        ok("overprovisioning_factor", json!({"loadAssignment": {"policy": {"overprovisioningFactor": 150,
            "weightedPriorityHealth": true}}})),
        ok("outlier detection", json!({"outlierDetection": {"consecutiveGatewayFailure": 50, "consecutiveLocalOriginFailure": 50,
            "baseEjectionTime": "1s", "maxEjectionTime": "2s", "maxEjectionTimeJitter": "0s", "alwaysEjectOneHost": true,
            "enforcingConsecutiveGatewayFailure": 100, "enforcingConsecutiveLocalOriginFailure": 100,
            "splitExternalLocalOriginErrors": true, "enforcingSuccessRate": 0,
            "enforcingFailurePercentage": 0, "enforcingFailurePercentageLocalOrigin": 0, "enforcingLocalOriginSuccessRate": 0,
            "failurePercentageMinimumHosts": 3, "failurePercentageRequestVolume": 9, "failurePercentageThreshold": 90,
            "successRateMinimumHosts": 3, "successRateRequestVolume": 9, "successRateStdevFactor": 1900, "successfulActiveHealthCheckUnejectHost": true}})),
        ok("transport_socket_matches", json!({"transportSocketMatches": [{"name": "n", "match": {"tls": "no"},
            "transportSocket": {"name": "r", "typedConfig": {
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"}}}]})),
        case("original_dst_lb_config", &["GET /a HTTP/1.1\r\nhost: h\r\n\r\n", "GET /a HTTP/1.1\r\nhost: h\r\nx-to: nowhere\r\n\r\n"],
            &["503", "503"]).cluster(json!({"type": "ORIGINAL_DST", "lbPolicy": "CLUSTER_PROVIDED", "loadAssignment": null,
            "originalDstLbConfig": {"useHttpHeader": true, "httpHeaderName": "x-to", "upstreamPortOverride": 9,
            "metadataKey": {"key": "none", "path": [{"key": "k"}]}}})),
        ok("dns_refresh_rate", json!({"dnsRefreshRate": "5s"})),
        case("default_subset", &[GET], &["503"]).cluster(json!({"lbSubsetConfig": {"fallbackPolicy": "DEFAULT_SUBSET",
            "defaultSubset": {"v": "1"}, "subsetSelectors": [{"keys": ["v"]}]}})),
    ]
}

fn small_filters() -> Vec<Case> {
    let level = |value: &str| json!({"mutations": {"requestMutations": [mutation("x-level", value)]}});
    let fault =
        json!({"abort": {"httpStatus": 418, "percentage": {"numerator": 100}}, "upstreamCluster": "another"});
    let checked = |percent: f64| {
        json!({"passThroughMode": false, "clusterMinHealthyPercentages": {"SELF": {"value": percent}},
        "headers": [{"name": ":path", "stringMatch": {"exact": "/a"}}]})
    };
    let cors = json!({"allowOriginStringMatch": [{"exact": "http://o"}], "allowPrivateNetworkAccess": true});
    vec![
        case("min_content_length and remove_accept_encoding_header", &[GZIP], &["!accept-encoding"])
            .filter("http.compressor.v3.Compressor", compressor(json!({"removeAcceptEncodingHeader": true,
                "commonConfig": {"minContentLength": 100_000}}))),
        case("content_type", &["GET /a HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip\r\nreply-content-type: image/png\r\n\r\n"],
            &["!content-encoding"]).filter("http.compressor.v3.Compressor",
                compressor(json!({"commonConfig": {"contentType": ["text/plain"]}}))),
        case("disable_on_etag_header", &["GET /a HTTP/1.1\r\nhost: h\r\naccept-encoding: gzip\r\nreply-etag: \"e\"\r\n\r\n"],
            &["!content-encoding"]).filter("http.compressor.v3.Compressor", compressor(json!({"disableOnEtagHeader": true}))),
        case("uncompressible_response_codes", &[GZIP], &["!content-encoding"])
            .filter("http.compressor.v3.Compressor", compressor(json!({"uncompressibleResponseCodes": [200]}))),
        case("remove_on_match", &[X], &["!x-a"]).filter("http.header_mutation.v3.HeaderMutation", json!({"mutations": {
            "requestMutations": [{"removeOnMatch": {"keyMatcher": {"prefix": "x-a"}}}]}})),
        case("header_mutation levels", &[GET], &["x-level: route"])
            .filter("http.header_mutation.v3.HeaderMutation", {
                let mut config = level("filter");
                config["mostSpecificHeaderMutationsWins"] = json!(true);
                config
            })
            .host(per_route("http.header_mutation.v3.HeaderMutationPerRoute", level("host")))
            .route(per_route("http.header_mutation.v3.HeaderMutationPerRoute", level("route"))),
        case("buffer disabled by the route", &[POST], &["body"]).filter("http.buffer.v3.Buffer", json!({"maxRequestBytes": 2}))
            .route(per_route("http.buffer.v3.BufferPerRoute", json!({"disabled": true}))),
        case("fault of another upstream_cluster", &[GET], &["200"]).filter("http.fault.v3.HTTPFault", fault),
        case("cluster_min_healthy_percentages", &[GET], &["200"]).filter("http.health_check.v3.HealthCheck", checked(50.0)),
        case("skip_if_empty", &[GET, X], &["x-state: old", "x-state: one"])
            .filter("http.set_filter_state.v3.Config", json!({"onRequestHeaders": [
                {"objectKey": "k", "factoryKey": "envoy.string", "formatString": {"textFormatSource": {"inlineString": "old"}}},
                {"objectKey": "k", "factoryKey": "envoy.string", "skipIfEmpty": true,
                    "formatString": {"omitEmptyValues": true, "textFormatSource": {"inlineString": "%REQ(x-a)%"}}}]}))
            .route(json!({"requestHeadersToAdd": [{"header": {"key": "x-state", "value": "%FILTER_STATE(k:PLAIN)%"}}]})),
        case("allow_private_network_access", &["OPTIONS /a HTTP/1.1\r\nhost: h\r\norigin: http://o\r\naccess-control-request-method: GET\r\naccess-control-request-private-network: true\r\n\r\n"],
            &["access-control-allow-private-network: true"])
            .filter("http.cors.v3.Cors", json!({})).route(per_route("http.cors.v3.CorsPolicy", cors)),
        case("rules with a shadow_rules_stat_prefix", &[GET], &["x-found: denied"])
            .filter("http.rbac.v3.RBAC", json!({"rulesStatPrefix": "r_", "shadowRulesStatPrefix": "s_", "shadowRules": {
                "action": "DENY", "policies": {"p": {"permissions": [{"any": true}],
                    "principals": [{"orIds": {"ids": [{"any": true}]}}]}}}}))
            .route(json!({"requestHeadersToAdd": [{"header": {"key": "x-found",
                "value": "%DYNAMIC_METADATA(envoy.filters.http.rbac:s_shadow_engine_result)%"}}]})),
        case("address_match", &["GET /a HTTP/1.1\r\nhost: h\r\nx-a: 10.1.2.3:80\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: h\r\nx-a: 192.0.2.1:80\r\n\r\n", GET], &["403", "200", "200"])
            .filter("http.set_filter_state.v3.Config", json!({"onRequestHeaders": [
                {"objectKey": "envoy.network.transport_socket.original_dst_address",
                    "formatString": {"textFormatSource": {"inlineString": "%REQ(x-a)%"}}}]}))
            .filter("http.rbac.v3.RBAC", json!({"rules": {"action": "DENY", "policies": {"p": {
                "permissions": [{"any": true}], "principals": [{"filterState": {
                    "key": "envoy.network.transport_socket.original_dst_address",
                    "addressMatch": {"ranges": [{"addressPrefix": "10.0.0.0", "prefixLen": 8}], "invertMatch": false}}}]}}}})),
        case("source_ip and destination_ip", &[GET], &["403"]).filter("http.rbac.v3.RBAC", json!({"rules": {
            "action": "DENY", "policies": {"p": {
                "permissions": [{"destinationIp": {"addressPrefix": "127.0.0.0", "prefixLen": 8}}],
                "principals": [{"sourceIp": {"addressPrefix": "127.0.0.0", "prefixLen": 8}}]}}}})),
        case("source_type and source_ports", &[GET], &["inside"]).listener(json!({"filterChains": [{"filterChainMatch": {
            "sourceType": "SAME_IP_OR_LOOPBACK", "directSourcePrefixRanges": [{"addressPrefix": "127.0.0.0", "prefixLen": 8}]},
            "transportSocketConnectTimeout": "3s", "filters": [{"name": "h", "typedConfig": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "statPrefix": "s", "httpFilters": [filter("http.router.v3.Router", json!({}))],
                "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": [{"match": {"prefix": "/"},
                    "directResponse": {"status": 200, "body": {"inlineString": "inside"}}}]}]}}}]}]})),
    ]
}

/// Which chain serves shows whether the HTTP inspector looked at the connection.
fn listener_filters() -> Vec<Case> {
    let chain = |matching: Value, text: &str| {
        json!({"filterChainMatch": matching, "filters": [{"name": "h", "typedConfig": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "statPrefix": "s", "httpFilters": [filter("http.router.v3.Router", json!({}))],
            "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": [{"match": {"prefix": "/"},
                "directResponse": {"status": 200, "body": {"inlineString": text}}}]}]}}}]})
    };
    let inspected = |name, off: Value, wanted| {
        case(name, &[GET], wanted).listener(json!({
            "filterChains": [chain(json!({"applicationProtocols": ["http/1.1"]}), "seen"), chain(json!({}), "plain")],
            "listenerFilters": [{"name": "i", "filterDisabled": off, "typedConfig": {
                "@type": "type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"}}]}))
    };
    let ports = |start: u32, end: u32| json!({"destinationPortRange": {"start": start, "end": end}});
    const SEEN: &[&str] = &["seen"];
    const PLAIN: &[&str] = &["plain"];
    vec![
        inspected("destination_port_range", ports(1, 65535), PLAIN),
        inspected("destination_port_range of others", ports(1, 2), SEEN),
        inspected("any_match", json!({"anyMatch": true}), PLAIN),
        inspected("not_match", json!({"notMatch": ports(1, 2)}), PLAIN),
        inspected("or_match", json!({"orMatch": {"rules": [ports(1, 2), ports(2, 65535)]}}), PLAIN),
        inspected("and_match", json!({"andMatch": {"rules": [ports(1, 2), ports(1, 65535)]}}), SEEN),
    ]
}

fn limits() -> Vec<Case> {
    const ONCE: &[&str] = &["200", "429"];
    let limit = |name, actions: Value, entries: Value| {
        case(name, &[X, X], ONCE).filter("http.local_ratelimit.v3.LocalRateLimit", counted(actions, entries))
    };
    vec![
        limit("remote_address", json!([{"remoteAddress": {}}]), json!([{"key": "remote_address", "value": "127.0.0.1"}]))
            .manager(json!({"useRemoteAddress": true, "skipXffAppend": true})),
        limit("masked_remote_address", json!([{"maskedRemoteAddress": {"v4PrefixMaskLen": 8, "v6PrefixMaskLen": 64}}]),
            json!([{"key": "masked_remote_address", "value": "127.0.0.0/8"}]))
            .manager(json!({"useRemoteAddress": true, "skipXffAppend": true})),
        limit("generic_key", json!([{"genericKey": {"descriptorValue": "v", "descriptorKey": "g"}}]),
            json!([{"key": "g", "value": "v"}])),
        limit("header_value_match", json!([{"headerValueMatch": {"descriptorValue": "v", "expectMatch": true,
            "headers": [{"name": "x-a", "stringMatch": {"exact": "one"}}]}}]), json!([{"key": "header_match", "value": "v"}])),
        limit("request_headers that skip_if_absent", json!([{"requestHeaders": {"headerName": "x-none", "descriptorKey": "n",
            "skipIfAbsent": true}}, {"genericKey": {"descriptorValue": "v"}}]), json!([{"key": "generic_key", "value": "v"}])),
        case("query_parameter_value_match", &["GET /a?q=1 HTTP/1.1\r\nhost: h\r\n\r\n"; 2], ONCE)
            .filter("http.local_ratelimit.v3.LocalRateLimit", counted(json!([{"queryParameterValueMatch": {
                "descriptorValue": "v", "queryParameters": [{"name": "q", "stringMatch": {"exact": "1"}}]}}]),
                json!([{"key": "query_match", "value": "v"}]))),
        case("local_rate_limit_per_downstream_connection", &[GET, GET], &["200", "200"])
            .filter("http.local_ratelimit.v3.LocalRateLimit", json!({"statPrefix": "l", "localRateLimitPerDownstreamConnection": true,
                "tokenBucket": {"maxTokens": 1, "fillInterval": "600s"},
                "filterEnabled": {"defaultValue": {"numerator": 100}, "runtimeKey": "x"},
                "filterEnforced": {"defaultValue": {"numerator": 100}, "runtimeKey": "x"}})),
        case("request_headers_to_add_when_not_enforced", &[GET, GET], &["!x-over", "x-over: yes"])
            .filter("http.local_ratelimit.v3.LocalRateLimit", json!({"statPrefix": "l",
                "tokenBucket": {"maxTokens": 1, "fillInterval": "600s"}, "rateLimitedAsResourceExhausted": true,
                "filterEnabled": {"defaultValue": {"numerator": 100}, "runtimeKey": "x"},
                "filterEnforced": {"defaultValue": {"numerator": 0}, "runtimeKey": "x"},
                "requestHeadersToAddWhenNotEnforced": [{"header": {"key": "x-over", "value": "yes"}}]})),
        case("query_parameter_name", &["GET /a?q=1 HTTP/1.1\r\nhost: h\r\n\r\n"; 2], ONCE)
            .filter("http.local_ratelimit.v3.LocalRateLimit", counted(json!([{"queryParameters": {"queryParameterName": "q",
                "descriptorKey": "k"}}]), json!([{"key": "k", "value": "1"}]))),
        case("vh_rate_limits", &[GET, GET], ONCE)
            .filter("http.local_ratelimit.v3.LocalRateLimit", {
                let mut config = counted(json!([]), json!([{"key": "generic_key", "value": "v"}]));
                config["rateLimits"] = json!([]);
                config["vhRateLimits"] = json!("INCLUDE");
                config["stage"] = json!(1);
                config["alwaysConsumeDefaultTokenBucket"] = json!(false);
                config
            })
            .host(json!({"rateLimits": [{"stage": 1, "actions": [{"genericKey": {"descriptorValue": "v"}}]}]}))
            .route(json!({"route": {"includeVhRateLimits": true}})),
    ]
}

fn authorizers() -> Vec<Case> {
    const KIND: &str = "http.ext_authz.v3.ExtAuthz";
    let told = |header: &str| {
        json!({"requestHeadersToAdd": [{"header": {"key": "x-told",
        "value": format!("%DYNAMIC_METADATA(envoy.filters.http.ext_authz:{header})%")}}]})
    };
    let lists = |more: Value| authz(json!({"httpService": {"authorizationResponse": more}}));
    let port = || json!({"patterns": [{"exact": "x-port"}]});
    vec![
        case("allowed_upstream_headers_to_append", &[GET], &["x-port: port"])
            .filter(KIND, lists(json!({"allowedUpstreamHeadersToAppend": port()}))),
        case("allowed_client_headers_on_success", &[GET], &["x-port: port"])
            .filter(KIND, lists(json!({"allowedClientHeadersOnSuccess": port()}))),
        case("dynamic_metadata_from_headers", &[GET], &["x-told: port"])
            .filter(KIND, lists(json!({"dynamicMetadataFromHeaders": port()}))).route(told("x-port")),
        case("path_override", &[GET], &["403"]).filter(KIND, authz(json!({"httpService": {"pathOverride": "/code/403"},
            "allowedHeaders": port(), "disallowedHeaders": port()}))),
        case("failure_mode_allow_header_add", &[GET], &["x-envoy-auth-failure-mode-allowed: true"])
            .filter(KIND, authz(json!({"httpService": {"pathOverride": "/code/503"}, "failureModeAllow": true,
                "failureModeAllowHeaderAdd": true}))),
        case("deny_at_disable", &[GET], &["403"]).filter(KIND, authz(json!({
            "filterEnabled": {"defaultValue": {"numerator": 0}, "runtimeKey": "x"},
            "denyAtDisable": {"defaultValue": true, "runtimeKey": "y"}}))),
        case("filter_enabled_metadata", &[GET], &["200"]).filter(KIND, authz(json!({"httpService": {"pathOverride": "/code/403"},
            "filterEnabledMetadata": {"filter": "none", "path": [{"key": "k"}], "value": {"boolMatch": true}}}))),
        case("filter_enabled_metadata that is inverted", &[GET], &["403"])
            .filter(KIND, authz(json!({"httpService": {"pathOverride": "/code/403"}, "filterEnabledMetadata": {
                "filter": "none", "path": [{"key": "k"}], "invert": true, "value": {"doubleMatch": {"exact": 1.0}}}}))),
        case("with_request_body", &[POST], &["body"]).filter(KIND, authz(json!({"clearRouteCache": true, "metadataContextNamespaces": ["none"],
            "withRequestBody": {"maxRequestBytes": 2, "allowPartialMessage": true, "packAsBytes": true}}))),
        case("with_request_body that is whole", &[POST], &["413"]).filter(KIND, authz(json!({
            "withRequestBody": {"maxRequestBytes": 2}}))),
        case("disable_request_body_buffering", &[POST], &["body"])
            .filter(KIND, authz(json!({"withRequestBody": {"maxRequestBytes": 2}})))
            .route(per_route("http.ext_authz.v3.ExtAuthzPerRoute", json!({"checkSettings": {
                "contextExtensions": {"a": "b"}, "disableRequestBodyBuffering": true}}))),
        case("ext_authz disabled", &[GET], &["200"]).filter(KIND, authz(json!({"httpService": {"pathOverride": "/code/403"}})))
            .route(per_route("http.ext_authz.v3.ExtAuthzPerRoute", json!({"disabled": true}))),
    ]
}

fn tokens() -> Vec<Case> {
    const KIND: &str = "http.jwt_authn.v3.JwtAuthentication";
    const PREFLIGHT: &str =
        "OPTIONS /a HTTP/1.1\r\nhost: h\r\norigin: http://o\r\naccess-control-request-method: GET\r\n\r\n";
    let rule = |name: &str| json!([{"match": {"prefix": "/"}, "requirementName": name}]);
    let per = |config: Value| per_route("http.jwt_authn.v3.PerRouteConfig", config);
    vec![
        case("requirement_map and bypass_cors_preflight", &[GET, PREFLIGHT], &["401", "200"])
            .filter(KIND, jwt(rule("token"))),
        case("requirement that allows none", &[GET], &["200"]).filter(KIND, jwt(rule("open"))),
        case("provider_and_audiences", &[GET], &["401"]).filter(KIND, jwt(rule("for-a"))),
        case("requirement of the route", &[GET], &["401"])
            .filter(KIND, jwt(rule("open")))
            .route(per(json!({"requirementName": "token"}))),
        case("no requirement on the route", &[GET], &["200"])
            .filter(KIND, jwt(rule("token")))
            .route(per(json!({"disabled": true}))),
    ]
}

/// A filter before the tokens changes the request, so that looking for the route again finds the second one.
fn cleared_routes() -> Vec<Case> {
    const TOKEN: &str = "GET /a HTTP/1.1\r\nhost: h\r\nauthorization: Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJpIiwic3ViIjoicyJ9.YPO_-jiq0yujZuNKiqQiyW-bFX74Y25ER45Mw2D13Us\r\n\r\n";
    let provider = |more: Value| {
        let keys = json!({"keys": [{"kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0"}]}).to_string();
        let mut provider =
            json!({"issuer": "i", "localJwks": {"inlineString": keys}, "clearRouteCache": true});
        super::merge(&mut provider, &more);
        json!({"providers": {"p": provider}, "rules": [{"match": {"prefix": "/"}, "requires": {"requiresAny": {"requirements": [
            {"providerName": "p"}, {"allowMissing": {}}]}}}]})
    };
    let routes = || {
        json!({"routes": [
            {"match": {"prefix": "/", "headers": [{"name": "x-new", "presentMatch": true}]}, "route": {"cluster": "SELF"},
                "requestHeadersToAdd": [{"header": {"key": "x-route", "value": "second"}}]},
            {"match": {"prefix": "/"}, "route": {"cluster": "SELF"},
                "requestHeadersToAdd": [{"header": {"key": "x-route", "value": "first"}}]}]})
    };
    let one = |name, more: Value, wanted| {
        case(name, &[GET, TOKEN], wanted)
            .filter(
                "http.header_mutation.v3.HeaderMutation",
                json!({"mutations": {"requestMutations": [mutation("x-new", "1")]}}),
            )
            .filter("http.jwt_authn.v3.JwtAuthentication", provider(more))
            .host(routes())
    };
    const FIRST: &[&str] = &["x-route: first", "x-route: first"];
    const SECOND: &[&str] = &["x-route: first", "x-route: second"];
    vec![
        one("clear_route_cache without a claim", json!({}), FIRST),
        one("clear_route_cache with a payload header", json!({"forwardPayloadHeader": "x-payload"}), FIRST),
        one(
            "clear_route_cache with a claim that is absent",
            json!({"claimToHeaders": [
            {"headerName": "x-claim", "claimName": "none"}]}),
            FIRST,
        ),
        one(
            "clear_route_cache with a claim",
            json!({"claimToHeaders": [{"headerName": "x-claim", "claimName": "sub"}]}),
            SECOND,
        ),
        one("clear_route_cache with metadata", json!({"payloadInMetadata": "m"}), SECOND),
    ]
}

/// The older forms of header matchers, which also say whether a header is there.
fn matchers() -> Vec<Case> {
    const OTHER: &str = "GET /a HTTP/1.1\r\nhost: h\r\nx-a: two\r\n\r\n";
    let matcher = |name: &'static str, matcher: Value| {
        let mut all = json!({"name": "x-a"});
        super::merge(&mut all, &matcher);
        case(name, &[X, OTHER, GET], &["200", "404", "404"]).route(matched(all))
    };
    vec![
        matcher("exact_match", json!({"exactMatch": "one"})),
        matcher("prefix_match", json!({"prefixMatch": "on"})),
        matcher("suffix_match", json!({"suffixMatch": "ne"})),
        matcher("contains_match", json!({"containsMatch": "n"})),
        matcher("safe_regex_match", json!({"safeRegexMatch": {"regex": "o.e"}})),
    ]
}

/// A matcher of what the shadow rules of an earlier RBAC filter have found.
fn found_by(value: &str) -> Value {
    json!({"filter": "envoy.filters.http.rbac", "path": [{"key": "s_shadow_engine_result"}],
        "value": {"stringMatch": {"exact": value}}})
}

/// Metadata of requests and routes, wherever it is asked for.
fn found() -> Vec<Case> {
    const KIND: &str = "http.rbac.v3.RBAC";
    const LIMIT: &str = "http.local_ratelimit.v3.LocalRateLimit";
    let shadow = || {
        json!({"shadowRulesStatPrefix": "s_", "shadowRules": {"action": "DENY", "policies": {"p": {
            "permissions": [{"any": true}], "principals": [{"header": {"name": "x-a", "presentMatch": true}}]}}}})
    };
    let denies = |permission: Value, principal: Value| json!({"rules": {"action": "DENY", "policies": {"p": {"permissions": [permission], "principals": [principal]}}}});
    let found =
        || json!({"sourcedMetadata": {"metadataSource": "DYNAMIC", "metadataMatcher": found_by("denied")}});
    let any = || json!({"any": true});
    let fetched = |descriptor: Value| {
        let mut action = json!({"metadata": {"descriptorKey": "d",
            "metadataKey": {"key": "envoy.filters.http.rbac", "path": [{"key": "s_shadow_engine_result"}]}}});
        super::merge(&mut action["metadata"], &descriptor);
        json!([action])
    };
    let entry = |value: &str| json!([{"key": "d", "value": value}]);
    let by_metadata = || {
        json!({"routes": [
        {"match": {"prefix": "/", "dynamicMetadata": [found_by("denied")]},
            "directResponse": {"status": 200, "body": {"inlineString": "found"}}},
        {"match": {"prefix": "/"}, "route": {"cluster": "SELF"}}]})
    };
    vec![
        case("sourced_metadata of a principal", &[X, GET], &["403", "200"]).filter(KIND, shadow())
            .filter(KIND, denies(any(), found())),
        case("sourced_metadata of a permission", &[X, GET], &["403", "200"]).filter(KIND, shadow())
            .filter(KIND, denies(found(), any())),
        case("metadata as a descriptor", &[X, X, GET], &["200", "429", "200"]).filter(KIND, shadow())
            .filter(LIMIT, counted(fetched(json!({})), entry("denied"))),
        case("metadata with a default", &[GET, GET], &["200", "429"])
            .filter(LIMIT, counted(fetched(json!({"defaultValue": "none"})), entry("none"))),
        case("dynamic_metadata of a route's match", &[X, GET], &["found", "x-port"]).filter(KIND, shadow())
            .filter("http.ext_authz.v3.ExtAuthz", authz(json!({"clearRouteCache": true,
                "httpService": {"authorizationResponse": {"allowedUpstreamHeaders": {"patterns": [{"exact": "x-port"}]}}}})))
            .host(by_metadata()),
        case("clear_route_cache with nothing that is changed", &[X], &["x-port"]).filter(KIND, shadow())
            .filter("http.ext_authz.v3.ExtAuthz", authz(json!({"clearRouteCache": true}))).host(by_metadata()),
        case("headers that an authorizer removes", &[
            "GET /a HTTP/1.1\r\nhost: h\r\nx-a: one\r\nx-b: two\r\nx-c: three\r\nreply-x-envoy-auth-headers-to-remove: x-a, X-B\r\n\r\n"],
            &["!x-a: one\nx-b: two\nx-c"])
            .filter("http.ext_authz.v3.ExtAuthz", authz(json!({"allowedHeaders": {"patterns": [{"prefix": "reply-"}]}}))),
        case("max_dynamic_descriptors", &["GET /a HTTP/1.1\r\nhost: h\r\nx-a: one\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: h\r\nx-a: one\r\n\r\n", "GET /a HTTP/1.1\r\nhost: h\r\nx-a: two\r\n\r\n",
            "GET /a HTTP/1.1\r\nhost: h\r\nx-a: one\r\n\r\n"], &["200", "429", "200", "200"]).filter(LIMIT, {
                let mut limit = counted(json!([{"requestHeaders": {"headerName": "x-a", "descriptorKey": "d"}}]), json!([{"key": "d"}]));
                limit["maxDynamicDescriptors"] = json!(1);
                limit
            }),
        case("operation of a decorator", &[GET], &["x-envoy-decorator-operation: named"])
            .listener(json!({"trafficDirection": "OUTBOUND"}))
            .manager(json!({"tracing": {"provider": {"name": "z", "typedConfig": {
                "@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
                "collectorCluster": "SELF", "collectorEndpoint": "/spans", "collectorEndpointVersion": "HTTP_JSON"}}}}))
            .route(json!({"decorator": {"operation": "named"}})),
        case("max_grpc_timeout", &[
            "POST /a HTTP/1.1\r\nhost: h\r\ncontent-type: application/grpc\r\ngrpc-timeout: 9S\r\ncontent-length: 0\r\n\r\n",
            "POST /a HTTP/1.1\r\nhost: h\r\ncontent-type: application/grpc\r\ngrpc-timeout: 1S\r\ncontent-length: 0\r\n\r\n",
            "POST /a HTTP/1.1\r\nhost: h\r\ngrpc-timeout: 9S\r\ncontent-length: 0\r\n\r\n"],
            &["grpc-timeout: 2000m", "grpc-timeout: 1000m", "grpc-timeout: 9s"])
            .route(json!({"route": {"maxGrpcTimeout": "2s"}})),
    ]
}
