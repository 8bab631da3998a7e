//! Locality load balancing (istio 1.31 `pkg/config/validation/agent/validation.go`, `ValidateLocalityLbSetting`).

use super::findings::Findings;
use crate::admission::decode::message::Message;

const TOPOLOGY: [&str; 3] =
    ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"];
const NO_OUTLIER: &str = "outlier detection policy must be provided for failover";

/// `ValidateLocalityLbSetting`.
pub(super) fn locality(out: &mut Findings, lb: Option<&Message>, outlier: bool) {
    let Some(lb) = lb else { return };
    let some = |field: &str| !lb.items(field).is_empty();
    if some("distribute") && some("failover") {
        return out.at(lb, "failover", "can not simultaneously specify 'distribute' and 'failover'");
    }
    if some("failover")
        && let Some((label, place)) = lb.texts("failoverPriority").find(|(label, _)| TOPOLOGY.contains(label))
    {
        return out.error(
            place,
            format!(
                "can not simultaneously set 'failover' and topology label '{label}' in 'failover_priority'"
            ),
        );
    }
    let mut sources = Vec::new();
    for part in lb.messages("distribute") {
        sources.push(part.text("from"));
        let to = part.entries("to");
        let weight = |item: &crate::admission::decode::message::Item| match item.value {
            crate::admission::decode::message::Value::Int(n) => n,
            _ => 0,
        };
        if let Some((_, item)) = to.iter().find(|(_, item)| !(1..=100).contains(&weight(item))) {
            return out.error(&item.place, "locality weight must be in range [1, 100]");
        }
        let total: i128 = to.iter().map(|(_, item)| weight(item)).sum();
        if total != 100 {
            return out.at(part, "to", format!("total locality weight {total} != 100"));
        }
        let names: Vec<&str> = to.iter().map(|(name, _)| name.as_str()).collect();
        out.check(&part.at("to"), localities(&names));
    }
    out.check(&lb.at("distribute"), localities(&sources));
    if (some("failover") || some("failoverPriority")) && !outlier {
        out.warn(&lb.at("failover"), NO_OUTLIER);
    }
    failover(out, lb, "locality lb failover", "only specify region");
}

fn failover(out: &mut Findings, lb: &Message, what: &str, only: &str) {
    for part in lb.messages("failover") {
        let (from, to) = (part.text("from"), part.text("to"));
        let either = |c: char| from.contains(c) || to.contains(c);
        if from == to {
            out.error(&part.place, format!("{what} settings must specify different regions"));
        }
        if either('/') {
            out.error(&part.place, format!("{what} {only}"));
        }
        if either('*') {
            out.error(&part.place, format!("{what} region should not contain '*' wildcard"));
        }
    }
}

/// `ValidateZoneAwareLbSetting`.
pub(super) fn zone_aware(out: &mut Findings, lb: Option<&Message>, outlier: bool) {
    let Some(lb) = lb else { return };
    for (label, place) in lb.texts("failoverPriority").filter(|(label, _)| TOPOLOGY.contains(label)) {
        out.error(place, format!("'failover_priority' for zone aware lb must not use topology label '{label}'; region- and zone-level routing are handled automatically"));
    }
    if (!lb.items("failover").is_empty() || !lb.items("failoverPriority").is_empty()) && !outlier {
        out.warn(&lb.at("failover"), NO_OUTLIER);
    }
    let only = "only specifies region; zone and subzone failover are handled automatically";
    failover(out, lb, "zone aware lb failover", only);
}

/// `validateLocalities`: no two of them overlap.
fn localities(names: &[&str]) -> Result<(), String> {
    let mut seen: Vec<Vec<&str>> = Vec::new();
    for name in names {
        let stars = name.matches('*').count();
        if stars > 1 || stars == 1 && !name.ends_with('*') {
            return Err(format!(
                "locality {name} wildcard '*' number can not exceed 1 and must be in the end"
            ));
        }
        let overlap = || Err(format!("locality {name} overlap with previous specified ones"));
        if seen.iter().any(|other| other.first() == Some(&"*")) {
            return overlap();
        }
        let parts: Vec<&str> = name.splitn(3, '/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(format!("locality {name} must not contain empty region/zone/subzone info"));
        }
        if seen.iter().any(|other| covers(other, &parts)) {
            return overlap();
        }
        seen.push(parts);
    }
    Ok(())
}

/// Whether a locality that came before leaves no room for another.
fn covers(before: &[&str], now: &[&str]) -> bool {
    let common = before.iter().zip(now).take_while(|(a, b)| a == b).count();
    common == before.len().min(now.len()) || before.get(common) == Some(&"*")
}
