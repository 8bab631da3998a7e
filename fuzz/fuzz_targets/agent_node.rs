//! Any text as configuration of a node, and lines `KEY=VALUE` behind `%%` as its environment, annotations and labels: what comes out is a
//! bootstrap of JSON, or words.
#![no_main]
use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use mp_lower::AgentNode;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (config, rest) = text.split_once("%%\n").unwrap_or((&text, ""));
    let pairs = || rest.lines().filter_map(|line| line.split_once('='));
    let all: BTreeMap<String, String> =
        pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let node = AgentNode {
        kind: "sidecar".to_owned(),
        ips: vec!["10.0.0.1".to_owned()],
        pod: "p".to_owned(),
        namespace: "n".to_owned(),
        env: all.clone(),
        process: all.clone(),
        annotations: all.clone(),
        labels: all,
        proxy_configs: vec![config.to_owned()],
        ..AgentNode::default()
    };
    match mp_lower::agent_bootstrap(&node) {
        Ok((agent, _)) => assert!(mp_emit::agent_bootstrap(&agent).get("node").is_some()),
        Err(faults) => assert!(!faults.is_empty()),
    }
});
