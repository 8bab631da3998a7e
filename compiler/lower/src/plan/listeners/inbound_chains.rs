//! Which inbound connections a port takes, by mutual TLS mode and protocol (`filterchain_options.go`).

use mp_ir::mesh::MutualTlsMode;
use mp_ir::plan::Transport;

use super::outbound::Speech;
use super::stack::Stack;

/// ALPN of plaintext HTTP, as the HTTP inspector reports it.
pub(super) fn plaintext_alpn(stack: &Stack<'_>) -> Vec<String> {
    let names: &[&str] =
        if stack.flags.http10 { &["http/1.0", "http/1.1", "h2c"] } else { &["http/1.1", "h2c"] };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// ALPN of mutual TLS between proxies of the mesh.
pub(super) const MESH: [&str; 5] =
    ["istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"];
const MESH_HTTP: [&str; 3] = ["istio-http/1.0", "istio-http/1.1", "istio-h2"];
const MESH_TCP: [&str; 2] = ["istio-peer-exchange", "istio"];

/// A set of ALPN names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alpn {
    Any,
    PlainHttp,
    Of(&'static [&'static str]),
}

/// One kind of connection that a port takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// ALPN; empty for any.
    pub(super) alpn: Vec<String>,
    /// What it begins with.
    pub(super) transport: Transport,
    /// It is HTTP.
    pub(super) http: bool,
    /// TLS is terminated.
    pub(super) terminates: bool,
}

type Row = (Alpn, Transport, bool, bool);

const RAW: Transport = Transport::RawBuffer;
const TLS: Transport = Transport::Tls;

/// The table: ALPN, transport, HTTP, TLS terminated.
fn rows(mode: MutualTlsMode, speech: Speech) -> &'static [Row] {
    match (speech, mode) {
        (Speech::Http, MutualTlsMode::Strict) => &[(Alpn::Any, TLS, true, true)],
        (Speech::Http, MutualTlsMode::Permissive) => {
            &[(Alpn::Of(&MESH), TLS, true, true), (Alpn::Any, RAW, true, false)]
        }
        (Speech::Http, MutualTlsMode::Disable | MutualTlsMode::Unset) => &[(Alpn::Any, RAW, true, false)],
        (Speech::Auto, MutualTlsMode::Strict) => {
            &[(Alpn::Of(&MESH_HTTP), TLS, true, true), (Alpn::Any, TLS, false, true)]
        }
        (Speech::Auto, MutualTlsMode::Permissive) => &[
            (Alpn::Of(&MESH_HTTP), TLS, true, true),
            (Alpn::PlainHttp, RAW, true, false),
            (Alpn::Of(&MESH_TCP), TLS, false, true),
            (Alpn::Any, RAW, false, false),
            (Alpn::Any, TLS, false, false),
        ],
        (Speech::Auto, MutualTlsMode::Disable | MutualTlsMode::Unset) => {
            &[(Alpn::PlainHttp, RAW, true, false), (Alpn::Any, RAW, false, false)]
        }
        (Speech::Tcp, MutualTlsMode::Strict) => &[(Alpn::Any, TLS, false, true)],
        (Speech::Tcp, MutualTlsMode::Permissive) => &[
            (Alpn::Of(&MESH), TLS, false, true),
            (Alpn::Any, TLS, false, false),
            (Alpn::Any, RAW, false, false),
        ],
        (Speech::Tcp, MutualTlsMode::Disable | MutualTlsMode::Unset) => &[(Alpn::Any, RAW, false, false)],
    }
}

/// The connections that a port takes, in istiod's order (`getFilterChainMatchOptions`).
pub(super) fn taken(stack: &Stack<'_>, mode: MutualTlsMode, speech: Speech) -> Vec<Taken> {
    let one = |(alpn, transport, http, terminates): &Row| {
        let alpn = match alpn {
            Alpn::Any => Vec::new(),
            Alpn::PlainHttp => plaintext_alpn(stack),
            Alpn::Of(names) => names.iter().map(|name| (*name).to_owned()).collect(),
        };
        Taken { alpn, transport: *transport, http: *http, terminates: *terminates }
    };
    rows(mode, speech).iter().map(one).collect()
}

/// TLS that a Sidecar's ingress port terminates itself (`getTLSFilterChainMatchOptions`).
pub(super) fn taken_with_own_tls(http: bool) -> Vec<Taken> {
    vec![Taken { alpn: Vec::new(), transport: Transport::Tls, http, terminates: true }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_ports_take_no_plaintext_and_disabled_ones_no_tls() {
        for speech in [Speech::Http, Speech::Tcp, Speech::Auto] {
            assert!(rows(MutualTlsMode::Strict, speech).iter().all(|row| row.3));
            assert!(rows(MutualTlsMode::Disable, speech).iter().all(|row| row.1 == RAW));
            let both = rows(MutualTlsMode::Permissive, speech);
            assert!(both.iter().any(|row| row.3) && both.iter().any(|row| row.1 == RAW));
        }
    }
}
