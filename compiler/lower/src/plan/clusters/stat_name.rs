//! Names in statistics from the mesh's patterns (`pilot/pkg/networking/telemetry/telemetry.go` `BuildStatPrefix`).

use mp_ir::mesh::{Registry, Service};

use super::base::PortView;

/// Fills a pattern for one cluster, the closing `;` included. `target_port` is 0 for outbound clusters.
pub(super) fn fill(
    pattern: &str,
    service: &Service,
    subset: &str,
    port: PortView<'_>,
    target_port: u32,
) -> String {
    let host = service.hostname.value.as_str();
    let kubernetes = service.registry == Registry::Kubernetes && !service.meta.name().is_empty();
    let (short, name) = if kubernetes {
        (format!("{}.{}", service.meta.name(), service.meta.namespace()), service.meta.name())
    } else {
        (host.to_owned(), host)
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
