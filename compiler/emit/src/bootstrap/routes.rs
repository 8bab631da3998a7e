//! Route tables: inside of the listeners that name them, or in files beside the bootstrap.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::inline::{Tables, each_object, type_of};

const MANAGER: &str =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const TABLE: &str = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

/// A file that Envoy reads a resource from.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceFile {
    /// Its path.
    pub path: String,
    /// A discovery response with the one resource.
    pub json: Value,
}

/// Replaces each `rds` by the route table of that name; a table that does not exist is an empty one, as Envoy has it before RDS answers.
pub(super) fn inline(listener: &mut Value, tables: &Tables<'_>) {
    each_rds(listener, &mut |fields, name| {
        let mut table = tables.of(name).unwrap_or_else(|| json!({"name": name}));
        if let Some(table) = table.as_object_mut() {
            table.remove("@type");
        }
        fields.insert("routeConfig".to_owned(), table);
    });
}

/// Moves the tables that were put into the listeners to files in a folder, one for each. Envoy reads a file again when it is replaced.
pub(super) fn to_files(listeners: &mut [Value], tables: &Tables<'_>, folder: &str) -> Vec<ResourceFile> {
    let mut files: BTreeMap<String, ResourceFile> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    let mut move_out = |fields: &mut Map<String, Value>| {
        if type_of(fields) != Some(MANAGER) {
            return;
        }
        let Some(mut table) = fields.remove("routeConfig") else { return };
        let name = table.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !tables.has(&name) {
            fields.insert("routeConfig".to_owned(), table);
            return;
        }
        let file = files.entry(name.clone()).or_insert_with(|| {
            if let Some(table) = table.as_object_mut() {
                table.shift_insert(0, "@type".to_owned(), json!(TABLE));
            }
            let path = format!("{folder}/{}", file_name(&name, &mut taken));
            ResourceFile { path, json: json!({"versionInfo": "1", "resources": [table]}) }
        });
        let source = json!({"pathConfigSource": {"path": file.path}, "resourceApiVersion": "V3"});
        fields.insert("rds".to_owned(), json!({"configSource": source, "routeConfigName": name}));
    };
    listeners.iter_mut().for_each(|listener| each_object(listener, &mut move_out));
    files.into_values().collect()
}

/// Visits every connection manager that asks for a table; the question is taken out.
fn each_rds(listener: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>, &str)) {
    each_object(listener, &mut |fields| {
        if type_of(fields) != Some(MANAGER) {
            return;
        }
        let Some(rds) = fields.remove("rds") else { return };
        let name = rds.get("routeConfigName").and_then(Value::as_str).unwrap_or_default();
        visit(fields, name);
    });
}

/// A file name for a table that no other table has.
fn file_name(table: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".-".contains(c) { c } else { '_' };
    let stem: String = table.chars().map(plain).collect();
    let mut name = format!("{stem}.json");
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{stem}-{number}.json");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(routes: &Value) -> Value {
        let mut config = json!({"@type": MANAGER});
        for (key, value) in routes.as_object().unwrap() {
            config[key] = value.clone();
        }
        json!({"typedConfig": config})
    }

    #[test]
    fn each_table_has_one_file_and_files_have_names_of_their_own() {
        let inline = |name: &str| manager(&json!({"routeConfig": {"name": name, "virtualHosts": []}}));
        let mut listeners = ["80", "a:80", "80", "a_80", "inbound|80||"].map(inline);
        let tables = ["80", "a:80", "a_80"].map(|name| json!({"name": name}));
        let tables = Tables::of_values(tables.into(), "name", crate::route::message);
        let files = to_files(&mut listeners, &tables, "d");
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["d/80.json", "d/a_80.json", "d/a_80-2.json"]);
        assert_eq!(files[0].json.pointer("/resources/0/@type"), Some(&json!(TABLE)));
        let path = |at: usize| listeners[at].pointer("/typedConfig/rds/configSource/pathConfigSource/path");
        assert_eq!((path(2), path(3)), (Some(&json!("d/80.json")), Some(&json!("d/a_80-2.json"))));
        assert!(
            listeners[4].pointer("/typedConfig/routeConfig").is_some(),
            "tables of the listener itself stay"
        );
    }

    #[test]
    fn a_table_that_is_missing_is_an_empty_one() {
        let mut listener = manager(&json!({"rds": {"routeConfigName": "80"}}));
        inline(&mut listener, &Tables::of_values(Vec::new(), "name", crate::route::message));
        assert_eq!(listener.pointer("/typedConfig/routeConfig"), Some(&json!({"name": "80"})));
    }
}
