//! Filters of HTTP and gRPC rules (`createHeadersFilter` and its neighbours).

use std::collections::BTreeMap;

use mp_ir::mesh::{CorsPolicy, HeaderOps, Mirror, Percent, Redirect, Rewrite, StringMatch};
use mp_model::views::gateway as api;
use mp_model::{List, Object};

use super::super::text;
use super::Cx;
use super::backend;
use super::fault::Fault;
use super::listener::number;

const SECOND: i128 = 1_000_000_000;
/// What an origin looks like, where any is allowed.
const ANY_ORIGIN: &str = r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s?#]+$";
/// Seconds that a preflight may be kept where the filter does not say.
const MAX_AGE: i64 = 5;

/// Changes of request headers.
pub(super) fn request_headers(out: &mut HeaderOps, view: api::HTTPHeaderFilter<'_>) -> Result<(), Fault> {
    (out.request_set, out.request_add, out.request_remove) = headers(view)?;
    Ok(())
}

/// Changes of response headers.
pub(super) fn response_headers(out: &mut HeaderOps, view: api::HTTPHeaderFilter<'_>) -> Result<(), Fault> {
    (out.response_set, out.response_add, out.response_remove) = headers(view)?;
    Ok(())
}

type Changes = (BTreeMap<String, String>, BTreeMap<String, String>, Vec<String>);

fn headers(view: api::HTTPHeaderFilter<'_>) -> Result<Changes, Fault> {
    let remove = view.remove().iter().map(|name| name.value.to_owned()).collect();
    Ok((header_map(view.set())?, header_map(view.add())?, remove))
}

/// By name in lower case; the first of equal names counts.
fn header_map(list: List<'_, api::HTTPHeader<'_>>) -> Result<BTreeMap<String, String>, Fault> {
    let mut out = BTreeMap::new();
    for header in list.iter() {
        let value = text(header.value());
        if value.bytes().any(|byte| byte == 0x7f || (byte < 0x20 && byte != b'\t')) {
            let message = format!("header \"{}\" value contains invalid characters", text(header.name()));
            return Err(Fault::new("InvalidFilter", message, header.0.span()));
        }
        out.entry(text(header.name()).to_lowercase()).or_insert(value);
    }
    Ok(out)
}

/// A redirect. Without a port, the scheme decides, else the request.
pub(super) fn redirect(view: api::HTTPRequestRedirectFilter<'_>) -> Redirect {
    let scheme = view.scheme().map(|scheme| scheme.name().to_owned());
    let port = view.port().map(|port| number(Some(port)));
    let derived = if scheme.is_some() { "FROM_PROTOCOL_DEFAULT" } else { "FROM_REQUEST_PORT" };
    let code = view.status_code().map_or(302, |code| number(Some(code)));
    let mut out = Redirect {
        authority: text(view.hostname()),
        scheme: scheme.unwrap_or_default(),
        code,
        port,
        derive_port: port.is_none().then(|| derived.to_owned()),
        origin: Some(view.0.span()),
        ..Redirect::default()
    };
    if let Some(path) = view.path() {
        match path.type_().map(|kind| kind.name()) {
            Some("ReplaceFullPath") => out.uri = text(path.replace_full_path()),
            Some("ReplacePrefixMatch") => out.prefix_rewrite = text(path.replace_prefix_match()),
            _ => {}
        }
    }
    out
}

/// A rewrite; `None` when it changes nothing.
pub(super) fn rewrite(view: api::HTTPURLRewriteFilter<'_>) -> Option<Rewrite> {
    let mut out = Rewrite { authority: text(view.hostname()), ..Rewrite::default() };
    if let Some(path) = view.path() {
        match path.type_().map(|kind| kind.name()) {
            Some("ReplacePrefixMatch") => {
                let prefix = text(path.replace_prefix_match());
                let prefix = prefix.strip_suffix('/').unwrap_or(&prefix);
                out.uri = if prefix.is_empty() { "/".to_owned() } else { prefix.to_owned() };
            }
            Some("ReplaceFullPath") => {
                out.uri_regex = Some(("/.*".to_owned(), text(path.replace_full_path())));
            }
            _ => {}
        }
    }
    (out != Rewrite::default()).then_some(out)
}

/// A mirror.
///
/// # Errors
/// Its backend is not there or may not be named.
pub(super) fn mirror(
    cx: &Cx<'_>,
    route: &Object,
    view: api::HTTPRequestMirrorFilter<'_>,
    granted: bool,
) -> Result<Mirror, Fault> {
    let absent = || Fault::new("InvalidDestination", "port is required in backendRef", view.0.span());
    let to = view.backend_ref().ok_or_else(absent)?;
    let found = backend::destination(cx, route, &to.into(), granted)?;
    if let Some(fault) = found.fault {
        return Err(fault);
    }
    let share = match (view.fraction(), view.percent()) {
        (Some(fraction), _) => {
            let part =
                |n: Option<i64>, default: u32| n.map_or(f64::from(default), |n| f64::from(number(Some(n))));
            Some(Percent(100.0 * part(fraction.numerator(), 0) / part(fraction.denominator(), 100)))
        }
        (None, Some(percent)) => Some(Percent(f64::from(number(Some(percent))))),
        (None, None) => None,
    };
    Ok(Mirror { destination: found.destination, percentage: share, percent: None })
}

/// Cross-origin rules.
pub(super) fn cors(view: api::HTTPCORSFilter<'_>) -> CorsPolicy {
    let texts = |list: List<'_, mp_model::Text<'_>>| list.iter().map(|t| t.value.to_owned()).collect();
    let age = view.max_age().unwrap_or(MAX_AGE);
    CorsPolicy {
        allow_origins: view.allow_origins().iter().filter_map(|origin| allowed(origin.value)).collect(),
        allow_methods: view.allow_methods().iter().map(|method| method.name().to_owned()).collect(),
        allow_headers: texts(view.allow_headers()),
        expose_headers: texts(view.expose_headers()),
        max_age: (age > 0).then(|| i128::from(age) * SECOND),
        allow_credentials: view.allow_credentials().filter(|allowed| *allowed),
        unmatched_preflights: "IGNORE".to_owned(),
    }
}

/// An origin; a star at the end makes a prefix, elsewhere a regular expression.
fn allowed(origin: &str) -> Option<StringMatch> {
    Some(match (origin, origin.matches('*').count()) {
        ("", _) => return None,
        ("*", _) => StringMatch::Regex(ANY_ORIGIN.to_owned()),
        (_, 0) => StringMatch::Exact(origin.to_owned()),
        (_, 1) if origin.ends_with('*') => StringMatch::Prefix(origin.trim_end_matches('*').to_owned()),
        _ => {
            let special = |c: char| r"\.+?()|[]{}^$".contains(c);
            let quote = |c: char| special(c).then_some('\\').into_iter().chain([c]);
            let pattern: String = origin.chars().flat_map(quote).collect();
            StringMatch::Regex(format!("^{}$", pattern.replace('*', ".*")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_in_origins() {
        assert_eq!(allowed("https://a"), Some(StringMatch::Exact("https://a".into())));
        assert_eq!(allowed("https://a*"), Some(StringMatch::Prefix("https://a".into())));
        assert_eq!(allowed("https://*.a"), Some(StringMatch::Regex(r"^https://.*\.a$".into())));
        assert_eq!(allowed("*"), Some(StringMatch::Regex(ANY_ORIGIN.into())));
        assert_eq!(allowed(""), None);
    }
}
