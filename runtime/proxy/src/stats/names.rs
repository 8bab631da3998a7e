//! Tags: the parts of a statistic's name that Prometheus sees as labels.
use crate::json::Value;
use regex::Regex;

use crate::config::Get;

/// How tags are taken out of names.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    rules: Vec<Rule>,
    fixed: Vec<(String, String)>,
    /// Which statistics exist: `None` is all of them.
    keep: Option<Keep>,
}

#[derive(Debug)]
struct Rule {
    name: String,
    regex: Regex,
}

#[derive(Debug)]
struct Keep {
    include: bool,
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
enum Pattern {
    Exact(String),
    Prefix(String),
    Suffix(String),
    Contains(String),
    Regex(Regex),
}

/// The default rules in the order of `source/common/config/well_known_names.cc`; the first group is taken out of the
/// name, the second one is the value.
const DEFAULTS: &[(&str, &str)] = &[
    ("envoy.response_code", r"_rq(_(\d{3}))$"),
    ("envoy.response_code_class", r"_rq_((\d))xx$"),
    ("envoy.rbac_prefix", r"^http\.[^.]+\.rbac\.(([^.]+)\.)(?:shadow_)?(?:allowed|denied)$"),
    ("envoy.local_http_ratelimit_prefix", r"^((.*?)\.)http_local_rate_limit\."),
    ("envoy.local_network_ratelimit_prefix", r"^local_rate_limit\.((.*?)\.)"),
    ("envoy.ext_authz_prefix", r"^cluster\..*?\.ext_authz\.((.*?)\.)[^.]+$"),
    ("envoy.grpc_bridge_method", r"^cluster\..*?\.grpc\..*\.((.*)\.)[^.]+$"),
    ("envoy.grpc_bridge_service", r"^cluster\..*?\.grpc\.((.*)\.)(?:[^.]+\.)?[^.]+$"),
    ("envoy.http_conn_manager_prefix", r"^(?:|listener\..*?\.)http\.((.*?)\.)"),
    ("envoy.tcp_prefix", r"^tcp\.((.*?)\.)"),
    ("envoy.cluster_name", r"^cluster\.(([^.]+)\.).*"),
    ("envoy.listener_address", r"^listener\.(((?:[_.[:digit:]]*|[_\[\]aAbBcCdDeEfF[:digit:]]*|[^.]*))\.)"),
    ("envoy.worker_id", r"(?:^|\.)((worker_\d+)\.)"),
];

impl Tags {
    /// Reads `stats_config`; a pattern that does not compile takes nothing out.
    pub(crate) fn new(config: Option<&Value>) -> Self {
        let mut tags = Self { keep: keep(config.get_field("stats_matcher")), ..Self::default() };
        for item in config.items("stats_tags") {
            let name = item.text("tag_name").to_owned();
            if let Some(value) = item.opt_text("fixed_value") {
                tags.fixed.push((label(&name), value.to_owned()));
            } else if let Ok(regex) = Regex::new(item.text("regex")) {
                tags.rules.push(Rule { name, regex });
            }
        }
        if config.opt_flag("use_all_default_tags").unwrap_or(true) {
            for (name, regex) in DEFAULTS {
                if let Ok(regex) = Regex::new(regex) {
                    tags.rules.push(Rule { name: (*name).to_owned(), regex });
                }
            }
        }
        tags
    }

    /// Whether a statistic exists.
    pub(crate) fn keeps(&self, name: &str) -> bool {
        self.keep.as_ref().is_none_or(|k| k.patterns.iter().any(|p| p.matches(name)) == k.include)
    }

    /// The name without tags, and the tags as labels.
    pub(crate) fn split(&self, name: &str) -> (String, Vec<(String, String)>) {
        let mut labels = Vec::new();
        let mut removed: Vec<std::ops::Range<usize>> = Vec::new();
        for rule in &self.rules {
            let Some(found) = rule.regex.captures(name) else { continue };
            let Some(whole) = found.get(1) else { continue };
            let value = found.get(2).unwrap_or(whole);
            let key = label(&rule.name);
            // The first rule of a name wins, and rules of the bootstrap stand first.
            if labels.iter().any(|(k, _)| *k == key) || value.is_empty() {
                continue;
            }
            labels.push((key, value.as_str().to_owned()));
            removed.push(whole.range());
        }
        removed.sort_by_key(|r| r.start);
        let mut rest = String::new();
        let mut at = 0;
        for range in removed {
            if range.start >= at {
                rest.push_str(name.get(at..range.start).unwrap_or_default());
            }
            at = at.max(range.end);
        }
        rest.push_str(name.get(at..).unwrap_or_default());
        labels.extend(self.fixed.iter().cloned());
        (rest, labels)
    }
}

fn label(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_")
}

fn keep(matcher: Option<&Value>) -> Option<Keep> {
    let matcher = matcher?;
    if matcher.flag("reject_all") {
        return Some(Keep { include: true, patterns: Vec::new() });
    }
    let include = matcher.get_field("inclusion_list").is_some();
    let list = if include { "inclusion_list" } else { "exclusion_list" };
    let patterns = matcher.get_field(list)?.items("patterns").iter().filter_map(Pattern::new);
    Some(Keep { include, patterns: patterns.collect() })
}

impl Pattern {
    fn new(value: &Value) -> Option<Self> {
        let text = |name: &str| value.opt_text(name).map(str::to_owned);
        text("exact")
            .map(Self::Exact)
            .or_else(|| text("prefix").map(Self::Prefix))
            .or_else(|| text("suffix").map(Self::Suffix))
            .or_else(|| text("contains").map(Self::Contains))
            .or_else(|| {
                let regex = value.get_field("safe_regex").text("regex");
                Regex::new(&format!("^(?:{regex})$")).ok().map(Self::Regex)
            })
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(text) => name == text,
            Self::Prefix(text) => name.starts_with(text.as_str()),
            Self::Suffix(text) => name.ends_with(text.as_str()),
            Self::Contains(text) => name.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tags;
    use crate::json::Value;

    #[test]
    fn names_split_as_the_defaults_of_envoy_say() {
        let tags = Tags::new(None);
        for (name, rest, labels) in [
            ("cluster.ok.upstream_rq_200", "cluster.upstream_rq", "response_code=200,cluster_name=ok"),
            ("cluster.ok.upstream_rq_2xx", "cluster.upstream_rq_xx", "response_code_class=2,cluster_name=ok"),
            ("http.pre.downstream_rq_total", "http.downstream_rq_total", "http_conn_manager_prefix=pre"),
            (
                "listener.0.0.0.0_80.http.pre.downstream_rq_4xx",
                "listener.http.downstream_rq_xx",
                "response_code_class=4,http_conn_manager_prefix=pre,listener_address=0.0.0.0_80",
            ),
            ("cluster.a.b.c.upstream_rq_total", "cluster.b.c.upstream_rq_total", "cluster_name=a"),
            ("server.live", "server.live", ""),
        ] {
            let (found, found_labels) = tags.split(name);
            let text: Vec<_> =
                found_labels.iter().map(|(k, v)| format!("{}={v}", k.trim_start_matches("envoy_"))).collect();
            assert_eq!((found.as_str(), text.join(",").as_str()), (rest, labels), "{name}");
        }
    }

    #[test]
    fn a_bootstrap_names_its_own_tags_and_what_it_keeps() {
        let config = serde_json::json!({
            "stats_tags": [{"tag_name": "cluster_name", "regex": "^cluster\\.((.+?(\\..+?\\.svc\\.cluster\\.local)?)\\.)"}],
            "use_all_default_tags": false,
            "stats_matcher": {"inclusion_list": {"patterns": [{"prefix": "cluster."}]}}});
        let tags = Tags::new(Some(&Value::from(&config)));
        let (rest, labels) = tags.split("cluster.outbound|80||a.b.svc.cluster.local.upstream_rq_total");
        assert_eq!(rest, "cluster.upstream_rq_total");
        assert_eq!(labels, [("cluster_name".to_owned(), "outbound|80||a.b.svc.cluster.local".to_owned())]);
        assert!(tags.keeps("cluster.x") && !tags.keeps("http.x"));
    }
}
