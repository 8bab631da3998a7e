//! Cuts a set of files down to the messages that are wanted and those that they mention.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::prost_types::field_descriptor_proto::Type;
use prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumOptions, FieldDescriptorProto, FieldOptions,
    FileDescriptorProto, MessageOptions,
};

use super::roots;

/// Where each top-level message and enum is defined, and what it mentions.
#[derive(Default)]
struct Graph {
    file_of: BTreeMap<String, String>,
    mentions: BTreeMap<String, BTreeSet<String>>,
}

/// The files that remain, those that others import first. `whole` names the files whose
/// every message is wanted, `named` further messages.
pub(crate) fn trim(
    files: BTreeMap<String, FileDescriptorProto>,
    whole: &[String],
    named: &[&str],
) -> Result<Vec<FileDescriptorProto>, String> {
    let graph = Graph::new(&files);
    let kept = graph.reachable(whole, named)?;
    let mut small: BTreeMap<String, FileDescriptorProto> = BTreeMap::new();
    for (name, file) in files {
        let file = shrink(file, &graph, &kept);
        if !file.message_type.is_empty() || !file.enum_type.is_empty() {
            small.insert(name, file);
        }
    }
    Ok(imports_first(small))
}

impl Graph {
    fn new(files: &BTreeMap<String, FileDescriptorProto>) -> Self {
        let mut graph = Self::default();
        for (name, file) in files {
            for message in &file.message_type {
                graph.file_of.insert(full(file, message.name()), name.clone());
            }
            for of in &file.enum_type {
                graph.file_of.insert(full(file, of.name()), name.clone());
            }
        }
        for file in files.values() {
            for message in &file.message_type {
                let mut found = BTreeSet::new();
                graph.mentioned_by(message, &mut found);
                graph.mentions.insert(full(file, message.name()), found);
            }
        }
        graph
    }

    fn mentioned_by(&self, message: &DescriptorProto, found: &mut BTreeSet<String>) {
        found.extend(message.field.iter().filter_map(|field| self.top_level(field.type_name())));
        for nested in &message.nested_type {
            self.mentioned_by(nested, found);
        }
    }

    /// The outermost message or enum that holds a type, by the type's full name with a leading dot.
    fn top_level(&self, type_name: &str) -> Option<String> {
        let mut name = type_name.strip_prefix('.')?;
        while !self.file_of.contains_key(name) {
            name = name.rsplit_once('.')?.0;
        }
        Some(name.to_owned())
    }

    fn reachable(&self, whole: &[String], named: &[&str]) -> Result<BTreeSet<String>, String> {
        let named = named.iter().map(|name| (*name).to_owned());
        let of_files = self.file_of.iter().filter(|(_, file)| {
            whole.contains(file) && (roots::KEEP.iter().any(|keep| file.starts_with(keep)))
        });
        let mut open: Vec<String> = of_files.map(|(name, _)| name.clone()).chain(named).collect();
        let mut kept = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !self.file_of.contains_key(&name) {
                return Err(format!("{name} is in no file"));
            }
            open.extend(
                self.mentions.get(&name).into_iter().flatten().filter(|m| !kept.contains(*m)).cloned(),
            );
            kept.insert(name);
        }
        Ok(kept)
    }
}

fn full(file: &FileDescriptorProto, name: &str) -> String {
    if file.package().is_empty() { name.to_owned() } else { format!("{}.{name}", file.package()) }
}

fn shrink(file: FileDescriptorProto, graph: &Graph, kept: &BTreeSet<String>) -> FileDescriptorProto {
    let name = file.name().to_owned();
    let package = file.clone();
    let messages = file.message_type.into_iter().filter(|m| kept.contains(&full(&package, m.name())));
    let message_type: Vec<_> = messages.map(shrink_message).collect();
    let enums = file.enum_type.into_iter().filter(|e| kept.contains(&full(&package, e.name())));
    let mut used = BTreeSet::new();
    for message in &message_type {
        graph.mentioned_by(message, &mut used);
    }
    let imports: BTreeSet<&String> = used.iter().filter_map(|name| graph.file_of.get(name)).collect();
    FileDescriptorProto {
        dependency: imports.into_iter().filter(|import| **import != name).cloned().collect(),
        message_type,
        enum_type: enums.map(shrink_enum).collect(),
        name: file.name,
        package: file.package,
        syntax: file.syntax,
        ..FileDescriptorProto::default()
    }
}

fn shrink_message(message: DescriptorProto) -> DescriptorProto {
    let options = message.options.filter(|o| o.map_entry() || o.deprecated());
    DescriptorProto {
        name: message.name,
        field: message.field.into_iter().map(shrink_field).collect(),
        nested_type: message.nested_type.into_iter().map(shrink_message).collect(),
        enum_type: message.enum_type.into_iter().map(shrink_enum).collect(),
        oneof_decl: message
            .oneof_decl
            .into_iter()
            .map(|mut one| {
                one.options = None;
                one
            })
            .collect(),
        options: options.map(|o| MessageOptions {
            map_entry: o.map_entry,
            deprecated: o.deprecated,
            ..Default::default()
        }),
        ..DescriptorProto::default()
    }
}

/// The JSON name is left out: readers make it from the name by the same rule unless a proto says otherwise.
fn shrink_field(mut field: FieldDescriptorProto) -> FieldDescriptorProto {
    if field.json_name() == camel_case(field.name()) {
        field.json_name = None;
    }
    if field.r#type() == Type::Group {
        field.default_value = None;
    }
    let options = field.options.take().filter(|o| o.deprecated() || o.packed.is_some());
    field.options =
        options.map(|o| FieldOptions { deprecated: o.deprecated, packed: o.packed, ..Default::default() });
    field
}

fn shrink_enum(of: EnumDescriptorProto) -> EnumDescriptorProto {
    let options = of.options.filter(|o| o.allow_alias());
    EnumDescriptorProto {
        name: of.name,
        value: of
            .value
            .into_iter()
            .map(|mut value| {
                value.options = None;
                value
            })
            .collect(),
        options: options.map(|o| EnumOptions { allow_alias: o.allow_alias, ..Default::default() }),
        ..EnumDescriptorProto::default()
    }
}

/// `snake_case` to `lowerCamelCase` as protoc does it.
pub(crate) fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    out
}

fn imports_first(mut files: BTreeMap<String, FileDescriptorProto>) -> Vec<FileDescriptorProto> {
    let mut ordered = Vec::new();
    let mut names: Vec<String> = files.keys().rev().cloned().collect();
    while let Some(name) = names.last().cloned() {
        let waits_for = files.get(&name).and_then(|f| f.dependency.iter().find(|d| files.contains_key(*d)));
        match waits_for {
            Some(import) => names.push(import.clone()),
            None => {
                ordered.extend(files.remove(&name));
                names.pop();
            }
        }
    }
    ordered
}
