//! When a retry policy wants another attempt.
use super::clock::Expired;
use super::forward::Failure;
use crate::cluster::ConnectFailure;
use crate::config::retry::{RetryOn, RetryPolicy};
use crate::http::Head;

fn request_allows(policy: &RetryPolicy, request: &Head) -> bool {
    policy.requests.is_empty() || policy.requests.iter().any(|m| m.matches(request))
}

/// Whether the policy wants another attempt after a failure.
pub(super) fn wants_failure_retry(policy: &RetryPolicy, failure: &Failure, request: &Head) -> bool {
    let any = RetryOn::SERVER_ERROR.union(RetryOn::GATEWAY_ERROR).union(RetryOn::RESET);
    if !request_allows(policy, request) {
        return false;
    }
    match failure {
        Failure::Connect(ConnectFailure::Overflow) | Failure::Body(_) | Failure::Gone => false,
        Failure::Connect(ConnectFailure::Refused(text)) if text.is_empty() => false,
        Failure::Connect(_) => {
            policy.on.has(any.union(RetryOn::CONNECT_FAILURE).union(RetryOn::RESET_BEFORE_REQUEST))
        }
        Failure::Refused => policy.on.has(any.union(RetryOn::REFUSED_STREAM)),
        Failure::Closed
        | Failure::Reset
        | Failure::Protocol
        | Failure::Expired(Expired::Try | Expired::TryIdle) => policy.on.has(any),
        Failure::Expired(_) => false,
    }
}

/// Whether the policy wants another attempt after a response.
pub(super) fn wants_response_retry(policy: &RetryPolicy, response: &Head, request: &Head) -> bool {
    if response.has(b"x-envoy-overloaded") || !request_allows(policy, request) {
        return false;
    }
    if response.has(b"x-envoy-ratelimited") {
        return policy.on.has(RetryOn::RATE_LIMITED);
    }
    let status = response.status;
    let grpc = response.get(b"grpc-status").and_then(|s| std::str::from_utf8(s).ok()?.parse::<u8>().ok());
    let grpc = match grpc {
        Some(1) => policy.on.has(RetryOn::GRPC_CANCELLED),
        Some(4) => policy.on.has(RetryOn::GRPC_DEADLINE),
        Some(8) => policy.on.has(RetryOn::GRPC_EXHAUSTED),
        Some(13) => policy.on.has(RetryOn::GRPC_INTERNAL),
        Some(14) => policy.on.has(RetryOn::GRPC_UNAVAILABLE),
        _ => false,
    };
    grpc || ((500..600).contains(&status) && policy.on.has(RetryOn::SERVER_ERROR))
        || ((502..=504).contains(&status) && policy.on.has(RetryOn::GATEWAY_ERROR))
        || (status == 409 && policy.on.has(RetryOn::RETRIABLE_4XX))
        || (policy.on.has(RetryOn::STATUS_CODES) && policy.codes.contains(&status))
        || (policy.on.has(RetryOn::HEADERS) && policy.headers.iter().any(|m| m.matches(response)))
}
