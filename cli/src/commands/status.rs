//! `meshproof status`: what istiod's gateway controller would write into the status of the Gateway API objects.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use mp_ir::mesh::{GatewayStatus, StatusCondition, StatusExtra, StatusPart, StatusReference};
use mp_model::Workspace;
use serde_json::{Map, Value, json};

use crate::args::InputArgs;
use crate::failure::{Failure, Outcome};
use crate::input;

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Form of the answer.
    #[arg(long, default_value = "text", value_enum)]
    pub(crate) output_format: StatusFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    /// A table; what is not as it was asked for has its line.
    Text,
    /// A list of rows: one for each condition, one for what stands beside them.
    Json,
}

/// Reasons that rest on Services and endpoints, which a cluster may have beyond the input.
const LIVE: [&str; 2] = ["AddressNotUsable", "AddressNotAssigned"];

pub(crate) fn run(args: &StatusArgs) -> Result<Outcome, Failure> {
    let read = input::read(&args.input)?;
    let workspace = Workspace::read(&read.inputs);
    let mut statuses = mp_lower::facts(&workspace, &read.facts).gateway_statuses;
    statuses.sort_by_key(|status| (resource(status), part(&status.part)));
    let text = match args.output_format {
        StatusFormat::Text => table(&workspace, &statuses),
        StatusFormat::Json => rows(&statuses),
    };
    anstream::stdout().write_all(text.as_bytes())?;
    let bad = || statuses.iter().flat_map(|status| &status.conditions).filter(|condition| condition.is_bad());
    if bad().any(|condition| LIVE.contains(&condition.reason)) {
        let mut err = anstream::stderr();
        writeln!(
            err,
            "note: addresses rest on the Services and EndpointSlices of the input; istiod itself makes those of a Gateway without `addresses`"
        )?;
    }
    let any = bad().any(|condition| !LIVE.contains(&condition.reason));
    Ok(if any { Outcome::Findings } else { Outcome::Clean })
}

fn resource(status: &GatewayStatus) -> String {
    let object = &status.object;
    format!("{}/{}/{}", object.kind, object.namespace, object.name)
}

/// A part of an object, for people and as order.
fn part(part: &StatusPart) -> String {
    match part {
        StatusPart::Whole => String::new(),
        StatusPart::Listener(name) => format!("listener {name}"),
        StatusPart::Parent(to) => format!("parent {}", named(to)),
        StatusPart::Ancestor(to) => format!("ancestor {}", named(to)),
    }
}

fn named(to: &StatusReference) -> String {
    let namespace = to.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let section = to.section.as_ref().map(|section| format!(", {section}")).unwrap_or_default();
    let port = to.port.map(|port| format!(", port {port}")).unwrap_or_default();
    format!("{} {namespace}{}{section}{port}", to.kind, to.name)
}

fn table(workspace: &Workspace, statuses: &[GatewayStatus]) -> String {
    let (mut out, mut last) = (String::new(), String::new());
    for status in statuses {
        let resource = resource(status);
        if resource != last {
            out.push_str(&format!("{resource}\n"));
            last = resource;
        }
        let (part, indent) =
            (part(&status.part), if status.part == StatusPart::Whole { "  " } else { "    " });
        if !part.is_empty() {
            out.push_str(&format!("  {part}{}\n", beside(&status.extra)));
        }
        for condition in &status.conditions {
            let holds = if condition.holds { "True" } else { "False" };
            let kind = condition.kind.as_str();
            let row = format!("{indent}{kind:<14}{holds:<7}{}", condition.reason);
            out.push_str(&format!("{row}{}\n", why(workspace, condition)));
        }
        if let StatusExtra::Gateway { addresses, .. } = &status.extra {
            for (kind, value) in addresses {
                out.push_str(&format!("{indent}address {kind} {value}\n"));
            }
        }
    }
    out
}

fn beside(extra: &StatusExtra) -> String {
    match extra {
        StatusExtra::Listener { attached, kinds } => {
            let routes = if *attached == 1 { "route" } else { "routes" };
            let kinds = if kinds.is_empty() { "no kind of route".to_owned() } else { kinds.join(", ") };
            format!(": {attached} {routes}; takes {kinds}")
        }
        StatusExtra::Nothing | StatusExtra::Gateway { .. } => String::new(),
    }
}

/// The place and the message of what is not as it was asked for.
fn why(workspace: &Workspace, condition: &StatusCondition) -> String {
    if !condition.is_bad() {
        return String::new();
    }
    let place = condition.origin.map(|span| format!("{}: ", workspace.sources().locate(span)));
    format!("  {}{}", place.unwrap_or_default(), condition.message)
}

/// The rows in a fixed order, one a line.
fn rows(statuses: &[GatewayStatus]) -> String {
    let mut out: Vec<String> = statuses.iter().flat_map(rows_of).map(|row| row.to_string()).collect();
    out.dedup();
    if out.is_empty() { "[]\n".to_owned() } else { format!("[\n {}\n]\n", out.join(",\n ")) }
}

fn rows_of(status: &GatewayStatus) -> Vec<Value> {
    let mut base = Map::from_iter([("resource".to_owned(), json!(resource(status)))]);
    match &status.part {
        StatusPart::Whole => {}
        StatusPart::Listener(name) => drop(base.insert("listener".to_owned(), json!(name))),
        StatusPart::Parent(to) => refer(&mut base, "parent", to),
        StatusPart::Ancestor(to) => refer(&mut base, "ancestor", to),
    }
    let row = |fields: Vec<(&str, Value)>| {
        let mut row = base.clone();
        row.extend(fields.into_iter().map(|(key, value)| (key.to_owned(), value)));
        Value::Object(row)
    };
    let condition = |condition: &StatusCondition| {
        row(vec![
            ("type", json!(condition.kind.as_str())),
            ("status", json!(if condition.holds { "True" } else { "False" })),
            ("reason", json!(condition.reason)),
            ("message", json!(condition.message)),
        ])
    };
    let conditions = status.conditions.iter().map(condition);
    conditions.chain(extra_rows(status).into_iter().map(row)).collect()
}

/// The rows of what stands beside the conditions.
fn extra_rows(status: &GatewayStatus) -> Vec<Vec<(&'static str, Value)>> {
    match &status.extra {
        StatusExtra::Nothing => Vec::new(),
        StatusExtra::Listener { attached, kinds } => {
            let group = "gateway.networking.k8s.io";
            let all: Vec<Value> = kinds.iter().map(|kind| json!({"group": group, "kind": kind})).collect();
            // A ListenerSet's status leaves an empty list out.
            let left_out = all.is_empty() && status.object.kind == "ListenerSet";
            let kinds = if left_out { Value::Null } else { json!(all) };
            vec![vec![("attachedRoutes", json!(attached)), ("supportedKinds", kinds)]]
        }
        StatusExtra::Gateway { addresses, listener_sets } => {
            let one = |(kind, value): &(&str, String)| json!({"type": kind, "value": value});
            let addresses: Vec<Value> = addresses.iter().map(one).collect();
            let told = (!addresses.is_empty()).then(|| vec![("addresses", json!(addresses))]);
            let sets = listener_sets.map(|count| vec![("attachedListenerSets", json!(count))]);
            told.into_iter().chain(sets).collect()
        }
    }
}

fn refer(row: &mut Map<String, Value>, key: &str, to: &StatusReference) {
    let mut fields = Map::from_iter([
        ("group".to_owned(), json!(to.group)),
        ("kind".to_owned(), json!(to.kind)),
        ("name".to_owned(), json!(to.name)),
    ]);
    fields.extend(to.namespace.as_ref().map(|namespace| ("namespace".to_owned(), json!(namespace))));
    fields.extend(to.section.as_ref().map(|section| ("sectionName".to_owned(), json!(section))));
    fields.extend(to.port.map(|port| ("port".to_owned(), json!(port))));
    row.insert(key.to_owned(), Value::Object(fields));
    row.insert("controller".to_owned(), json!(to.controller));
}
