//! The verdict of istio-config-validator itself (`internal/pkg/unit`), where it departs from Istio too: hosts are compared as texts,
//! conditions but those on authority, URI, method and headers are not looked at, and the first failure ends the run.

use mp_ir::mesh::{HttpMatch, HttpRoute, StringMatch, VirtualService};
use regex::Regex;

use super::format::{Part, TestCase};
use super::parts::{Measure, same, words};
use super::{Input, url};
use crate::coverage::route_name;
use crate::verdict::{Mismatch, Note, TestResult};

/// A refusal of the tool to go on.
type Stop = String;

/// Runs the tests up to the first failure.
pub(crate) fn run(services: &[VirtualService], cases: &[TestCase]) -> Vec<TestResult> {
    let mut out = Vec::new();
    for case in cases {
        for input in Input::all(case) {
            let result = one(services, case, &input);
            let passed = result.passed;
            out.push(result);
            if !passed {
                return out;
            }
        }
    }
    out
}

fn one(services: &[VirtualService], case: &TestCase, input: &Input) -> TestResult {
    let mut out = input.unjudged(case);
    match judge(services, case, input, &mut out) {
        Ok(None) => {}
        Ok(Some(mismatch)) => out.mismatches.push(mismatch),
        Err(stop) => out.undecided = Some(stop),
    }
    out.passed = out.mismatches.is_empty() && out.undecided.is_none();
    out
}

/// The first part that is not as asserted.
fn judge(
    services: &[VirtualService],
    case: &TestCase,
    input: &Input,
    out: &mut TestResult,
) -> Result<Option<Mismatch>, Stop> {
    let path = url::path(&input.uri).ok_or_else(|| format!("`{}` is no URL", input.uri))?;
    let nothing = HttpRoute::default();
    let mut route = &nothing;
    if let Some((service, at, found)) = first(services, input, &path, true)? {
        out.won_by.push(Note::new(route_name(service, at, found), found.origin));
        route = found;
    }
    let asserts = |part: Part| case.asserted.iter().any(|(known, _)| *known == part);
    if let Some(delegate) = &route.delegate {
        if asserts(Part::Delegate)
            && let Some(mismatch) = compare(Part::Delegate, case, route)
        {
            return Ok(Some(mismatch));
        }
        if asserts(Part::Route) {
            let named = |service: &&VirtualService| {
                service.meta.name() == delegate.name
                    && (delegate.namespace.is_empty() || delegate.namespace == service.meta.namespace())
            };
            let service = services.iter().find(named);
            let service =
                service.ok_or_else(|| format!("VirtualService `{}` is not in the input", delegate.name))?;
            route = &nothing;
            if let Some((service, at, found)) = first(std::slice::from_ref(service), input, &path, false)? {
                out.won_by.push(Note::new(route_name(service, at, found), found.origin));
                route = found;
            }
        }
    }
    let parts = Part::ALL.into_iter().filter(|part| *part != Part::Delegate && asserts(*part));
    Ok(parts.into_iter().find_map(|part| compare(part, case, route)))
}

fn compare(part: Part, case: &TestCase, route: &HttpRoute) -> Option<Mismatch> {
    let differs = same(part, &case.want, route, Measure::Written) != case.want_match;
    differs.then(|| super::truth::mismatch(part, case, words(part, route)))
}

type Found<'a> = (&'a VirtualService, usize, &'a HttpRoute);

/// The first route that matches, of the VirtualServices that list the authority (`GetRoute`).
fn first<'a>(
    services: &'a [VirtualService],
    input: &Input,
    path: &str,
    by_host: bool,
) -> Result<Option<Found<'a>>, Stop> {
    let hosts = |service: &&VirtualService| {
        !by_host || service.hosts.iter().any(|host| host.value == input.authority)
    };
    for service in services.iter().filter(hosts) {
        for (at, route) in service.http.iter().enumerate() {
            if route.matches.is_empty() {
                return Ok(Some((service, at, route)));
            }
            for m in &route.matches {
                if matches(m, input, path)? {
                    return Ok(Some((service, at, route)));
                }
            }
        }
    }
    Ok(None)
}

fn matches(m: &HttpMatch, input: &Input, path: &str) -> Result<bool, Stop> {
    for (name, pattern) in &m.headers {
        let Some((_, value)) = input.headers.iter().find(|(known, _)| known == name) else {
            return Ok(false);
        };
        if !fits(Some(&pattern.value), value)? {
            return Ok(false);
        }
    }
    let pairs = [(&m.uri, path), (&m.authority, &input.authority), (&m.method, &input.method)];
    for (pattern, text) in pairs {
        if !fits(pattern.as_ref().map(|pattern| &pattern.value), text)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `ExtendedStringMatch.Match`: nothing written matches, a match without a kind or with an empty text does not.
fn fits(pattern: Option<&StringMatch>, text: &str) -> Result<bool, Stop> {
    Ok(match pattern {
        None => true,
        Some(StringMatch::Exact(whole)) => !whole.is_empty() && whole == text,
        Some(StringMatch::Prefix(start)) => !start.is_empty() && text.starts_with(start.as_str()),
        Some(StringMatch::Regex(regex)) if regex.is_empty() => false,
        // No group around it: `^` and `$` belong to the first and the last alternative alone.
        Some(StringMatch::Regex(regex)) => Regex::new(&format!("^{regex}$"))
            .map_err(|_| format!("`{regex}` is no regular expression"))?
            .is_match(text),
        Some(StringMatch::Present) => false,
    })
}
