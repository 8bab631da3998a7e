//! # Plain TCP to a ServiceEntry without addresses
//!
//! Without an address the proxy cannot tell connections to the host from others on the port.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: db, namespace: shop}
//! spec: {hosts: [db.example.com], ports: [{number: 5432, name: tcp, protocol: Tcp}]}
//! # IST0134 ServiceEntry shop/db
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: db, namespace: shop}
//! spec: {hosts: [db.example.com], addresses: [10.0.0.1], ports: [{number: 5432, name: tcp, protocol: TCP}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: web, namespace: shop}
//! spec: {hosts: [web.example.com], ports: [{number: 443, name: tls, protocol: TLS}]}
//! ```

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::SERVICE_ENTRY_ADDRESSES_REQUIRED;
use super::selectors::pairs;
use super::store::items;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "serviceentry.Analyzer",
    inputs: &[SourceKind::ServiceEntry, SourceKind::MeshConfig],
    codes: &["IST0134"],
    source: include_str!("service_entry_addresses.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let defaults = cx.mesh.as_ref().and_then(|mesh| mesh.message("defaultConfig"));
    let metadata = pairs(defaults, "proxyMetadata");
    let is_on = |key: &str| metadata.get(key) == Some(&"true");
    let allocates = ["ISTIO_META_DNS_AUTO_ALLOCATE", "PILOT_ENABLE_IP_AUTOALLOCATE"].into_iter().any(is_on);
    if is_on("ISTIO_META_DNS_CAPTURE") && allocates {
        return;
    }
    for (entry, message) in cx.store.messages(SourceKind::ServiceEntry) {
        let has_status = items(entry.root(), &["status", "addresses"]).next().is_some();
        if has_status || !message.items("addresses").is_empty() {
            continue;
        }
        for port in message.messages("ports") {
            let protocol = port.text("protocol");
            if protocol.is_empty() || protocol.eq_ignore_ascii_case("TCP") {
                let line = entry.line_of_item(port.get("name"));
                out.report_at(&SERVICE_ENTRY_ADDRESSES_REQUIRED, entry, &[], line);
            }
        }
    }
}
