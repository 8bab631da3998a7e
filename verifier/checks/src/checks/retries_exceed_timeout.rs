//! # Retries that do not fit into the timeout
//!
//! `timeout` bounds a request with all of its tries. Where each try may take `perTryTimeout`, and the tries before the last one fill `timeout` already, the last
//! retries never run when the server is slow.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   http:
//!   - route: [{destination: {host: cart}}]
//!     timeout: 3s
//!     retries: {attempts: 3, perTryTimeout: 2s}
//! #            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1018 6s
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   hosts: [cart.example]
//!   http:
//!   - route: [{destination: {host: cart}}]
//!     timeout: 7s
//!     retries: {attempts: 3, perTryTimeout: 2s}
//!   - route: [{destination: {host: cart}}]
//!     timeout: 3s
//!     retries: {attempts: 3}
//!   - route: [{destination: {host: cart}}]
//!     retries: {attempts: 9, perTryTimeout: 20s}
//!   - route: [{destination: {host: cart}}]
//!     timeout: 0s
//!     retries: {attempts: 9, perTryTimeout: 20s}
//! ```

use mp_ir::base::Level;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP1018",
    name: "retries-exceed-timeout",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("retries_exceed_timeout.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.virtual_services {
        for (at, route) in service.http.iter().enumerate() {
            let Some(timeout) = route.timeout.filter(|nanos| *nanos > 0) else { continue };
            let Some(retries) = route.retries.as_ref().filter(|r| r.attempts > 0) else { continue };
            let Some(each) = retries.per_try_timeout.filter(|nanos| *nanos > 0) else { continue };
            let tries = i128::from(retries.attempts) + 1;
            let begins = each.saturating_mul(tries - 1);
            if begins < timeout {
                continue;
            }
            let field = format!("spec.http[{at}].retries");
            let place = cx.place(&service.meta.object, &field).or(route.origin);
            let message = format!(
                "the last of {tries} tries would begin after {}, but the request ends after {}",
                shown(begins),
                shown(timeout)
            );
            out.report(place, &service.meta.object, field, message)
                .label(format!("a slow server gets {} of these {tries} tries", (timeout + each - 1) / each))
                .also(
                    cx.place(&service.meta.object, &format!("spec.http[{at}].timeout")),
                    "all tries end here",
                )
                .help(format!(
                    "raise `timeout` to {}, or lower `perTryTimeout` or `attempts`",
                    shown(each.saturating_mul(tries))
                ));
        }
    }
}

/// Nanoseconds in seconds, as YAML has them.
fn shown(nanos: i128) -> String {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if rest == 0 {
        return format!("{seconds}s");
    }
    let fraction = format!("{rest:09}");
    format!("{seconds}.{}s", fraction.trim_end_matches('0'))
}
