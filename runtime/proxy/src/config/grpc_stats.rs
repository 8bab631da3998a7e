//! `envoy.extensions.filters.http.grpc_stats.v3.FilterConfig`, compiled.
use crate::json::Value;

use super::value::Get;

/// The filter.
#[derive(Debug)]
pub(crate) struct GrpcStats {
    /// Whether other filters may read the numbers of messages.
    pub(crate) tells: bool,
    every_method: bool,
    /// Services with methods that are counted apart; a service without methods with all of them.
    listed: Vec<(String, Vec<String>)>,
}

impl GrpcStats {
    pub(super) fn new(value: &Value) -> Self {
        let listed = value.get_field("individual_method_stats_allowlist").items("services").iter();
        Self {
            tells: value.flag("emit_filter_state"),
            every_method: value.flag("stats_for_all_methods"),
            listed: listed.map(|s| (s.text("name").to_owned(), s.texts("method_names"))).collect(),
        }
    }

    /// The name of a call in statistics, with a dot at its end: empty for one that is counted with all others, `None` for
    /// a path that is no call (`Grpc::Common::resolveServiceAndMethod`).
    pub(crate) fn name(&self, path: &str) -> Option<String> {
        let (service, method) =
            path.strip_prefix('/')?.split_once('/').filter(|(s, m)| !s.is_empty() && !m.is_empty())?;
        if method.contains('/') {
            return None;
        }
        let is_listed = |(name, methods): &(String, Vec<String>)| {
            name == service && (methods.is_empty() || methods.iter().any(|m| m == method))
        };
        let apart = self.every_method || self.listed.iter().any(is_listed);
        Some(if apart { format!("{service}.{method}.") } else { String::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::GrpcStats;
    use crate::json::Value;

    #[test]
    fn calls_are_named_as_the_configuration_asks() {
        let of = |config: serde_json::Value| GrpcStats::new(&Value::from(&config));
        let plain = of(serde_json::json!({}));
        assert_eq!(plain.name("/a.B/C").as_deref(), Some(""));
        for path in ["/a.B", "/a.B/", "//C", "a.B/C", "/a.B/C/D"] {
            assert_eq!(plain.name(path), None, "{path}");
        }
        assert_eq!(
            of(serde_json::json!({"stats_for_all_methods": true})).name("/a.B/C").as_deref(),
            Some("a.B.C.")
        );
        let listed = of(serde_json::json!({"individual_method_stats_allowlist": {"services": [
            {"name": "a.B", "method_names": ["C"]}]}}));
        assert_eq!(listed.name("/a.B/C").as_deref(), Some("a.B.C."));
        assert_eq!(listed.name("/a.B/D").as_deref(), Some(""));
    }
}
