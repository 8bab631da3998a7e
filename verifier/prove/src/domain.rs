//! Which requests are considered at all.

use std::collections::BTreeSet;

use mp_ir::plan::{EnforcementPoint, EscapedSlashes, PathRules};

use crate::automata::quote;
use crate::space::Key;

/// Bounds of all attributes, drawn from the points that a question is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Domain {
    /// Ports that services declare.
    pub(crate) ports: BTreeSet<u32>,
    /// Trust domains that some point accepts; empty for any.
    pub(crate) trust_domains: BTreeSet<String>,
    /// Rules under which a path must be normal already.
    pub(crate) paths: Vec<PathRules>,
    /// Hosts have no port.
    pub(crate) host_without_port: bool,
}

/// Methods of requests.
pub(crate) const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"];

impl Domain {
    /// The domain of requests to these points.
    pub(crate) fn of(points: &[&EnforcementPoint]) -> Self {
        let ports: BTreeSet<u32> =
            points.iter().flat_map(|point| point.ports.iter().map(|port| port.number)).collect();
        let any = points.iter().any(|point| point.trust_domains.is_empty());
        let domains = points.iter().flat_map(|point| point.trust_domains.iter().cloned());
        let mut paths: Vec<PathRules> = Vec::new();
        for point in points {
            if !paths.contains(&point.paths) {
                paths.push(point.paths);
            }
        }
        let ports = if ports.is_empty() { BTreeSet::from([80]) } else { ports };
        Self {
            ports,
            trust_domains: if any { BTreeSet::new() } else { domains.collect() },
            paths,
            host_without_port: false,
        }
    }

    /// Patterns that every value matches, and patterns that none does.
    pub(crate) fn bounds(&self, key: &Key) -> (Vec<String>, Vec<String>) {
        let only = |pattern: String| (vec![pattern], Vec::new());
        match key {
            Key::Port => only(self.ports.iter().map(u32::to_string).collect::<Vec<_>>().join("|")),
            Key::Method => only(METHODS.join("|")),
            Key::Peer => only(self.peers()),
            Key::ServerName => only("[a-z0-9._-]+".to_owned()),
            // Nobody calls from `0.0.0.0/8` or from an address of many; a header may name them.
            Key::Source => {
                (vec!["[01]{32}".to_owned()], vec!["0{8}[01]*".to_owned(), "1110[01]*".to_owned()])
            }
            Key::Remote(_) => only("[01]{32}".to_owned()),
            Key::Path => self.normal_paths(),
            Key::Host => {
                let colon = if self.host_without_port { "" } else { ":" };
                only(format!("[A-Za-z0-9._~!$&'()*+,;=@%{colon}-]+"))
            }
            Key::Consent(_) => only("yes|no".to_owned()),
            Key::Query(_) => only("[A-Za-z0-9._~-]*".to_owned()),
            Key::Header(_) | Key::ExtraHeader(_) | Key::Line(_) => only("([!-~]([ -~]*[!-~])?)?".to_owned()),
            Key::Claim(_) => only("[ -~]*".to_owned()),
        }
    }

    fn peers(&self) -> String {
        let domains: Vec<String> = self.trust_domains.iter().map(|domain| quote(domain.as_bytes())).collect();
        let domains = if domains.is_empty() { "[!-.0-~]+".to_owned() } else { domains.join("|") };
        format!("spiffe://(?:{domains})/ns/[!-.0-~]+/sa/[!-.0-~]+")
    }

    /// Paths without query that every set of rules leaves as they are.
    fn normal_paths(&self) -> (Vec<String>, Vec<String>) {
        let mut outside = Vec::new();
        let mut class = "!-\"$->@-~";
        for rules in &self.paths {
            if rules.normalize {
                class = "!$-;=@-\\[\\]_a-z~";
                outside.push(
                    r".*%(?:2[dDeE]|5[fF]|7[eE]|3[0-9]|4[1-9a-fA-F]|5[0-9aA]|6[1-9a-fA-F]|7[0-9aA]|00).*"
                        .to_owned(),
                );
                outside.push(r".*/\.\.?(?:;[^/]*)?(?:/.*)?".to_owned());
            }
            if rules.merge_slashes {
                outside.push(".*//.+|.+//.*".to_owned());
            }
            if rules.escaped_slashes != EscapedSlashes::Keep {
                outside.push(".*%(?:2[fF]|5[cC]).*".to_owned());
            }
        }
        (vec![format!("/[{class}]*")], outside)
    }
}
