//! The committed descriptor set holds every type that istiod sends, and stays small.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

use crate::project::root;

const LIMIT: usize = 700 * 1024;

fn bytes() -> Vec<u8> {
    set("envoy.binpb")
}

fn set(name: &str) -> Vec<u8> {
    std::fs::read(root().join("compiler/emit/src/generated").join(name)).expect("the committed set")
}

/// Loading costs time per file and per byte: these bounds stand for the 20 ms that a release build may take
/// (`cargo xtask bench` measures it).
#[test]
fn it_is_small() {
    let bytes = bytes();
    assert!(bytes.len() < LIMIT, "{} bytes", bytes.len());
    let pool = DescriptorPool::decode(bytes.as_slice()).expect("a descriptor set");
    assert!(pool.files().count() < 600, "{} files", pool.files().count());
    assert!(pool.files().all(|f| f.file_descriptor_proto().source_code_info.is_none()));
}

#[test]
fn unknown_fields_and_types_are_refused() {
    let pool = DescriptorPool::decode(bytes().as_slice()).expect("a descriptor set");
    let any = pool.get_message_by_name("google.protobuf.Any").expect("Any");
    let read = |text: &str| {
        DynamicMessage::deserialize(any.clone(), serde_json::from_str::<Value>(text).expect("JSON"))
    };
    assert!(read(r#"{"@type":"type.googleapis.com/envoy.config.cluster.v3.Cluster","name":"a"}"#).is_ok());
    assert!(read(r#"{"@type":"type.googleapis.com/envoy.config.cluster.v3.Cluster","nam":"a"}"#).is_err());
    assert!(read(r#"{"@type":"type.googleapis.com/envoy.config.cluster.v3.Clustre","name":"a"}"#).is_err());
}

/// Every resource of the oracle goes through the dynamic message and comes out as it went in, in both sets: the small
/// one is all that a mesh without patches needs.
#[test]
fn the_oracle_round_trips() {
    let cases = root().join("../shared/oracle/xds");
    if !cases.is_dir() {
        assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "../shared is absent");
        eprintln!("skipped: ../shared is absent");
        return;
    }
    for name in ["envoy.binpb", "envoy_sent.binpb"] {
        round_trips(&cases, &set(name));
    }
}

fn round_trips(cases: &Path, set: &[u8]) {
    let pool = DescriptorPool::decode(set).expect("a descriptor set");
    let any = pool.get_message_by_name("google.protobuf.Any").expect("Any");
    let options = SerializeOptions::new();
    let (mut seen, mut faults) = (0, BTreeSet::new());
    for file in expectations(cases) {
        let text = std::fs::read_to_string(&file).expect("readable");
        let Value::Object(mut content) = serde_json::from_str(&text).expect("JSON") else { continue };
        let Some(Value::Array(resources)) = content.remove("resources") else { continue };
        for resource in resources.into_iter().filter(|r| r.get("sameAs").is_none()) {
            seen += 1;
            let back = DynamicMessage::deserialize(any.clone(), resource.clone())
                .map_err(|e| e.to_string())
                .map(|message| {
                    message.serialize_with_options(serde_json::value::Serializer, &options).expect("JSON")
                });
            match back {
                Err(why) => faults.insert(format!("{why} ({})", file.display())),
                Ok(back) => !equal(&resource, &back) && faults.insert(format!("differs: {}", file.display())),
            };
        }
    }
    assert!(seen > 500, "only {seen} resources");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.into_iter().collect::<Vec<_>>().join("\n")
    );
}

fn expectations(cases: &Path) -> Vec<PathBuf> {
    let mut open = vec![cases.to_path_buf()];
    let mut found = Vec::new();
    while let Some(dir) = open.pop() {
        for path in std::fs::read_dir(dir).expect("readable").flatten().map(|e| e.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "json")
                && path.components().any(|c| c.as_os_str() == "expect")
            {
                found.push(path);
            }
        }
    }
    found
}

/// Numbers by value, everything else exactly.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// Needs Go and the crate sources, so it runs only where it is asked for.
#[test]
fn generated_files_are_fresh() {
    if std::env::var_os("MESHPROOF_CODEGEN_CHECK").is_some() {
        assert_eq!(super::run(&["--check"]), Ok(true), "run `cargo xtask codegen`");
    }
}
