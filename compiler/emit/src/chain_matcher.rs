//! Choice of a filter chain by destination (`xds.type.matcher.v3.Matcher`).

use mp_ir::plan::{ChainChoice, ChainMatcher};
use serde_json::Value;

use crate::json::{Object, extension, list};
use crate::listener::cidr;

const INPUTS: &str = "envoy.extensions.matching.common_inputs.network.v3";

/// By destination address.
pub(crate) fn chain_matcher(matcher: &ChainMatcher) -> Value {
    let ranges = matcher.ranges.iter().map(|(ranges, choice)| {
        Object::new().set("ranges", list(ranges.iter().map(cidr))).set("onMatch", on_match(choice))
    });
    let by_ip = Object::typed("xds.type.matcher.v3.IPMatcher").unless_default("rangeMatchers", list(ranges));
    tree("ip", "DestinationIPInput", "customMatch", extension("ip", by_ip)).into()
}

fn tree(name: &str, input: &str, kind: &str, matches: Value) -> Object {
    let input = extension(name, Object::typed(&format!("{INPUTS}.{input}")));
    Object::new().set("matcherTree", Object::new().set("input", input).set(kind, matches))
}

fn on_match(choice: &ChainChoice) -> Object {
    match choice {
        ChainChoice::Chain(name) => chain(name),
        ChainChoice::Sniffed { http, tcp, http10 } => {
            let words = ["'h2c'", "'http/1.1'"].into_iter().chain(http10.then_some("'http/1.0'"));
            let map = words.fold(Object::new(), |map, word| map.set(word, chain(http)));
            let matcher = by_value("application-protocol", "ApplicationProtocolInput", map);
            Object::new().set("matcher", matcher.set("onNoMatch", chain(tcp)))
        }
        ChainChoice::Ports(ports) => {
            let map = ports
                .iter()
                .fold(Object::new(), |map, (port, choice)| map.set(&port.to_string(), on_match(choice)));
            Object::new().set("matcher", by_value("port", "DestinationPortInput", map))
        }
    }
}

fn by_value(name: &str, input: &str, map: Object) -> Object {
    tree(name, input, "exactMatchMap", Object::new().set("map", map).into())
}

fn chain(name: &str) -> Object {
    let value = Object::typed("google.protobuf.StringValue").set("value", name);
    Object::new().set("action", extension(name, value))
}
