//! What Envoy checks beyond what its messages demand of their fields: numbers, durations and names, wherever they stand in a bootstrap.

use serde_json::{Map, Value};

/// What a field must be.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// A prime number.
    Prime,
    /// Names of servers: `*` alone, or `*.` in front of a name.
    ServerNames,
    /// A path template: nothing variable follows `**`.
    Template,
}

/// The field that holds the message (the list, for its items), the field in it, and the rule.
const RULES: &[(&str, &str, Rule)] = &[
    ("maglevLbConfig", "tableSize", Rule::Prime),
    ("filterChainMatch", "serverNames", Rule::ServerNames),
    ("typedConfig", "pathTemplate", Rule::Template),
];

/// What is wrong with the fields of a message that stands in a field: the field and a sentence about it.
pub(super) fn why_bad(holder: &str, fields: &Map<String, Value>) -> Vec<(String, String)> {
    let of_cluster = || open_names(fields).into_iter().chain(balances_itself(fields));
    let of_cluster = (holder == "clusters").then(of_cluster).into_iter().flatten();
    let rules = RULES.iter().filter(|(of, ..)| *of == holder);
    let wrong = rules.filter_map(|(_, name, rule)| Some((*name, broken(*rule, fields.get(*name)?)?)));
    let wrong = wrong.map(|(name, why)| (name.to_owned(), format!("`{name}` {why}")));
    wrong.chain(of_cluster).collect()
}

/// Who balances: clusters that find their endpoints by themselves do, and no others can (`ClusterManagerImpl::loadCluster`).
fn balances_itself(cluster: &Map<String, Value>) -> Option<(String, String)> {
    let kind = cluster.get("clusterType").and_then(|kind| kind.get("name")).and_then(Value::as_str);
    let text = |name: &str| cluster.get(name).and_then(Value::as_str).unwrap_or_default();
    let by_itself = kind == Some("envoy.clusters.dynamic_forward_proxy") || text("type") == "ORIGINAL_DST";
    let provided = text("lbPolicy") == "CLUSTER_PROVIDED";
    // Other types of clusters are not judged.
    let known = by_itself || (kind.is_none() && !cluster.contains_key("loadBalancingPolicy"));
    let why = if by_itself {
        "`lbPolicy` has to be CLUSTER_PROVIDED: Envoy takes no other for a cluster that finds its endpoints by itself"
    } else {
        "`lbPolicy` is CLUSTER_PROVIDED: Envoy takes it for clusters alone that find their endpoints by themselves"
    };
    (known && by_itself != provided).then(|| ("lbPolicy".to_owned(), why.to_owned()))
}

/// A cluster of names that requests bring along, with HTTP options that leave open which server answers
/// (`dynamic_forward_proxy`, `ClusterFactory::createClusterWithConfig`).
fn open_names(cluster: &Map<String, Value>) -> Option<(String, String)> {
    let kind = cluster.get("clusterType").filter(|kind| {
        kind.get("name").and_then(Value::as_str) == Some("envoy.clusters.dynamic_forward_proxy")
    })?;
    let options = cluster.get("typedExtensionProtocolOptions")?;
    let http = options.get("envoy.extensions.upstreams.http.v3.HttpProtocolOptions")?;
    let is = |of: Option<&Value>| of.and_then(Value::as_bool).unwrap_or_default();
    let checks = |name: &str| is(http.pointer(&format!("/upstreamHttpProtocolOptions/{name}")));
    let safe = is(kind.pointer("/typedConfig/allowInsecureClusterOptions"))
        || (checks("autoSni") && checks("autoSanValidation"));
    let why = "a cluster that resolves the names of requests has HTTP options without `autoSni` and `autoSanValidation`: Envoy demands \
               both, and Istio sets neither for a port of HTTP/2 or gRPC";
    (!safe).then(|| ("typedExtensionProtocolOptions".to_owned(), why.to_owned()))
}

/// A prefix of whole segments that Envoy does not take (`path_separated_prefix` in `route_components.proto`).
pub(super) fn no_prefix(text: &str) -> Option<String> {
    let fits = text.chars().count() > 1 && !text.ends_with('/') && !text.contains(['?', '#']);
    (!fits).then(|| {
        format!("`{text}` is no prefix of whole segments: Envoy wants two characters or more, none of them `?` or `#`, and no `/` at the end")
    })
}

/// What is wrong with a duration of a route.
pub(super) fn negative(name: &str, text: &str) -> Option<String> {
    let is_timeout = matches!(name, "timeout" | "perTryTimeout" | "idleTimeout" | "maxStreamDuration");
    (is_timeout && text.starts_with('-')).then(|| format!("`{name}` is {text}: Envoy takes nothing below 0s"))
}

fn broken(rule: Rule, value: &Value) -> Option<String> {
    // Numbers of 64 bits are text.
    let number = || value.as_u64().or_else(|| value.as_str()?.parse().ok());
    match rule {
        Rule::Prime => {
            let number = number().filter(|n| !is_prime(*n))?;
            Some(format!("is {number}: Envoy wants a prime number"))
        }
        Rule::ServerNames => partial_wildcard(value),
        Rule::Template => {
            let (_, behind) = value.as_str()?.split_once("**")?;
            behind.contains('*').then(|| "has a `*` behind `**`, which must be the last one".to_owned())
        }
    }
}

fn partial_wildcard(names: &Value) -> Option<String> {
    let partial = |name: &&str| {
        let rest = name.strip_prefix("*.").unwrap_or(name);
        *name != "*" && rest.contains('*')
    };
    let name = names.as_array()?.iter().filter_map(Value::as_str).find(partial)?;
    Some(format!("has `{name}`: Envoy knows `*` alone and `*.` in front of a name"))
}

fn is_prime(number: u64) -> bool {
    let divides = |d: &u64| number.is_multiple_of(*d);
    number > 1 && !(2..).take_while(|d| d * d <= number).any(|d| divides(&d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bad(holder: &str, fields: Value) -> usize {
        why_bad(holder, fields.as_object().unwrap()).len()
    }

    #[test]
    fn names_of_requests_are_checked_or_are_allowed_not_to_be() {
        let cluster = |http: Value, config: Value| {
            json!({
                "lbPolicy": "CLUSTER_PROVIDED",
                "clusterType": {"name": "envoy.clusters.dynamic_forward_proxy", "typedConfig": config},
                "typedExtensionProtocolOptions": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http},
            })
        };
        let both = json!({"upstreamHttpProtocolOptions": {"autoSni": true, "autoSanValidation": true}});
        assert_eq!(
            bad("clusters", cluster(json!({"upstreamHttpProtocolOptions": {"autoSni": true}}), json!({}))),
            1
        );
        assert_eq!(bad("clusters", cluster(both, json!({}))), 0);
        assert_eq!(bad("clusters", cluster(json!({}), json!({"allowInsecureClusterOptions": true}))), 0);
        let plain = json!({"lbPolicy": "CLUSTER_PROVIDED", "clusterType": {"name": "envoy.clusters.dynamic_forward_proxy"}});
        assert_eq!(bad("clusters", plain), 0);
    }

    #[test]
    fn clusters_that_find_their_endpoints_balance_themselves() {
        let provided = |kind: &str| json!({"type": kind, "lbPolicy": "CLUSTER_PROVIDED"});
        assert_eq!((bad("clusters", provided("ORIGINAL_DST")), bad("clusters", provided("STATIC"))), (0, 1));
        let spread = |kind: &str| json!({"type": kind, "lbPolicy": "LEAST_REQUEST"});
        assert_eq!((bad("clusters", spread("ORIGINAL_DST")), bad("clusters", spread("STATIC"))), (1, 0));
        assert_eq!(bad("weightedClusters", provided("STATIC")), 0);
    }

    #[test]
    fn what_envoy_refuses_and_what_is_just_inside() {
        for (holder, refused, taken) in [
            ("maglevLbConfig", json!({"tableSize": "100"}), json!({"tableSize": "101"})),
            (
                "filterChainMatch",
                json!({"serverNames": ["*a.com"]}),
                json!({"serverNames": ["*.a.com", "*", "b"]}),
            ),
            ("typedConfig", json!({"pathTemplate": "/a/**/b/*"}), json!({"pathTemplate": "/a/*/**/b"})),
        ] {
            assert_eq!(
                (bad(holder, refused.clone()), bad(holder, taken.clone())),
                (1, 0),
                "{refused} {taken}"
            );
        }
        assert_eq!(bad("other", json!({"tableSize": "100"})), 0);
        assert!(negative("timeout", "-1s").is_some());
        assert!(negative("timeout", "1s").is_none() && negative("name", "-1s").is_none());
    }
}
