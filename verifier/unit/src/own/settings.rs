//! Timeouts, retries, faults, mirrors and header changes of the route beside those that a test wants.

use mp_ir::mesh::Mesh;
use mp_ir::plan::{Abort, Fraction, HeaderValue, Mirror};

use super::format::{self, Expect};
use super::judge::{Differences, host_fits, nanos};
use super::walk::{Seen, To};
use crate::reader::{Located, ReadError};

/// Envoy's own timeout of a route that states none.
const ENVOY_TIMEOUT: i128 = 15_000_000_000;

/// Adds what differs.
pub(super) fn judge(
    out: &mut Differences,
    expect: &Expect,
    seen: &Seen,
    mesh: &Mesh,
) -> Result<(), ReadError> {
    if let Some(want) = &expect.timeout {
        let wanted = nanos(&want.value, want.span)?;
        let actual = seen.forward.as_ref().map(|forward| forward.timeout.unwrap_or(ENVOY_TIMEOUT));
        if actual != Some(wanted) {
            let words = actual.map_or("no route that goes on".to_owned(), duration);
            out.add("timeout", want, want.value.clone(), words);
        }
    }
    if let Some(want) = &expect.retries {
        retries(out, want, seen)?;
    }
    if let Some(want) = &expect.fault {
        fault(out, want, seen)?;
    }
    if let Some(want) = &expect.mirror {
        mirrors(out, want, seen, mesh);
    }
    let headers = &seen.headers;
    if let Some(want) = &expect.request_headers {
        changes(out, "requestHeaders", want, &headers.request_add, &headers.request_remove);
    }
    if let Some(want) = &expect.response_headers {
        changes(out, "responseHeaders", want, &headers.response_add, &headers.response_remove);
    }
    Ok(())
}

fn retries(out: &mut Differences, want: &Located<format::Retries>, seen: &Seen) -> Result<(), ReadError> {
    let retry = seen.forward.as_ref().and_then(|forward| forward.retry.as_ref());
    let attempts = retry.map_or(0, |retry| retry.attempts);
    out.part("retries.attempts", want, want.attempts.as_ref(), Some(&attempts));
    if let Some(text) = &want.per_try_timeout {
        let wanted = nanos(text, want.span)?;
        let actual = retry.and_then(|retry| retry.per_try_timeout).unwrap_or_default();
        if wanted != actual {
            out.add("retries.perTryTimeout", want, text.clone(), duration(actual));
        }
    }
    if !want.retry_on.is_empty() {
        let sorted = |words: Vec<&str>| {
            let mut words = words;
            words.sort_unstable();
            words.join(",")
        };
        let actual =
            retry.map(|retry| sorted(retry.on.split(',').map(str::trim).collect())).unwrap_or_default();
        let wanted = sorted(want.retry_on.iter().flat_map(|words| words.split(',')).map(str::trim).collect());
        out.part("retries.retryOn", want, Some(&wanted), Some(&actual));
    }
    Ok(())
}

fn fault(out: &mut Differences, want: &Located<format::Fault>, seen: &Seen) -> Result<(), ReadError> {
    let abort = seen.fault.as_ref().and_then(|fault| fault.abort);
    let delay = seen.fault.as_ref().and_then(|fault| fault.delay);
    if want.value == format::Fault::default() {
        if abort.is_some() || delay.is_some() {
            out.add("fault", want, "no fault".to_owned(), "a fault is injected".to_owned());
        }
        return Ok(());
    }
    let status = abort.map(|(abort, _)| match abort {
        Abort::Http(status) | Abort::Grpc(status) => status,
    });
    out.part("fault.abort", want, want.abort.map(u32::from).as_ref(), status.as_ref());
    let share = abort.map(|(_, share)| share.map_or(0.0, percent));
    out.part("fault.abortPercent", want, want.abort_percent.as_ref(), share.as_ref());
    if let Some(text) = &want.delay {
        let wanted = nanos(text, want.span)?;
        let actual = delay.map(|(pause, _)| pause);
        if actual != Some(wanted) {
            out.add("fault.delay", want, text.clone(), duration(actual.unwrap_or_default()));
        }
    }
    let share = delay.map(|(_, share)| percent(share));
    out.part("fault.delayPercent", want, want.delay_percent.as_ref(), share.as_ref());
    Ok(())
}

fn mirrors(
    out: &mut Differences,
    want: &crate::reader::OneOrMany<Located<format::Mirror>>,
    seen: &Seen,
    mesh: &Mesh,
) {
    let mut left: Vec<&Mirror> = seen.forward.iter().flat_map(|forward| &forward.mirrors).collect();
    for one in want.iter() {
        let fits = |mirror: &&Mirror| {
            let to = To::of(&mirror.cluster, 100);
            host_fits(&one.host, &to.host, mesh)
                && one.port.is_none_or(|port| u32::from(port) == to.port)
                && one.subset.as_ref().is_none_or(|subset| *subset == to.subset)
                && one.percent.is_none_or(|share| (share - percent(mirror.fraction)).abs() < 1e-9)
        };
        match left.iter().position(fits) {
            Some(at) => {
                left.remove(at);
            }
            None => out.add("mirror", one, one.host.clone(), shown(&left)),
        }
    }
    if let (Some(first), false) = (want.first(), left.is_empty()) {
        out.add("mirror", first, "no other mirror".to_owned(), shown(&left));
    }
}

fn shown(mirrors: &[&Mirror]) -> String {
    let one = |mirror: &&Mirror| {
        let to = To::of(&mirror.cluster, 100);
        let subset = if to.subset.is_empty() { String::new() } else { format!(" subset `{}`", to.subset) };
        format!("{} port {}{subset} {} %", to.host, to.port, percent(mirror.fraction))
    };
    let all: Vec<String> = mirrors.iter().map(one).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

/// The changes that a test names must be there; others may be.
fn changes(
    out: &mut Differences,
    field: &str,
    want: &Located<format::Headers>,
    written: &[HeaderValue],
    removed: &[String],
) {
    for (list, overwrite, part) in [(&want.set, true, "set"), (&want.add, false, "add")] {
        for (name, value) in list {
            let same = |header: &&HeaderValue| {
                header.overwrite == overwrite && header.name.eq_ignore_ascii_case(name)
            };
            let actual = written.iter().find(same).map(|header| &header.value);
            out.part(&format!("{field}.{part}.{name}"), want, Some(value), actual);
        }
    }
    for name in
        want.remove.iter().filter(|name| !removed.iter().any(|known| known.eq_ignore_ascii_case(name)))
    {
        let actual = if removed.is_empty() { "none".to_owned() } else { removed.join(", ") };
        out.add(&format!("{field}.remove"), want, name.clone(), actual);
    }
}

#[expect(clippy::cast_precision_loss, reason = "shares are at most a million")]
fn percent(share: Fraction) -> f64 {
    share.per_million() as f64 / 10_000.0
}

/// Nanoseconds for people; 0 is no limit.
fn duration(nanos: i128) -> String {
    match nanos {
        0 => "none".to_owned(),
        n if n % 1_000_000_000 == 0 => format!("{}s", n / 1_000_000_000),
        n if n % 1_000_000 == 0 => format!("{}ms", n / 1_000_000),
        n => format!("{n}ns"),
    }
}
