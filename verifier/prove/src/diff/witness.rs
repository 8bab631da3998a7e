//! One request that two points see, where they may read the client's address from different places.

use mp_eval::Request;
use mp_ir::plan::EnforcementPoint;

use crate::assignment::Assignment;
use crate::encode::View;
use crate::space::Key;
use crate::witness;

const FORWARDED: &str = "x-forwarded-for";

/// Which entry of `x-forwarded-for` names the client, from the right; `None` takes the TCP peer.
fn entry(point: &EnforcementPoint) -> Option<u32> {
    match (point.use_remote_address, point.trusted_hops) {
        (true, 0) => None,
        (true, hops) => Some(hops - 1),
        (false, hops) => Some(hops),
    }
}

/// How each side reads the request: a client address of its own where they look for it in different entries.
pub(super) fn views(old: &EnforcementPoint, new: &EnforcementPoint) -> [View; 2] {
    let apart = entry(old) != entry(new);
    [View::default(), View { remote: u8::from(apart), ..View::default() }]
}

/// The request of a model; the points in the order of [`views`].
pub(super) fn request(found: &Assignment, old: &EnforcementPoint, new: &EnforcementPoint) -> Request {
    let richer = if new.http.jwt.is_some() { new } else { old };
    let mut out = witness::request(found, richer);
    let told = |point: &EnforcementPoint, key: Key| {
        let bits = found.texts.get(&key)?.first()?;
        Some((entry(point)?, witness::address(std::str::from_utf8(bits).ok()?)))
    };
    if entry(old) == entry(new) {
        return out;
    }
    let told: Vec<(u32, String)> =
        told(old, Key::Remote(0)).into_iter().chain(told(new, Key::Remote(1))).collect();
    let Some(last) = told.iter().map(|(at, _)| *at).max() else { return out };
    let address = |at: u32| told.iter().find(|(place, _)| *place == at).map(|(_, address)| address.clone());
    let entries: Vec<String> =
        (0..=last).rev().map(|at| address(at).unwrap_or_else(|| "192.0.2.1".to_owned())).collect();
    out.headers.retain(|(name, _)| name != FORWARDED);
    out.headers.push((FORWARDED.to_owned(), entries.join(", ")));
    out
}
