//! Retry policies (`core/route/retry/retry.go`).

use mp_ir::mesh::Retries;
use mp_ir::plan::Retry;

const DEFAULT_ON: &str = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

/// The policy that is asked for, or Istio's own. Under a consistent hash a retry may go to the same host again.
/// No attempts mean no retries.
pub(super) fn policy(asked: Option<&Retries>, consistent_hash: bool) -> Option<Retry> {
    let mut out = Retry {
        on: DEFAULT_ON.to_owned(),
        attempts: 2,
        skip_previous_hosts: !consistent_hash,
        host_selection_attempts: 5,
        ..Retry::default()
    };
    let Some(asked) = asked else { return Some(out) };
    if asked.attempts <= 0 {
        return None;
    }
    out.attempts = u32::try_from(asked.attempts).unwrap_or(u32::MAX);
    if !asked.retry_on.is_empty() {
        (out.on, out.status_codes) = conditions(&asked.retry_on);
    }
    out.per_try_timeout = asked.per_try_timeout;
    if let Some(ignore) = asked.ignore_previous_hosts {
        out.skip_previous_hosts = ignore;
    }
    out.skip_previous_priorities = asked.remote_localities == Some(true);
    out.backoff = asked.backoff;
    Some(out)
}

/// Conditions without the numbers among them, which are statuses (`parseRetryOn`).
fn conditions(retry_on: &str) -> (String, Vec<u32>) {
    let mut codes = Vec::new();
    let mut words = Vec::new();
    for part in retry_on.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.parse::<u32>() {
            Ok(code) if is_status(code) => codes.push(code),
            _ => words.push(part),
        }
    }
    let mut on = words.join(",");
    if !codes.is_empty() && !on.contains("retriable-status-codes") {
        on.push_str(",retriable-status-codes");
    }
    (on, codes)
}

/// Statuses that have a name (`http.StatusText`); other numbers stay in the text.
fn is_status(code: u32) -> bool {
    matches!(
        code,
        100..=103 | 200..=208 | 226 | 300..=305 | 307 | 308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451 | 500..=508 | 510 | 511
    )
}
