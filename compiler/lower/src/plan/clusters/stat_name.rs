//! Names in statistics from the mesh's patterns (`pilot/pkg/networking/telemetry/telemetry.go` `BuildStatPrefix`).

use mp_ir::mesh::{Registry, Service};

use super::base::PortView;

/// Fills a pattern for one cluster, the closing `;` included. `target_port` is 0 for outbound clusters; a host that has no service is
/// that of a Sidecar.
pub(super) fn fill(
    pattern: &str,
    (host, service): (&str, Option<&Service>),
    subset: &str,
    port: PortView<'_>,
    target_port: u32,
) -> String {
    let named = |s: &&Service| s.registry == Registry::Kubernetes && !s.meta.name().is_empty();
    let (short, name) = match service.filter(named) {
        Some(of) => (format!("{}.{}", of.meta.name(), of.meta.namespace()), of.meta.name()),
        None => (host.to_owned(), host),
    };
    let filled = pattern
        .replace("%SERVICE%", &short)
        .replace("%SERVICE_NAME%", name)
        .replace("%SERVICE_FQDN%", host)
        .replace("%SUBSET_NAME%", subset)
        .replace("%TARGET_PORT%", &target_port.to_string())
        .replace("%SERVICE_PORT%", &port.number.to_string())
        .replace("%SERVICE_PORT_NAME%", port.name);
    format!("{filled};")
}
