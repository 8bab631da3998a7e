//! Access gained and lost, as rows of the report.

use std::collections::BTreeMap;

use mp_ir::plan::PointKind;
use mp_lower::plan::security::is_policy_bound;
use mp_prove::AskError;
use mp_prove::diff::{self, Dimension, Pair, PointDiff};
use rayon::prelude::*;

use super::objects::{Changed, Objects};
use super::report::{Access, Condition, Decider, Delta, Note, Point, PointVerdict, Scope, Unbound, Witness};
use super::side::{Side, name};
use crate::failure::Failure;
use crate::request_text::{curl, one_line};

/// All points decide as before where nothing changed that they depend on.
pub(super) fn untouched(new: &Side) -> Access {
    Access { same: new.workloads(), ..Access::default() }
}

/// Policies that changed and that no workload of either side has: what they do is not compared.
fn unbound(old: &Side, new: &Side, objects: &Objects) -> Vec<Unbound> {
    let bound =
        |side: &Side, one: &Changed| is_policy_bound(&side.mesh, one.kind.name(), &one.namespace, &one.name);
    let lost = objects.changed.iter().filter(|one| match (bound(old, one), bound(new, one)) {
        (None, None) => false,
        (before, after) => before != Some(true) && after != Some(true),
    });
    let row = |one: &Changed| Unbound {
        object: format!("{} {}/{}", one.kind.name(), one.namespace, one.name),
        old_at: old.at(one.old),
        new_at: new.at(one.new),
    };
    lost.map(row).collect()
}

pub(super) fn compare(old: &Side, new: &Side, objects: &Objects) -> Result<Access, Failure> {
    let pairing = diff::pair(&old.named(), &new.named());
    let made: Vec<Result<PointDiff, AskError>> = pairing.changed.par_iter().map(diff::access).collect();
    let mut out = Access {
        added: pairing.added.iter().copied().map(name).collect(),
        removed: pairing.removed.iter().copied().map(name).collect(),
        same: pairing.same,
        unbound: unbound(old, new, objects),
        ..Access::default()
    };
    for (pair, found) in pairing.changed.iter().zip(made) {
        let found = found.map_err(|error| Failure::Internal(error.to_string()))?;
        let point = point(old, new, pair, &found);
        if point.verdict == PointVerdict::Same {
            out.proved += 1 + point.like.len();
        }
        out.points.push(point);
    }
    out.points.sort_by(|a, b| a.workload.cmp(&b.workload));
    Ok(out)
}

fn point(old: &Side, new: &Side, pair: &Pair<'_>, found: &PointDiff) -> Point {
    let workload = name(pair.new);
    let rows = |deltas: &[diff::Delta]| -> Vec<Delta> {
        deltas.iter().map(|delta| row(old, new, &workload, delta)).collect()
    };
    let verdict = match (found.gained.is_empty(), found.lost.is_empty()) {
        (true, true) if found.open.is_empty() => PointVerdict::Same,
        (true, true) => PointVerdict::Unknown,
        (false, true) => PointVerdict::Wider,
        (true, false) => PointVerdict::Narrower,
        (false, false) => PointVerdict::Changed,
    };
    let note = |note: &diff::Note| Note {
        text: note.text.clone(),
        old_at: old.at(note.old),
        new_at: new.at(note.new),
    };
    Point {
        gained: rows(&found.gained),
        lost: rows(&found.lost),
        like: pair.like.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect(),
        kind: match pair.new.kind {
            PointKind::Sidecar => "sidecar",
            PointKind::Gateway => "gateway",
            PointKind::Ztunnel => "ztunnel",
            PointKind::Waypoint => "waypoint",
        },
        verdict,
        open: found.open.clone(),
        notes: found.notes.iter().map(note).collect(),
        workload,
    }
}

fn row(old: &Side, new: &Side, workload: &str, delta: &diff::Delta) -> Delta {
    Delta {
        requests: delta.scope.as_ref().map_or_else(|| one_line(&delta.request), ToString::to_string),
        scope: delta.scope.as_ref().map(scope),
        witness: Witness {
            workload: workload.to_owned(),
            request: delta.request.clone(),
            consents: delta.consents.clone(),
        },
        curl: curl(&delta.request),
        before: decider(old, &delta.before),
        after: decider(new, &delta.after),
    }
}

fn decider(side: &Side, decider: &diff::Decider) -> Decider {
    Decider {
        decision: decider.decision,
        text: decider.text.clone(),
        rule: decider.rule.as_ref().map(|rule| format!("{}/{}#{}", rule.namespace, rule.name, rule.rule)),
        at: side.at(decider.origin),
    }
}

fn scope(scope: &diff::Scope) -> Scope {
    let condition =
        |condition: &diff::Condition| Condition { only: condition.only.clone(), but: condition.but.clone() };
    let conditions: BTreeMap<String, Vec<Condition>> = scope
        .conditions
        .iter()
        .map(|(dimension, any)| (property(dimension), any.iter().map(condition).collect()))
        .collect();
    Scope { protocol: if scope.http { "http" } else { "tcp" }, conditions }
}

fn property(dimension: &Dimension) -> String {
    match dimension {
        Dimension::Caller => "caller".to_owned(),
        Dimension::Method => "method".to_owned(),
        Dimension::Path => "path".to_owned(),
        Dimension::Host => "host".to_owned(),
        Dimension::Port => "port".to_owned(),
        Dimension::Header(name) => format!("header:{name}"),
        Dimension::Query(name) => format!("query:{name}"),
        Dimension::Claim(path) => format!("claim:{path}"),
        Dimension::Consent(provider) => format!("consent:{provider}"),
        Dimension::Source => "source".to_owned(),
        Dimension::Client => "client".to_owned(),
        Dimension::ServerName => "server-name".to_owned(),
    }
}
