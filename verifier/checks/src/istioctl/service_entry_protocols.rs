//! # ServiceEntries that disagree about a port's protocol
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [a.com], ports: [{number: 443, name: tls, protocol: TLS}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: b, namespace: other}
//! spec: {hosts: [a.com], exportTo: ["."], ports: [{number: 443, name: https, protocol: HTTPS}]}
//! # IST0177 ServiceEntry shop/a
//! # IST0177 ServiceEntry other/b
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: a, namespace: shop}
//! spec: {hosts: [a.com], exportTo: ["."], ports: [{number: 443, name: tls, protocol: tls}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: b, namespace: other}
//! spec: {hosts: [a.com], exportTo: ["."], ports: [{number: 443, name: https, protocol: HTTPS}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: c, namespace: shop}
//! spec: {hosts: [a.com], exportTo: ["shop"], ports: [{number: 443, name: tls, protocol: TLS}]}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::hosts::is_everywhere;
use super::notice::Out;
use super::notices::CONFLICTING_SERVICE_ENTRY_PROTOCOL;
use super::store::Resource;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "serviceentry.ConflictingServiceEntryProtocolAnalyzer",
    inputs: &[SourceKind::ServiceEntry],
    codes: &["IST0177"],
    source: include_str!("service_entry_protocols.rs"),
    run,
};

/// The scopes that a list of exports means.
pub(super) fn scopes<'t>(own: &'t str, exports: &[&'t str]) -> BTreeSet<&'t str> {
    if is_everywhere(exports.iter().copied()) {
        return BTreeSet::from(["*"]);
    }
    exports.iter().map(|scope| if *scope == "." { own } else { scope }).collect()
}

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut index: BTreeMap<(&str, &str, i128), Vec<(&str, &Resource<'_>)>> = BTreeMap::new();
    for (entry, message) in cx.store.messages(SourceKind::ServiceEntry) {
        let exports: Vec<&str> = message.texts("exportTo").map(|(scope, _)| scope).collect();
        for scope in scopes(entry.namespace(), &exports) {
            for (host, _) in message.texts("hosts") {
                for port in message.messages("ports") {
                    let key = (scope, host, port.int("number"));
                    index.entry(key).or_default().push((port.text("protocol"), entry));
                }
            }
        }
    }
    let mut told = BTreeSet::new();
    for ((scope, host, port), own) in &index {
        let everywhere = index.get(&("*", *host, *port)).filter(|_| *scope != "*");
        let all: Vec<_> = own.iter().chain(everywhere.into_iter().flatten()).collect();
        let protocols: BTreeSet<String> = all.iter().map(|(protocol, _)| protocol.to_uppercase()).collect();
        if protocols.len() < 2 {
            continue;
        }
        let names: BTreeSet<String> = all.iter().map(|(_, entry)| entry.full_name()).collect();
        let join = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
        let (names, protocols) = (join(names), join(protocols));
        for (_, entry) in all.into_iter().filter(|(_, entry)| told.insert(entry.key())) {
            let kind = &CONFLICTING_SERVICE_ENTRY_PROTOCOL;
            out.report_at(kind, entry, &[&names, host, port, &protocols], entry.name_line());
        }
    }
}
