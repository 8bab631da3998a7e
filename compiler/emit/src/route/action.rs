//! What a route does: forward, redirect, answer.

use mp_ir::plan::{
    Body, Denominator, DirectResponse, Forward, Fraction, HashPolicy, Mirror, Redirect, RedirectPath, Retry,
    Target, WeightedCluster,
};
use serde_json::{Value, json};

use super::header_mutation;
use crate::json::{Object, duration, extension, list};

const PREVIOUS_HOSTS: &str = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate";
const PREVIOUS_PRIORITIES: &str =
    "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig";

pub(super) fn forward(forward: &Forward) -> Value {
    let object = match &forward.target {
        Target::Cluster(cluster) => Object::new().set("cluster", cluster.as_str()),
        Target::Weighted(clusters) => {
            let clusters = Object::new().unless_default("clusters", list(clusters.iter().map(weighted)));
            Object::new().set("weightedClusters", clusters)
        }
    };
    let stream = |(life, grpc): (i128, i128)| json!({"maxStreamDuration": duration(life), "grpcTimeoutHeaderMax": duration(grpc)});
    object
        .maybe("clusterNotFoundResponseCode", forward.cluster_not_found.map(not_found))
        .maybe("timeout", forward.timeout.map(duration))
        .maybe("maxGrpcTimeout", forward.max_grpc_timeout.map(duration))
        .maybe("maxStreamDuration", forward.max_stream_duration.map(stream))
        .maybe("retryPolicy", forward.retry.as_ref().map(retry))
        .maybe("prefixRewrite", forward.prefix_rewrite.as_deref())
        .maybe("regexRewrite", forward.regex_rewrite.as_ref().map(regex_rewrite))
        .maybe("hostRewriteLiteral", forward.host_rewrite.as_deref())
        .unless_default("appendXForwardedHost", forward.append_x_forwarded_host)
        .unless_default("requestMirrorPolicies", list(forward.mirrors.iter().map(mirror)))
        .unless_default("hashPolicy", list(forward.hash_policies.iter().map(hash_policy)))
        .into()
}

/// Envoy has names for the statuses of an unknown cluster.
fn not_found(status: u32) -> &'static str {
    match status {
        404 => "NOT_FOUND",
        500 => "INTERNAL_SERVER_ERROR",
        _ => "SERVICE_UNAVAILABLE",
    }
}

fn weighted(cluster: &WeightedCluster) -> Value {
    let object = Object::new().set("name", cluster.cluster.as_str()).set("weight", cluster.weight);
    header_mutation(object, &cluster.headers)
        .maybe("hostRewriteLiteral", cluster.host_rewrite.as_deref())
        .into()
}

fn retry(retry: &Retry) -> Value {
    let host =
        || list([extension("envoy.retry_host_predicates.previous_hosts", Object::typed(PREVIOUS_HOSTS))]);
    let priority = || {
        let config = Object::typed(PREVIOUS_PRIORITIES).set("updateFrequency", 2);
        extension("envoy.retry_priorities.previous_priorities", config)
    };
    Object::new()
        .set("retryOn", retry.on.as_str())
        .set("numRetries", retry.attempts)
        .maybe("perTryTimeout", retry.per_try_timeout.map(duration))
        .unless_default("retriableStatusCodes", list(retry.status_codes.iter().copied()))
        .maybe("retryHostPredicate", retry.skip_previous_hosts.then(host))
        .maybe("retryPriority", retry.skip_previous_priorities.then(priority))
        .unless_default("hostSelectionRetryMaxAttempts", retry.host_selection_attempts)
        .maybe("retryBackOff", retry.backoff.map(|pause| json!({"baseInterval": duration(pause)})))
        .into()
}

fn regex_rewrite((regex, substitution): &(String, String)) -> Value {
    json!({"pattern": {"regex": regex}, "substitution": substitution})
}

fn mirror(mirror: &Mirror) -> Value {
    Object::new()
        .set("cluster", mirror.cluster.as_str())
        .set("runtimeFraction", json!({"defaultValue": fraction(mirror.fraction)}))
        .set("traceSampled", false)
        .unless_default("disableShadowHostSuffixAppend", mirror.keep_host)
        .into()
}

/// A `FractionalPercent`.
pub(super) fn fraction(fraction: Fraction) -> Value {
    let denominator = match fraction.denominator {
        Denominator::Hundred => None,
        Denominator::TenThousand => Some("TEN_THOUSAND"),
        Denominator::Million => Some("MILLION"),
    };
    Object::new().set("numerator", fraction.numerator).maybe("denominator", denominator).into()
}

fn hash_policy(policy: &HashPolicy) -> Value {
    match policy {
        HashPolicy::Header(name) => json!({"header": {"headerName": name}}),
        HashPolicy::SourceIp(on) => json!({"connectionProperties": {"sourceIp": on}}),
        HashPolicy::QueryParameter(name) => json!({"queryParameter": {"name": name}}),
        HashPolicy::Cookie { name, ttl, path, attributes } => {
            let attribute = |(name, value): &(String, String)| json!({"name": name, "value": value});
            let cookie = Object::new()
                .set("name", name.as_str())
                .maybe("ttl", ttl.map(duration))
                .unless_default("path", path.as_str())
                .unless_default("attributes", list(attributes.iter().map(attribute)));
            Object::new().set("cookie", cookie).into()
        }
    }
}

pub(super) fn redirect(redirect: &Redirect) -> Value {
    let code = match redirect.code {
        302 => Some("FOUND"),
        303 => Some("SEE_OTHER"),
        307 => Some("TEMPORARY_REDIRECT"),
        308 => Some("PERMANENT_REDIRECT"),
        _ => None,
    };
    let object = match &redirect.path {
        RedirectPath::Full(path) => Object::new().set("pathRedirect", path.as_str()),
        RedirectPath::Prefix(prefix) => Object::new().set("prefixRewrite", prefix.as_str()),
    };
    object
        .unless_default("hostRedirect", redirect.host.as_str())
        .maybe("schemeRedirect", redirect.scheme.as_deref())
        .unless_default("portRedirect", redirect.port)
        .maybe("responseCode", code)
        .into()
}

pub(super) fn direct(direct: &DirectResponse) -> Value {
    let body = direct.body.as_ref().map(|body| match body {
        Body::Text(text) => json!({"inlineString": text}),
        Body::Base64(bytes) => json!({"inlineBytes": bytes}),
    });
    Object::new().set("status", direct.status).maybe("body", body).into()
}
