//! # Server that speaks first on a port with detection
//!
//! The port states no protocol, so the proxy waits for the client's first bytes to find out. On this port it is the server that speaks first (MySQL, SMTP, FTP, SSH,
//! POP3, IMAP): client and server wait for each other, and the connection hangs until the detection times out, or fails.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: db, namespace: shop}
//! spec:
//!   clusterIP: 10.0.0.1
//!   ports:
//!   - {name: db, port: 3307, targetPort: 3306}
//! #   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP1025 MySQL
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: db, namespace: shop}
//! spec:
//!   clusterIP: 10.0.0.1
//!   ports:
//!   - {name: tcp-db, port: 3307, targetPort: 3306}
//!   - {name: mail, port: 25, targetPort: 25}
//!   - {name: sql, port: 3306}
//!   - {name: other, port: 2222, targetPort: 22, appProtocol: tcp}
//!   - {name: web, port: 80, targetPort: 8080}
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::TargetPort;

use crate::{Check, Cx, Findings};

/// Ports of protocols in which the server speaks first.
const SERVER_FIRST: &[(u32, &str)] = &[
    (21, "FTP"),
    (22, "SSH"),
    (25, "SMTP"),
    (110, "POP3"),
    (143, "IMAP"),
    (587, "SMTP"),
    (3306, "MySQL"),
    (5900, "VNC"),
];

pub(crate) static CHECK: Check = Check {
    code: "MP1025",
    name: "server-first-protocol",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("server_first_protocol.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for service in &cx.mesh.services {
        for (at, port) in service.ports.iter().enumerate().filter(|(_, port)| port.protocol.is_sniffed()) {
            let target = match port.target {
                TargetPort::Number(number) => number,
                TargetPort::Name(_) => port.number,
            };
            let Some((_, speaks)) =
                SERVER_FIRST.iter().find(|(known, _)| *known == target || *known == port.number)
            else {
                continue;
            };
            out.report(
                port.origin,
                &service.meta.object,
                format!("spec.ports[{at}].name"),
                format!("port {} states no protocol, and {speaks} servers speak first", port.number),
            )
            .label("the proxy waits for the client, the client for the server")
            .help(format!("call it `tcp-{}`, or set `appProtocol: tcp`", port.name));
        }
    }
}
