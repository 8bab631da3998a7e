//! When a failed try is followed by another one (`RetryStateImpl::wouldRetry`).

use mp_ir::plan::Retry;

use super::around::Answered;
use super::response::grpc_status_in_head;

/// Why a try gave no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There was no connection, with the reason that the log has.
    Connect(String),
    /// The upstream closed the connection.
    Closed,
    /// The upstream refused the stream.
    Refused,
    /// The upstream's answer was no HTTP.
    Garbled,
    /// The time for one try was over.
    TryTimeout,
    /// The time for all tries was over.
    Timeout,
}

/// Whether `on` names one of the conditions.
fn asks(policy: &Retry, conditions: &[&str]) -> bool {
    policy.on.split(',').any(|word| conditions.contains(&word.trim()))
}

/// Whether another try follows a failure.
pub(crate) fn after_failure(policy: &Retry, failure: &Failure) -> bool {
    let wide = asks(policy, &["5xx", "gateway-error", "reset"]);
    match failure {
        Failure::Timeout => false,
        Failure::Connect(_) => wide || asks(policy, &["connect-failure", "reset-before-request"]),
        Failure::Refused => wide || asks(policy, &["refused-stream"]),
        Failure::Closed | Failure::Garbled | Failure::TryTimeout => wide,
    }
}

/// Whether another try follows a response.
pub(crate) fn after_response(policy: &Retry, answered: &Answered) -> bool {
    let status = answered.status;
    let grpc = match grpc_status_in_head(answered) {
        Some(1) => asks(policy, &["cancelled"]),
        Some(4) => asks(policy, &["deadline-exceeded"]),
        Some(8) => asks(policy, &["resource-exhausted"]),
        Some(13) => asks(policy, &["internal"]),
        Some(14) => asks(policy, &["unavailable"]),
        _ => false,
    };
    grpc || ((500..600).contains(&status) && asks(policy, &["5xx"]))
        || ((502..=504).contains(&status) && asks(policy, &["gateway-error"]))
        || (status == 409 && asks(policy, &["retriable-4xx"]))
        || (policy.status_codes.contains(&status) && asks(policy, &["retriable-status-codes"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_decide() {
        let policy = |on: &str| Retry { on: on.to_owned(), status_codes: vec![503], ..Retry::default() };
        let answered = |status| Answered { status, ..Answered::default() };
        let istio = policy("connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes");
        assert!(after_failure(&istio, &Failure::Connect(String::new())));
        assert!(!after_failure(&istio, &Failure::Closed));
        assert!(after_failure(&policy("5xx"), &Failure::Closed));
        assert!(after_response(&istio, &answered(503)) && !after_response(&istio, &answered(502)));
        assert!(after_response(&policy("gateway-error"), &answered(502)));
        let grpc = |status: &str| Answered {
            status: 200,
            headers: vec![("grpc-status".to_owned(), status.to_owned())],
            ..Answered::default()
        };
        assert!(after_response(&istio, &grpc("14")) && !after_response(&istio, &grpc("5")));
    }
}
