//! Values of the filter state that filters set, compiled (`extensions/filters/common/set_filter_state`).
use super::value::{Get, Scope};
use crate::access::format::{Format, Source};
use crate::access::state::{FilterState, Sharing, StateValue};
use crate::json::Value;

/// A value that is set.
#[derive(Debug)]
pub(crate) struct Setting {
    name: String,
    format: Format,
    skip_empty: bool,
    /// What stands for a value that is missing.
    missing: &'static [u8],
    address: bool,
    sharing: Sharing,
    keyed: bool,
}

/// `envoy.extensions.filters.http.set_filter_state.v3.Config`
#[derive(Debug)]
pub(crate) struct States {
    /// Values, in order.
    pub(crate) settings: Vec<Setting>,
    /// Whether the route is chosen again then.
    pub(crate) clears_route: bool,
}

impl States {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let settings = Setting::list(value, "on_request_headers", scope);
        Self { settings, clears_route: value.flag("clear_route_cache") }
    }
}

/// Names whose values are addresses; any other text is not set.
const ADDRESSES: &[&str] = &[LOCAL, REMOTE, DESTINATION];
/// The own address of an internal connection.
pub(crate) const LOCAL: &str = "envoy.filters.listener.original_dst.local_ip";
/// The client of an internal connection.
pub(crate) const REMOTE: &str = "envoy.filters.listener.original_dst.remote_ip";
/// Where a cluster of the original destination goes.
pub(crate) const DESTINATION: &str = "envoy.network.transport_socket.original_dst_address";

impl Setting {
    /// The values of a list.
    pub(super) fn list(value: &Value, field: &str, scope: &Scope<'_>) -> Vec<Self> {
        let items = value.items(field).iter().enumerate();
        items.map(|(i, item)| Self::new(item, &scope.item(field, i))).collect()
    }

    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let text = value.get_field("format_string");
        let source = text.get_field("text_format_source").opt_text("inline_string");
        let name = value.text("object_key").to_owned();
        // The kind of a value is that of its name unless it is said.
        let kind = value.opt_text("factory_key").unwrap_or(&name);
        let address = ADDRESSES.contains(&kind);
        let hashed = matches!(kind, "istio.hashable_string" | "envoy.hashable_string");
        if !address && !hashed && kind != "envoy.string" {
            scope.refuse(format!(
                "values of the kind {kind:?} are not run; say `factory_key: envoy.string`, or run the bootstrap in Envoy"
            ));
        }
        Self {
            format: Format::new(source.unwrap_or(text.text("text_format")), scope),
            skip_empty: value.flag("skip_if_empty"),
            missing: if text.flag("omit_empty_values") { b"" } else { b"-" },
            address,
            sharing: match value.text("shared_with_upstream") {
                "ONCE" => Sharing::Once,
                "TRANSITIVE" => Sharing::Transitive,
                _ => Sharing::Own,
            },
            keyed: address || hashed,
            name,
        }
    }

    /// Sets the value when there is one.
    pub(crate) fn apply(&self, source: Source<'_>) -> Option<(String, StateValue)> {
        let mut text = Vec::new();
        self.format.write(source, self.missing, &mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        let wrong = self.address && text.parse::<std::net::SocketAddr>().is_err();
        if wrong || (text.is_empty() && self.skip_empty) {
            return None;
        }
        Some((
            self.name.clone(),
            StateValue { text, sharing: self.sharing, keyed: self.keyed, address: self.address },
        ))
    }
}

/// An address in a filter state.
pub(crate) fn address(state: &FilterState, name: &str) -> Option<std::net::SocketAddr> {
    state.get(name)?.text.parse().ok()
}
