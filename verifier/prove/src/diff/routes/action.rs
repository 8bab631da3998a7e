//! What a route does, as named texts that are equal when the same is done.

use std::collections::BTreeMap;

use mp_ir::plan::{
    Forward, Fraction, HeaderMutation, HeaderValue, Mirror, Redirect, RedirectPath, Retry, Route,
    RouteAction, RouteTable, Target, VirtualHost, WeightedCluster,
};

/// Fields by name. What is not stated is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Action(BTreeMap<&'static str, String>);

/// One field that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub field: &'static str,
    /// Before; empty for nothing.
    pub old: String,
    /// Now; empty for nothing.
    pub new: String,
    /// Whether requests end up elsewhere.
    pub elsewhere: bool,
}

const DESTINATION: &str = "to";

/// Whether two tables say the same word for word, but for names and places of routes. Most do, and telling so is cheap.
pub(super) fn same_words(old: &RouteTable, new: &RouteTable) -> bool {
    let hosts = old.virtual_hosts.len() == new.virtual_hosts.len()
        && old.ignore_port_in_host_matching == new.ignore_port_in_host_matching;
    hosts && old.virtual_hosts.iter().zip(&new.virtual_hosts).all(|(old, new)| same_host(old, new))
}

fn same_host(old: &VirtualHost, new: &VirtualHost) -> bool {
    old.domains == new.domains
        && old.require_tls == new.require_tls
        && old.include_request_attempt_count == new.include_request_attempt_count
        && old.stateful_session == new.stateful_session
        && old.routes.len() == new.routes.len()
        && old.routes.iter().zip(&new.routes).all(|(old, new)| same_route(old, new))
}

fn same_route(old: &Route, new: &Route) -> bool {
    let action = match (&old.action, &new.action) {
        (RouteAction::Forward(old), RouteAction::Forward(new)) => {
            let bare = |forward: &Forward| Forward { target: Target::default(), ..forward.clone() };
            same_target(&old.target, &new.target) && bare(old) == bare(new)
        }
        (old, new) => old == new,
    };
    action
        && old.matches == new.matches
        && old.headers == new.headers
        && old.fault == new.fault
        && old.cors == new.cors
        && old.stateful_session == new.stateful_session
}

fn same_target(old: &Target, new: &Target) -> bool {
    let bare = |one: &WeightedCluster| WeightedCluster { origin: None, ..one.clone() };
    match (old, new) {
        (Target::Weighted(old), Target::Weighted(new)) => old.iter().map(bare).eq(new.iter().map(bare)),
        (old, new) => old == new,
    }
}

/// What happens to requests that no route takes.
pub(super) fn none() -> Action {
    Action([(DESTINATION, "404, no route".to_owned())].into())
}

/// What a route of a virtual host does.
pub(super) fn of(route: &Route, host: &VirtualHost) -> Action {
    let mut out = Action::default();
    match &route.action {
        RouteAction::Missing => out.say(DESTINATION, "404, no action"),
        RouteAction::Redirect(redirect) => out.say(DESTINATION, self::redirect(redirect)),
        RouteAction::Direct(direct) => {
            out.say(DESTINATION, format!("the proxy answers {}", direct.status));
            out.say("body", direct.body.as_ref().map_or_else(String::new, |body| format!("{body:?}")));
        }
        RouteAction::Forward(forward) => out.forward(forward),
    }
    out.say("headers", headers(&route.headers));
    let debug = |text: Option<String>| text.unwrap_or_default();
    out.say("fault", debug(route.fault.as_ref().map(|fault| format!("{fault:?}"))));
    out.say("cors", debug(route.cors.as_ref().map(|cors| format!("{cors:?}"))));
    let session = route.stateful_session.as_ref().or(host.stateful_session.as_ref());
    out.say("session", debug(session.map(|session| format!("{session:?}"))));
    if host.include_request_attempt_count {
        out.say("attempt-count", "told");
    }
    out
}

impl Action {
    fn say(&mut self, field: &'static str, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.0.insert(field, text);
        }
    }

    fn destinations(&mut self, target: &Target) {
        let shares = shares(target);
        let names: Vec<String> = shares.iter().map(|(cluster, _)| shown(cluster)).collect();
        self.say(DESTINATION, if names.is_empty() { "nowhere".to_owned() } else { names.join(" and ") });
        if shares.len() > 1 {
            let sum: u64 = shares.iter().map(|(_, share)| u64::from(*share)).sum();
            let part = |share: u32| match u64::from(share) * 100 {
                percent if percent % sum.max(1) == 0 => format!("{}%", percent / sum.max(1)),
                _ => format!("{share} of {sum}"),
            };
            let all: Vec<String> = shares
                .iter()
                .map(|(cluster, share)| format!("{} {}", part(*share), shown(cluster)))
                .collect();
            self.say("weights", all.join(", "));
        }
    }

    fn forward(&mut self, forward: &Forward) {
        self.destinations(&forward.target);
        self.say("timeout", time(forward.timeout));
        self.say("grpc-timeout", time(forward.max_grpc_timeout));
        self.say(
            "stream",
            forward
                .max_stream_duration
                .map_or_else(String::new, |(a, b)| format!("{}, {}", time(Some(a)), time(Some(b)))),
        );
        self.say("retries", forward.retry.as_ref().map_or_else(String::new, retries));
        self.say("path", forward.prefix_rewrite.clone().unwrap_or_default());
        self.say(
            "path-regex",
            forward
                .regex_rewrite
                .as_ref()
                .map_or_else(String::new, |(regex, with)| format!("{regex} -> {with}")),
        );
        self.say("host", forward.host_rewrite.clone().unwrap_or_default());
        if forward.append_x_forwarded_host {
            self.say("x-forwarded-host", "told");
        }
        self.say("mirrors", forward.mirrors.iter().map(mirror).collect::<Vec<_>>().join(", "));
        self.say(
            "hash",
            forward.hash_policies.iter().map(|hash| format!("{hash:?}")).collect::<Vec<_>>().join(", "),
        );
        self.say("unknown", forward.cluster_not_found.map_or_else(String::new, |status| status.to_string()));
        self.say("destination-headers", destination_headers(&forward.target));
    }
}

/// Header changes of single destinations.
fn destination_headers(target: &Target) -> String {
    let Target::Weighted(all) = target else { return String::new() };
    let each = all.iter().map(|one| {
        let host = one.host_rewrite.as_ref().map_or_else(String::new, |host| format!(" host {host}"));
        let changes = format!("{}{host}", headers(&one.headers));
        if changes.is_empty() { changes } else { format!("{}: {changes}", shown(&one.cluster)) }
    });
    each.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The fields that differ.
pub(super) fn changes(old: &Action, new: &Action) -> Vec<Change> {
    let mut fields: Vec<&'static str> = old.0.keys().chain(new.0.keys()).copied().collect();
    fields.sort_unstable_by_key(|field| (*field != DESTINATION, *field));
    fields.dedup();
    let text = |side: &Action, field| side.0.get(field).cloned().unwrap_or_default();
    fields
        .into_iter()
        .map(|field| Change {
            field,
            old: text(old, field),
            new: text(new, field),
            elsewhere: field == DESTINATION,
        })
        .filter(|change| change.old != change.new)
        .collect()
}

/// Clusters with their shares in the lowest terms; those without a share get nothing.
fn shares(target: &Target) -> Vec<(String, u32)> {
    match target {
        Target::Cluster(one) => vec![(one.clone(), 1)],
        Target::Weighted(all) => {
            let mut sum: BTreeMap<String, u32> = BTreeMap::new();
            for one in all.iter().filter(|one| one.weight > 0) {
                let share = sum.entry(one.cluster.clone()).or_default();
                *share = share.saturating_add(one.weight);
            }
            let common = sum.values().copied().fold(0, divisor).max(1);
            sum.into_iter().map(|(cluster, weight)| (cluster, weight / common)).collect()
        }
    }
}

fn divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// `outbound|80|v1|host` as people write it.
fn shown(cluster: &str) -> String {
    let parts: Vec<&str> = cluster.split('|').collect();
    match parts.as_slice() {
        ["outbound", port, "", host] => format!("{host}:{port}"),
        ["outbound", port, subset, host] => format!("{host}:{port} subset {subset}"),
        _ => cluster.to_owned(),
    }
}

fn redirect(redirect: &Redirect) -> String {
    let path = match &redirect.path {
        RedirectPath::Full(path) if path.is_empty() => "the same path".to_owned(),
        RedirectPath::Full(path) => path.clone(),
        RedirectPath::Prefix(with) => format!("{with} for the matched part"),
    };
    let host = if redirect.host.is_empty() { "the same host" } else { &redirect.host };
    let scheme = redirect.scheme.as_deref().unwrap_or("the same scheme");
    let port = if redirect.port == 0 { String::new() } else { format!(", port {}", redirect.port) };
    format!("redirect {} to {scheme}, {host}{port}, {path}", redirect.code)
}

fn headers(ops: &HeaderMutation) -> String {
    let set = |value: &HeaderValue| {
        format!("{} {}: {}", if value.overwrite { "set" } else { "add" }, value.name, value.value)
    };
    let (mut request, mut response) = (Vec::new(), Vec::new());
    request.extend(ops.request_add.iter().map(set));
    request.extend(ops.request_remove.iter().map(|name| format!("remove {name}")));
    response.extend(ops.response_add.iter().map(set));
    response.extend(ops.response_remove.iter().map(|name| format!("remove {name}")));
    let part =
        |name: &str, list: Vec<String>| (!list.is_empty()).then(|| format!("{name}: {}", list.join(", ")));
    [part("request", request), part("response", response)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
}

fn retries(retry: &Retry) -> String {
    let mut out = format!("{} on {}", retry.attempts, retry.on);
    if let Some(each) = retry.per_try_timeout {
        out.push_str(&format!(", {} each", time(Some(each))));
    }
    if let Some(pause) = retry.backoff {
        out.push_str(&format!(", {} pause", time(Some(pause))));
    }
    if !retry.status_codes.is_empty() {
        out.push_str(&format!(", statuses {:?}", retry.status_codes));
    }
    out.push_str(if retry.skip_previous_hosts { "" } else { ", the same host too" });
    out.push_str(if retry.skip_previous_priorities { ", other localities" } else { "" });
    out
}

fn mirror(mirror: &Mirror) -> String {
    format!(
        "{} of {}{}",
        fraction(mirror.fraction),
        shown(&mirror.cluster),
        if mirror.keep_host { ", same host" } else { "" }
    )
}

fn fraction(share: Fraction) -> String {
    let millionths = share.per_million();
    if millionths.is_multiple_of(10_000) {
        format!("{}%", millionths / 10_000)
    } else {
        format!("{millionths} per million")
    }
}

/// Nanoseconds as people write them; 0 is no limit.
fn time(nanoseconds: Option<i128>) -> String {
    match nanoseconds {
        None => String::new(),
        Some(0) => "none".to_owned(),
        Some(n) if n % 1_000_000_000 == 0 => format!("{}s", n / 1_000_000_000),
        Some(n) if n % 1_000_000 == 0 => format!("{}ms", n / 1_000_000),
        Some(n) => format!("{n}ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighted(all: &[(&str, u32)]) -> Route {
        let one = |(cluster, weight): &(&str, u32)| WeightedCluster {
            cluster: (*cluster).to_owned(),
            weight: *weight,
            ..WeightedCluster::default()
        };
        let target = Target::Weighted(all.iter().map(one).collect());
        let action = RouteAction::Forward(Box::new(Forward { target, ..Forward::default() }));
        Route { action, ..Route::default() }
    }

    #[test]
    fn shares_are_compared_in_meaning() {
        let of = |all: &[(&str, u32)]| of(&weighted(all), &VirtualHost::default());
        assert_eq!(of(&[("outbound|80|v1|a", 100), ("outbound|80|v2|a", 0)]), of(&[("outbound|80|v1|a", 1)]));
        assert_eq!(of(&[("b", 50), ("a", 50)]), of(&[("a", 1), ("b", 1)]));
        let changed = changes(&of(&[("a", 90), ("b", 10)]), &of(&[("a", 50), ("b", 50)]));
        assert_eq!(
            changed,
            [Change {
                field: "weights",
                old: "90% a, 10% b".into(),
                new: "50% a, 50% b".into(),
                elsewhere: false
            }]
        );
        assert!(changes(&of(&[("a", 1)]), &of(&[("b", 1)])).iter().any(|change| change.elsewhere));
    }
}
