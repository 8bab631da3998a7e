//! Trees of matchers that pick a filter chain (`xds.type.matcher.v3.Matcher` over network inputs).
use std::collections::BTreeMap;

use super::matcher::Cidr;
use super::value::{Get, Scope};
use crate::json::Value;
use crate::net::chain::Facts;

/// A matcher: where its input is known, the action of that value, else another one.
#[derive(Debug)]
pub(crate) struct ChainMatcher {
    input: Input,
    table: Table,
    otherwise: Option<Box<Next>>,
}

#[derive(Debug)]
enum Next {
    Chain(String),
    Matcher(ChainMatcher),
}

#[derive(Debug)]
enum Table {
    /// By the whole value.
    Exact(BTreeMap<String, Next>),
    /// By the longest range first; the flag says that no wider one is asked.
    Ranges(Vec<(Cidr, bool, usize)>, Vec<Next>),
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
enum Input {
    DestinationIp,
    DestinationPort,
    SourceIp,
    SourcePort,
    ServerName,
    Transport,
    Alpn,
}

impl Input {
    fn new(kind: &str) -> Option<Self> {
        Some(match kind.rsplit('.').next().unwrap_or_default() {
            "DestinationIPInput" => Self::DestinationIp,
            "DestinationPortInput" => Self::DestinationPort,
            "SourceIPInput" => Self::SourceIp,
            "SourcePortInput" => Self::SourcePort,
            "ServerNameInput" => Self::ServerName,
            "TransportProtocolInput" => Self::Transport,
            "ApplicationProtocolInput" => Self::Alpn,
            _ => return None,
        })
    }

    fn value(self, facts: &Facts) -> Option<String> {
        let some = |text: String| Some(text).filter(|t| !t.is_empty());
        match self {
            Self::DestinationIp => Some(facts.local?.to_string()),
            Self::DestinationPort => facts.local.map(|_| facts.port.to_string()),
            Self::SourceIp => Some(facts.remote?.to_string()),
            Self::SourcePort => facts.remote.map(|_| facts.remote_port.to_string()),
            Self::ServerName => some(facts.server_name.clone()),
            Self::Transport => Some(if facts.tls { "tls" } else { "raw_buffer" }.to_owned()),
            Self::Alpn => some(facts.alpn.iter().map(|a| format!("'{a}'")).collect::<Vec<_>>().join(",")),
        }
    }
}

impl ChainMatcher {
    /// Compiles a matcher.
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let scope = scope.field("matcher_tree");
        let tree = value.get_field("matcher_tree");
        let Some(input) = Input::new(tree.get_field("input").get_field("typed_config").text("@type")) else {
            scope.refuse("a matcher needs a matcher_tree with an input of the network");
            return None;
        };
        let custom = tree.get_field("custom_match").get_field("typed_config");
        let exact = tree.get_field("exact_match_map");
        let table = match custom {
            Some(ranges) => Self::ranges(ranges, &scope.field("custom_match.typed_config"))?,
            None => {
                let scope = scope.field("exact_match_map");
                let entries = exact.entries("map");
                let all =
                    entries.map(|(key, next)| Some((key.to_owned(), Next::new(next, &scope.field(key))?)));
                Table::Exact(all.collect::<Option<_>>()?)
            }
        };
        let otherwise = match value.get_field("on_no_match") {
            Some(next) => Some(Box::new(Next::new(next, &scope.field("on_no_match"))?)),
            None => None,
        };
        Some(Self { input, table, otherwise })
    }

    fn ranges(value: &Value, scope: &Scope<'_>) -> Option<Table> {
        let (mut ranges, mut nexts) = (Vec::new(), Vec::new());
        for (index, item) in value.items("range_matchers").iter().enumerate() {
            let scope = scope.item("range_matchers", index);
            let own = Cidr::list(item, "ranges", &scope).into_iter();
            ranges.extend(own.map(|range| (range, item.flag("exclusive"), index)));
            nexts.push(Next::new(item.get_field("on_match")?, &scope.field("on_match"))?);
        }
        // The order of the file stands among ranges of one length.
        ranges.sort_by_key(|(range, ..)| std::cmp::Reverse(range.length()));
        Some(Table::Ranges(ranges, nexts))
    }

    /// The name of the chain for a connection.
    pub(crate) fn pick(&self, facts: &Facts) -> Option<&str> {
        let found = self.input.value(facts).and_then(|value| match &self.table {
            Table::Exact(map) => map.get(&value)?.pick(facts),
            Table::Ranges(ranges, nexts) => {
                let ip = value.parse().ok()?;
                for (_, exclusive, next) in ranges.iter().filter(|(range, ..)| range.contains(ip)) {
                    let found = nexts.get(*next).and_then(|next| next.pick(facts));
                    if found.is_some() || *exclusive {
                        return found;
                    }
                }
                None
            }
        });
        found.or_else(|| self.otherwise.as_ref()?.pick(facts))
    }
}

impl Next {
    fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        if let Some(matcher) = value.get_field("matcher") {
            return ChainMatcher::new(matcher, &scope.field("matcher")).map(Self::Matcher);
        }
        let name = value.get_field("action").get_field("typed_config").opt_text("value");
        if name.is_none() {
            scope.refuse("needs a matcher, or an action with the name of a filter chain");
        }
        Some(Self::Chain(name?.to_owned()))
    }

    fn pick(&self, facts: &Facts) -> Option<&str> {
        match self {
            Self::Chain(name) => Some(name),
            Self::Matcher(matcher) => matcher.pick(facts),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn chain(name: &str) -> serde_json::Value {
        serde_json::json!({"action": {"typed_config": {"value": name}}})
    }

    fn tree(input: &str, more: serde_json::Value, otherwise: Option<serde_json::Value>) -> serde_json::Value {
        let mut tree = serde_json::json!({"input": {"typed_config": {"@type": format!("x.{input}")}}});
        tree.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut matcher = serde_json::json!({"matcher_tree": tree});
        if let Some(otherwise) = otherwise {
            matcher["on_no_match"] = otherwise;
        }
        matcher
    }

    fn ports(map: serde_json::Value) -> serde_json::Value {
        serde_json::json!({"matcher": tree("DestinationPortInput", serde_json::json!({"exact_match_map": {"map": map}}), None)})
    }

    #[test]
    fn the_longest_range_whose_matcher_knows_an_answer_decides() {
        let range = |prefix: &str, length: u32, next: serde_json::Value, exclusive: bool| serde_json::json!({"ranges": [{"address_prefix": prefix, "prefix_len": length}], "on_match": next, "exclusive": exclusive});
        let ranges = serde_json::json!([
            range("10.0.0.0", 8, chain("wide"), false),
            range("10.1.0.0", 16, ports(serde_json::json!({"80": chain("narrow")})), false),
            range("10.2.0.0", 16, ports(serde_json::json!({"80": chain("only")})), true),
        ]);
        let more = serde_json::json!({"custom_match": {"typed_config": {"range_matchers": ranges}}});
        let text = tree("DestinationIPInput", more, Some(chain("none"))).to_string();
        let value: Value<'_> = serde_json::from_str(&text).unwrap();
        let refusals = RefCell::new(Vec::new());
        let matcher = ChainMatcher::new(&value, &Scope::root(&refusals)).unwrap();
        for (ip, port, wanted) in [
            ("10.1.2.3", 80, "narrow"),
            ("10.1.2.3", 81, "wide"),
            ("10.2.2.3", 80, "only"),
            ("10.2.2.3", 81, "none"),
            ("192.0.2.1", 80, "none"),
        ] {
            let facts = Facts { port, local: Some(ip.parse().unwrap()), ..Facts::default() };
            assert_eq!(matcher.pick(&facts), Some(wanted), "{ip}:{port}");
        }
        assert_eq!(matcher.pick(&Facts::default()), Some("none"));
        assert!(refusals.borrow().is_empty());
    }
}
