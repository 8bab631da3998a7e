//! The filters that look at a connection before its filter chain is picked.
use super::value::{Get, Scope};
use crate::json::Value;

/// Filters of a listener, in the order in which they run here; absent ones are `None`.
#[derive(Debug)]
pub(crate) struct ListenerFilters {
    /// Restores the address that the client wanted.
    pub(crate) original_dst: Option<Watch<()>>,
    /// Connections upstream come from the client's address; with a mark.
    pub(crate) original_src: Option<Watch<u32>>,
    /// Reads the PROXY protocol; the flag says that it may be absent.
    pub(crate) proxy_protocol: Option<Watch<bool>>,
    /// Looks for a ClientHello.
    pub(crate) tls_inspector: Option<Watch<()>>,
    /// Looks for a request line.
    pub(crate) http_inspector: Option<Watch<()>>,
}

/// A filter with its settings, and the connections that it leaves alone.
#[derive(Debug)]
pub(crate) struct Watch<T> {
    settings: T,
    off: Option<Predicate>,
}

impl<T: Copy> Watch<T> {
    /// The settings, where the filter looks at connections to this port.
    pub(crate) fn at(&self, port: Option<u16>) -> Option<T> {
        let off = self.off.as_ref().is_some_and(|off| off.matches(port));
        (!off).then_some(self.settings)
    }
}

/// `envoy.config.listener.v3.ListenerFilterChainMatchPredicate`, after
/// `source/common/network/filter_matcher.h`.
#[derive(Debug)]
enum Predicate {
    Any,
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    /// Ports from the first one up to the second one, which is out.
    Ports(i64, i64),
}

impl Predicate {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let all = |name: &str| {
            let scope = scope.field(name);
            let rules = value.get_field(name).items("rules").iter().enumerate();
            rules.map(|(index, rule)| Self::new(rule, &scope.item("rules", index))).collect::<Vec<_>>()
        };
        if value.get_field("or_match").is_some() {
            return Self::Or(all("or_match"));
        }
        if value.get_field("and_match").is_some() {
            return Self::And(all("and_match"));
        }
        if let Some(rule) = value.get_field("not_match") {
            return Self::Not(Box::new(Self::new(rule, &scope.field("not_match"))));
        }
        if let Some(range) = value.get_field("destination_port_range") {
            let end = |name: &str| range.get_field(name).and_then(Value::as_i64).unwrap_or(0);
            return Self::Ports(end("start"), end("end"));
        }
        if value.get_field("any_match").is_none() {
            scope.refuse("needs or_match, and_match, not_match, any_match or destination_port_range");
        }
        Self::Any
    }

    /// Whether connections to this port are meant; those from inside of the proxy have none.
    fn matches(&self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::Or(rules) => rules.iter().any(|rule| rule.matches(port)),
            Self::And(rules) => rules.iter().all(|rule| rule.matches(port)),
            Self::Not(rule) => !rule.matches(port),
            Self::Ports(start, end) => port.is_some_and(|port| (*start..*end).contains(&i64::from(port))),
        }
    }
}

impl ListenerFilters {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let find = |name: &str| {
            let mut all = value.items("listener_filters").iter().enumerate();
            let (index, item) =
                all.find(|(_, f)| f.get_field("typed_config").text("@type").ends_with(name))?;
            let scope = scope.item("listener_filters", index);
            let scope = scope.field("filter_disabled");
            let off = item.get_field("filter_disabled").map(|p| Predicate::new(p, &scope));
            Some((item.get_field("typed_config")?, off))
        };
        let plain = |name: &str| find(name).map(|(_, off)| Watch { settings: (), off });
        let always = value.flag("use_original_dst").then_some(Watch { settings: (), off: None });
        Self {
            original_dst: plain("OriginalDst").or(always),
            original_src: find("OriginalSrc")
                .map(|(config, off)| Watch { settings: config.int("mark").unwrap_or(0) as u32, off }),
            proxy_protocol: find("ProxyProtocol").map(|(config, off)| Watch {
                settings: config.flag("allow_requests_without_proxy_protocol"),
                off,
            }),
            tls_inspector: plain("TlsInspector"),
            http_inspector: plain("HttpInspector"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn predicates_speak_of_ports() {
        let range = |start: u16, end: u16| serde_json::json!({"destination_port_range": {"start": start, "end": end}});
        let or = serde_json::json!({"or_match": {"rules": [range(80, 81), range(90, 95)]}});
        let cases = [
            (range(80, 81), vec![80], vec![79, 81]),
            (or.clone(), vec![80, 90, 94], vec![81, 95]),
            (serde_json::json!({"not_match": or}), vec![81, 95], vec![80, 94]),
            (
                serde_json::json!({"and_match": {"rules": [range(80, 90), range(85, 95)]}}),
                vec![85, 89],
                vec![84, 90],
            ),
            (serde_json::json!({"any_match": true}), vec![1, 80], vec![]),
        ];
        for (value, inside, outside) in cases {
            let refusals = RefCell::new(Vec::new());
            let predicate = Predicate::new(&Value::from(&value), &Scope::root(&refusals));
            assert!(inside.iter().all(|port| predicate.matches(Some(*port))), "{value}");
            assert!(!outside.iter().any(|port| predicate.matches(Some(*port))), "{value}");
            assert!(refusals.borrow().is_empty());
        }
        let refusals = RefCell::new(Vec::new());
        let nothing = serde_json::json!({});
        Predicate::new(&Value::from(&nothing), &Scope::root(&refusals));
        assert_eq!(refusals.borrow().len(), 1);
    }
}
