//! Against `prost-reflect`, which reads a message into a dynamic one and writes it again: slower, and written by others.

use std::path::{Path, PathBuf};

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::{Value, json};

use super::{ALL, canonical};

fn any() -> MessageDescriptor {
    let pool = DescriptorPool::decode(ALL.bytes).expect("a descriptor set");
    pool.get_message_by_name("google.protobuf.Any").expect("Any")
}

fn reference(any: &MessageDescriptor, message: &Value) -> Option<Value> {
    let read = DynamicMessage::deserialize(any.clone(), message).ok()?;
    let options = SerializeOptions::new().skip_default_fields(true).stringify_64_bit_integers(true);
    read.serialize_with_options(serde_json::value::Serializer, &options).ok()
}

/// Equal with the same order of fields. Maps have no order in `prost-reflect`; ours are sorted.
fn assert_same(got: &Value, want: &Value, at: &str) {
    match (got, want) {
        (Value::Object(got), Value::Object(want)) => {
            let sorted = got.keys().is_sorted();
            assert!(got.keys().eq(want.keys()) || sorted, "{at}: order of {:?}", got.keys());
            assert_eq!(got.len(), want.len(), "{at}: {got:?} {want:?}");
            for (key, got) in got {
                assert_same(got, want.get(key).unwrap_or(&Value::Null), &format!("{at}.{key}"));
            }
        }
        (Value::Array(got), Value::Array(want)) => {
            assert_eq!(got.len(), want.len(), "{at}");
            got.iter().zip(want).for_each(|(got, want)| assert_same(got, want, at));
        }
        _ => assert_eq!(got, want, "{at}"),
    }
}

/// Both refuse it, or both spell it alike; what is spelled stays as it is.
fn check(any: &MessageDescriptor, message: &Value) -> bool {
    let (got, want) = (canonical(message.clone()), reference(any, message));
    match (&got, &want) {
        (Ok(got), Some(want)) => {
            assert_same(got, want, "");
            assert_eq!(canonical(got.clone()).expect("canonical already").to_string(), got.to_string());
        }
        (Err(_), None) => {}
        _ => panic!("{message}: {got:?}, but {want:?}"),
    }
    got.is_ok()
}

fn json_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            json_files(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            out.push(path);
        }
    }
}

#[test]
fn what_the_control_plane_sends_is_spelled_alike() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    json_files(&root.join("fixtures/shop/expect"), &mut files);
    let own = files.len();
    json_files(&root.join("../shared/oracle/xds"), &mut files);
    if files.len() == own {
        assert!(std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(), "../shared is absent");
        eprintln!("partly skipped: ../shared is absent");
    }
    let any = any();
    let (mut seen, mut checked) = (std::collections::HashSet::new(), 0);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        let Ok(json) = serde_json::from_str::<Value>(&text) else { continue };
        for resource in json.get("resources").and_then(Value::as_array).into_iter().flatten() {
            if resource.get("@type").is_some() && seen.insert(resource.to_string()) {
                assert!(check(&any, resource), "{}: {resource}", file.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "{checked}");
}

const CLUSTER: &str = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

fn cluster(field: &str, value: &Value) -> Value {
    json!({field: value, "@type": CLUSTER, "name": "a"})
}

#[test]
fn other_spellings_are_read() {
    let any = any();
    for (field, value) in [
        ("connect_timeout", json!("1.50s")),
        ("connectTimeout", json!("-0.000001s")),
        ("connectTimeout", json!(null)),
        ("type", json!("STATIC")),
        ("type", json!(3)),
        ("type", json!(99)),
        ("lbPolicy", json!(0)),
        ("lbPolicy", json!("RANDOM")),
        ("altStatName", json!("")),
        ("waitForWarmOnInit", json!(false)),
        ("respectDnsTtl", json!(false)),
        ("transportSocketMatches", json!([])),
        ("typedExtensionProtocolOptions", json!({})),
        ("perConnectionBufferLimitBytes", json!("7")),
        ("perConnectionBufferLimitBytes", json!(7.0)),
        ("perConnectionBufferLimitBytes", json!(0)),
        ("ringHashLbConfig", json!({"minimumRingSize": 5, "maximumRingSize": "0"})),
        ("metadata", json!({"filterMetadata": {"b": {"z": 1, "a": [null, true, {}]}, "a": {}}})),
        (
            "commonLbConfig",
            json!({"healthyPanicThreshold": {"value": "1.5"}, "localityWeightedLbConfig": {}}),
        ),
        (
            "roundRobinLbConfig",
            json!({"slowStartConfig": {"aggression": {"defaultValue": 1, "runtimeKey": ""}}}),
        ),
        ("healthChecks", json!([{"tcpHealthCheck": {"send": {"binary": "_-8"}}}])),
        ("healthChecks", json!([{"tcpHealthCheck": {"send": {"binary": "AB=="}}}])),
        ("healthChecks", json!([{"tcpHealthCheck": {"send": {"binary": "ABC"}}}])),
    ] {
        let message = cluster(field, &value);
        assert!(check(&any, &message), "{message}");
    }
    let wrapped =
        json!({"name": "x", "typedConfig": {"@type": "t/google.protobuf.Duration", "value": "01s"}});
    assert!(check(&any, &cluster("transportSocket", &wrapped)));
}

#[test]
fn what_does_not_fit_is_refused() {
    let any = any();
    for (field, value) in [
        ("nam", json!("b")),
        ("slowStartConfig", json!({})),
        ("connectTimeout", json!("1")),
        ("connectTimeout", json!(1)),
        ("connectTimeout", json!("999999999999999s")),
        ("type", json!("STATICK")),
        ("type", json!(["STATIC"])),
        ("altStatName", json!(1)),
        ("waitForWarmOnInit", json!("false")),
        ("respectDnsTtl", json!(0)),
        ("transportSocketMatches", json!({})),
        ("transportSocketMatches", json!([null])),
        ("typedExtensionProtocolOptions", json!([])),
        ("typedExtensionProtocolOptions", json!({"a": {}})),
        ("typedExtensionProtocolOptions", json!({"a": {"@type": "t/no.such.Type"}})),
        ("perConnectionBufferLimitBytes", json!(-1)),
        ("perConnectionBufferLimitBytes", json!(1.5)),
        ("perConnectionBufferLimitBytes", json!(4_294_967_296_u64)),
        ("ringHashLbConfig", json!({"minimumRingSize": "x"})),
        ("commonLbConfig", json!({"healthyPanicThreshold": 5})),
        ("commonLbConfig", json!({"localityWeightedLbConfig": {}, "zoneAwareLbConfig": {}})),
        ("healthChecks", json!([{"tcpHealthCheck": {"send": {"binary": "A"}}}])),
        ("healthChecks", json!([{"tcpHealthCheck": {"send": {"binary": "A*=="}}}])),
    ] {
        let message = cluster(field, &value);
        assert!(!check(&any, &message), "{message}");
    }
    assert!(!check(&any, &json!({"name": "a"})));
    assert!(!check(&any, &json!("a")));
}

#[test]
fn types_that_only_patches_use_are_known_too() {
    let rare = |field: &str| json!({"@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer", field: 5});
    let read = canonical(rare("max_request_bytes")).expect("a type of Envoy");
    assert_eq!(read.get("maxRequestBytes"), Some(&json!(5)));
    assert!(canonical(rare("max")).is_err());
}
