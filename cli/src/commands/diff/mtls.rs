//! Modes of mutual TLS per port that changed.

use std::collections::BTreeMap;

use mp_base::At;
use mp_ir::mesh::MutualTlsMode;
use mp_ir::plan::{EnforcementPoint, PointKind};

use super::report::MtlsChange;
use super::side::{Side, name};

/// Changes of one kind: port, modes and places.
type Kind = (Option<u32>, &'static str, &'static str, Option<String>, Option<String>);

pub(super) fn compare(old: &Side, new: &Side) -> Vec<MtlsChange> {
    let before: BTreeMap<(&str, &str), &EnforcementPoint> =
        old.points().iter().map(|p| (key(p), p)).collect();
    let mut out: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for point in new.points().iter().filter(|point| point.kind == PointKind::Sidecar) {
        let Some(known) = before.get(&key(point)) else { continue };
        for (port, was, is) in changes(known, point) {
            let kind = (port, word(was.value), word(is.value), old.at(was.origin), new.at(is.origin));
            out.entry(kind).or_default().push(name(point));
        }
    }
    let row = |((port, old, new, old_at, new_at), workloads): (Kind, Vec<String>)| MtlsChange {
        workloads,
        port,
        old: old.to_owned(),
        new: new.to_owned(),
        old_at,
        new_at,
    };
    out.into_iter().map(row).collect()
}

fn key(point: &EnforcementPoint) -> (&str, &str) {
    (point.namespace.as_str(), point.name.as_str())
}

type Mode = At<MutualTlsMode>;

/// Ports of both sides whose mode changed; ports that change as all others do are not listed apart.
fn changes(old: &EnforcementPoint, new: &EnforcementPoint) -> Vec<(Option<u32>, Mode, Mode)> {
    let mut out = Vec::new();
    let others = old.passthrough.zip(new.passthrough);
    let differs = |(was, is): &(Mode, Mode)| word(was.value) != word(is.value);
    out.extend(others.filter(differs).map(|(was, is)| (None, was, is)));
    for port in &new.ports {
        let Some(known) = old.ports.iter().find(|known| known.number == port.number) else { continue };
        let pair = (known.mode, port.mode);
        let as_others = others.is_some_and(|(was, is)| was.value == pair.0.value && is.value == pair.1.value);
        if differs(&pair) && !as_others {
            out.push((Some(port.number), pair.0, pair.1));
        }
    }
    out
}

fn word(mode: MutualTlsMode) -> &'static str {
    match mode {
        MutualTlsMode::Strict => "strict",
        MutualTlsMode::Disable => "disable",
        MutualTlsMode::Permissive | MutualTlsMode::Unset => "permissive",
    }
}
