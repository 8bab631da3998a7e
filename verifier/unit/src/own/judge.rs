//! What a test wants beside what happened.

use mp_eval::Verdict;
use mp_ir::mesh::Mesh;

use super::fault;
use super::format::{Decision, Destination, Expect, Redirect, Rewrite};
use super::settings;
use super::walk::{Answer, Seen, To};
use crate::reader::{Located, OneOrMany, ReadError};
use crate::verdict::Mismatch;

/// The word for "there must be none".
const NONE: &str = "none";

/// All fields that are not as expected.
pub(super) fn judge(expect: &Expect, seen: &Seen, mesh: &Mesh) -> Result<Vec<Mismatch>, ReadError> {
    let mut out = Differences::default();
    if let Some(want) = &expect.route
        && asked(&mut out, "route", seen, want)
    {
        let actual = seen.route.as_deref().unwrap_or(NONE);
        out.text("route", want, actual, shown(actual));
    }
    if let Some(want) = &expect.virtual_service
        && asked(&mut out, "virtualService", seen, want)
    {
        let actual =
            seen.virtual_service.as_ref().map_or(NONE.to_owned(), |(ns, name)| format!("{ns}/{name}"));
        out.text("virtualService", want, &actual, actual.clone());
    }
    if let Some(want) = &expect.to {
        destinations(&mut out, want, seen, mesh);
    }
    if let Some(want) = &expect.status {
        status(&mut out, want, &seen.answer);
    }
    if let Some(want) = &expect.redirect {
        redirect(&mut out, want, seen);
    }
    if let Some(want) = &expect.rewrite {
        rewrite(&mut out, want, seen);
    }
    policies(&mut out, expect, seen);
    settings::judge(&mut out, expect, seen, mesh)?;
    Ok(out.0)
}

/// The mismatches found so far.
#[derive(Debug, Default)]
pub(super) struct Differences(Vec<Mismatch>);

impl Differences {
    /// A field that differs.
    pub(super) fn add<T>(&mut self, field: &str, place: &Located<T>, expected: String, actual: String) {
        self.0.push(Mismatch { field: field.to_owned(), expected, actual, origin: Some(place.span) });
    }

    fn text(&mut self, field: &str, want: &Located<String>, actual: &str, words: String) {
        if want.value != actual {
            self.add(field, want, shown(&want.value), words);
        }
    }

    /// A part of a field; nothing wanted is nothing compared.
    pub(super) fn part<T, V: PartialEq + std::fmt::Display>(
        &mut self,
        field: &str,
        place: &Located<T>,
        want: Option<&V>,
        actual: Option<&V>,
    ) {
        if let Some(want) = want.filter(|want| Some(*want) != actual) {
            let actual = actual.map_or(NONE.to_owned(), ToString::to_string);
            self.add(field, place, want.to_string(), actual);
        }
    }
}

fn shown(text: &str) -> String {
    if text.is_empty() { "a route without name".to_owned() } else { text.to_owned() }
}

/// Whether routes were asked; a test that wants one of a request that goes straight to a workload fails.
fn asked<T>(out: &mut Differences, field: &str, seen: &Seen, place: &Located<T>) -> bool {
    if !seen.routed {
        out.add(
            field,
            place,
            "a route".to_owned(),
            "a call of the workload itself, which has no routes".to_owned(),
        );
    }
    seen.routed
}

fn destinations(out: &mut Differences, want: &OneOrMany<Located<Destination>>, seen: &Seen, mesh: &Mesh) {
    let mut left: Vec<&To> = seen.to.iter().collect();
    for one in want.iter() {
        match left.iter().position(|to| fits(one, to, mesh)) {
            Some(at) => {
                left.remove(at);
            }
            None => {
                let same_host = |to: &&&To| host_fits(&one.host, &to.host, mesh);
                let same = |to: &&&To| same_host(to) && one.subset.as_ref() == Some(&to.subset);
                let near = left.iter().find(same).or_else(|| left.iter().find(same_host));
                let actual = near.map_or_else(|| all_destinations(seen), |to| destination(to));
                out.add("to", one, wanted(one), actual);
            }
        }
    }
    let Some(first) = want.first() else { return };
    // Every destination is to be named; those that stand for one that differs were told already.
    let told = want.len().saturating_sub(seen.to.len() - left.len());
    for to in left.iter().skip(told) {
        out.add("to", first, "no other destination".to_owned(), destination(to));
    }
}

fn fits(want: &Destination, to: &To, mesh: &Mesh) -> bool {
    host_fits(&want.host, &to.host, mesh)
        && want.port.is_none_or(|port| u32::from(port) == to.port)
        && want.subset.as_ref().is_none_or(|subset| *subset == to.subset)
        && want.weight.is_none_or(|weight| weight == to.weight)
}

/// Whether a host is the one that is wanted, by its full name or by the start of it.
pub(super) fn host_fits(want: &str, host: &str, mesh: &Mesh) -> bool {
    let rest = host.strip_prefix(want);
    let of_cluster = host.ends_with(&format!(".svc.{}", mesh.settings.domain));
    rest.is_some_and(|rest| rest.is_empty() || (of_cluster && rest.starts_with('.')))
}

fn wanted(want: &Destination) -> String {
    let port = want.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let subset = want.subset.as_ref().map(|subset| format!(" subset `{subset}`")).unwrap_or_default();
    let weight = want.weight.map(|weight| format!(" weight {weight}")).unwrap_or_default();
    format!("{}{port}{subset}{weight}", want.host)
}

fn destination(to: &To) -> String {
    let subset = if to.subset.is_empty() { String::new() } else { format!(" subset `{}`", to.subset) };
    let port = if to.port == 0 { String::new() } else { format!(" port {}", to.port) };
    format!("{}{port}{subset} weight {}", to.host, to.weight)
}

fn all_destinations(seen: &Seen) -> String {
    match seen.to.as_slice() {
        [] => answer(&seen.answer),
        some => some.iter().map(destination).collect::<Vec<_>>().join(", "),
    }
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Upstream => "it reaches a workload".to_owned(),
        Answer::Proxy(status) => format!("the proxy answers {status}"),
        Answer::Ended(how) | Answer::Unknown(how) => how.clone(),
    }
}

fn status(out: &mut Differences, want: &Located<u16>, seen: &Answer) {
    let same = match seen {
        Answer::Upstream => want.value == 200,
        Answer::Proxy(status) => u32::from(want.value) == *status,
        Answer::Ended(_) | Answer::Unknown(_) => false,
    };
    if !same {
        out.add("status", want, want.value.to_string(), answer(seen));
    }
}

fn redirect(out: &mut Differences, want: &Located<Redirect>, seen: &Seen) {
    let Some((status, location)) = &seen.redirect else {
        out.add("redirect", want, "a redirect".to_owned(), all_destinations(seen));
        return;
    };
    out.part("redirect.location", want, want.location.as_ref(), Some(location));
    out.part("redirect.status", want, want.status.map(u32::from).as_ref(), Some(status));
}

fn rewrite(out: &mut Differences, want: &Located<Rewrite>, seen: &Seen) {
    if seen.forward.is_none() {
        out.add("rewrite", want, "a request that goes on".to_owned(), answer(&seen.answer));
        return;
    }
    out.part("rewrite.path", want, want.path.as_ref(), Some(&seen.path));
    out.part("rewrite.authority", want, want.authority.as_ref(), Some(&seen.authority));
}

/// Why nobody says anything of the request's admission.
fn undecided(seen: &Seen) -> Option<String> {
    let arrival = &seen.arrival;
    let lost = || arrival.lost.as_ref().map(|(_, why)| why.clone());
    arrival.unknown.clone().or_else(lost).or_else(|| match (&seen.answer, arrival.decisions.is_empty()) {
        (Answer::Unknown(why), _) => Some(why.clone()),
        (other, true) => Some(answer(other)),
        _ => None,
    })
}

/// Decision, who makes it, and mutual TLS.
fn policies(out: &mut Differences, expect: &Expect, seen: &Seen) {
    let arrival = &seen.arrival;
    let unknown = undecided(seen);
    if let Some(want) = &expect.decision {
        let differing = arrival.decisions.iter().find(|d| word(d.verdict) != want.value);
        match (&unknown, differing) {
            (Some(why), None) => out.add("decision", want, lower(want.value).to_owned(), why.clone()),
            (_, Some(other)) => {
                let by =
                    if other.by.is_empty() { String::new() } else { format!(" by {}", other.by.join(", ")) };
                let actual = format!("{}{by} at {}", lower(word(other.verdict)), other.at);
                out.add("decision", want, lower(want.value).to_owned(), actual);
            }
            (None, None) => {}
        }
    }
    if let Some(want) = &expect.decided_by {
        let fits = |by: &[String]| by.contains(&want.value) || (by.is_empty() && want.value == NONE);
        let other = arrival.decisions.iter().find(|d| !fits(&d.by));
        match (other, &unknown) {
            (Some(other), _) => {
                let by = if other.by.is_empty() { NONE.to_owned() } else { other.by.join(", ") };
                out.add("decidedBy", want, want.value.clone(), format!("{by} at {}", other.at));
            }
            (None, Some(why)) => out.add("decidedBy", want, want.value.clone(), why.clone()),
            (None, None) => {}
        }
    }
    if let Some(want) = &expect.mutual_tls {
        let said = arrival.mutual_tls.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        if said != want.value.to_string() {
            let actual = if said.is_empty() { unknown.unwrap_or_else(|| NONE.to_owned()) } else { said };
            out.add("mutualTls", want, want.value.to_string(), actual);
        }
    }
}

fn word(verdict: Verdict) -> Decision {
    match verdict {
        Verdict::Allow => Decision::Allow,
        Verdict::Deny => Decision::Deny,
        Verdict::Reject => Decision::Reject,
    }
}

fn lower(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
        Decision::Reject => "reject",
    }
}

/// Nanoseconds of a duration in a test; `none` is 0.
pub(super) fn nanos(text: &str, place: mp_model::base::Span) -> Result<i128, ReadError> {
    if text == NONE {
        return Ok(0);
    }
    let read = mp_model::parse_duration(text);
    read.ok_or_else(|| {
        fault(place, format!("`{text}` is no duration"), "write `500ms`, `2s`, `1m30s` or `none`")
    })
}
