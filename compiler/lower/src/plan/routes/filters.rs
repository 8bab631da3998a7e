//! Faults, CORS and sticky sessions of a route (`TranslateFault`, `TranslateCORSPolicy`).

use mp_ir::mesh::{CorsPolicy, HttpRoute, Percent, Service};
use mp_ir::plan::{Abort, Cors, Denominator, Fault, Fraction, StatefulSession};
use mp_model::admission::GRPC_STATUSES;

use crate::Context;

const NANOS: i128 = 1_000_000_000;

/// Faults; an empty `fault` is an empty policy, which does nothing.
pub(super) fn fault(route: &HttpRoute) -> Option<Fault> {
    if !route.fault_written {
        return None;
    }
    let delay = route.fault_delay.as_ref().map(|delay| {
        let whole = u32::try_from(delay.percent).unwrap_or_default();
        (delay.fixed, delay.percentage.map_or(hundredths(whole), millionths))
    });
    let abort = route.fault_abort.as_ref().and_then(|abort| {
        let grpc = || abort.grpc_status.as_deref().map(|name| Abort::Grpc(grpc_status(name)));
        let error = abort.http_status.map(Abort::Http).or_else(grpc)?;
        Some((error, abort.percentage.map(millionths)))
    });
    Some(Fault { delay, abort })
}

/// A share in parts per million; what is finer is cut.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts saturate, as the API allows 0 to 100"
)]
pub(super) fn millionths(share: Percent) -> Fraction {
    Fraction { numerator: (share.0 * 10_000.0) as u32, denominator: Denominator::Million }
}

/// A share in whole percents.
pub(super) fn hundredths(numerator: u32) -> Fraction {
    Fraction { numerator, denominator: Denominator::Hundred }
}

/// Numbers of gRPC statuses; an unknown name counts as `OK`, as in istiod.
fn grpc_status(name: &str) -> u32 {
    GRPC_STATUSES
        .iter()
        .position(|known| *known == name)
        .and_then(|at| u32::try_from(at).ok())
        .unwrap_or_default()
}

/// A CORS policy.
pub(super) fn cors(policy: &CorsPolicy) -> Cors {
    Cors {
        allow_origins: policy.allow_origins.clone(),
        allow_methods: policy.allow_methods.join(","),
        allow_headers: policy.allow_headers.join(","),
        expose_headers: policy.expose_headers.join(","),
        max_age: policy.max_age.map(|age| (age / NANOS).to_string()).unwrap_or_default(),
        allow_credentials: policy.allow_credentials,
        forward_not_matching_preflights: policy.unmatched_preflights != "IGNORE",
    }
}

/// Sticky sessions that labels of a service ask for (`MaybeBuildStatefulSessionFilterConfig`).
pub(super) fn stateful_session(cx: &Context<'_>, service: &Service) -> Option<StatefulSession> {
    if !cx.mesh.compat.flag("PILOT_ENABLE_PERSISTENT_SESSION_FILTER", false) {
        return None;
    }
    let label = |variable: &str, default: &str| {
        let name = cx.mesh.compat.env.get(variable).map_or(default, String::as_str);
        service.meta.labels.get(name).filter(|value| !value.is_empty())
    };
    if let Some(cookie) = label("PILOT_PERSISTENT_SESSION_LABEL", "istio.io/persistent-session") {
        let (name, path) = cookie.split_once(':').unwrap_or((cookie, "/"));
        return Some(StatefulSession::Cookie { name: name.to_owned(), path: path.to_owned() });
    }
    label("PILOT_PERSISTENT_SESSION_HEADER_LABEL", "istio.io/persistent-session-header")
        .cloned()
        .map(StatefulSession::Header)
}
