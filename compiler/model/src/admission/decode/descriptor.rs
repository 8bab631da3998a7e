//! What messages are made of, in the order of their protos. The form of the texts stands in `xtask/src/codegen/messages.rs`.

use std::sync::{LazyLock, OnceLock};

static ISTIO: LazyLock<Registry> =
    LazyLock::new(|| Registry::read(include_str!("../../generated/istio_messages.txt")));
static ENVOY: LazyLock<Registry> =
    LazyLock::new(|| Registry::read(include_str!("../../generated/envoy_messages.txt")));

/// The messages that Istio's objects are.
pub(in crate::admission) fn istio() -> &'static Registry {
    &ISTIO
}

/// The messages that an EnvoyFilter can patch.
pub(in crate::admission) fn envoy() -> &'static Registry {
    &ENVOY
}

/// All types of one text, sorted by name. A type's body is read when it is asked for.
#[derive(Debug)]
pub(in crate::admission) struct Registry {
    types: Vec<(&'static str, &'static str, OnceLock<Descriptor>)>,
}

/// A message or an enum.
#[derive(Debug)]
pub(in crate::admission) struct Descriptor {
    /// The full protobuf name.
    pub(in crate::admission) name: &'static str,
    /// Whether its package takes no changes any more.
    pub(in crate::admission) frozen: bool,
    /// Fields in the order of the proto; empty for enums.
    pub(in crate::admission) fields: Vec<Field>,
    /// Names and numbers; empty for messages.
    pub(in crate::admission) values: Vec<(&'static str, i32)>,
}

/// A field of a message.
#[derive(Debug)]
pub(in crate::admission) struct Field {
    pub(in crate::admission) proto: &'static str,
    pub(in crate::admission) json: String,
    pub(in crate::admission) ty: Type,
    pub(in crate::admission) shape: Shape,
    /// The group of which only one can be set.
    pub(in crate::admission) oneof: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admission) enum Shape {
    One,
    List,
    /// With the type of its keys.
    Map(Type),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admission) enum Type {
    Bool,
    String,
    Bytes,
    F32,
    F64,
    I32,
    I64,
    U32,
    U64,
    /// A message or enum, by its place in the registry.
    Of(usize),
}

impl Registry {
    fn read(text: &'static str) -> Registry {
        let mut types: Vec<(&str, &str, OnceLock<Descriptor>)> = Vec::new();
        let mut rest = text;
        while let Some((head, tail)) = rest.split_once('\n') {
            let end = body_end(tail);
            let (body, next) = tail.split_at_checked(end).unwrap_or((tail, ""));
            types.push((head, body, OnceLock::new()));
            rest = next;
        }
        Registry { types }
    }

    /// The type of a full name.
    pub(in crate::admission) fn find(&'static self, name: &str) -> Option<&'static Descriptor> {
        let key = |head: &'static str| head.strip_suffix(" frozen").unwrap_or(head);
        let at = self.types.binary_search_by(|(head, ..)| key(head).cmp(name)).ok()?;
        self.at(at)
    }

    /// The type at a place.
    pub(in crate::admission) fn at(&'static self, at: usize) -> Option<&'static Descriptor> {
        let (head, body, made) = self.types.get(at)?;
        Some(made.get_or_init(|| descriptor(head, body)))
    }
}

/// Where the next line begins that does not begin with a blank.
fn body_end(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n').take_while(|line| line.starts_with(' ')) {
        end += line.len();
    }
    end
}

fn descriptor(head: &'static str, body: &'static str) -> Descriptor {
    let name = head.strip_suffix(" frozen").unwrap_or(head);
    let mut made = Descriptor { name, frozen: name != head, fields: Vec::new(), values: Vec::new() };
    for line in body.lines().map(str::trim_start) {
        match line.split_once(' ').filter(|(first, _)| !first.contains('=')) {
            Some((proto, ty)) => made.fields.extend(field(proto, ty)),
            None => made.values.extend(line.split(' ').filter_map(|pair| {
                let (word, number) = pair.split_once('=')?;
                Some((word, number.parse().ok()?))
            })),
        }
    }
    made
}

fn field(proto: &'static str, text: &'static str) -> Option<Field> {
    let (text, json) = text.split_once('=').map_or((text, None), |(text, json)| (text, Some(json)));
    let (text, oneof) = text.split_once('|').map_or((text, None), |(text, group)| (text, group.parse().ok()));
    let (shape, word) = match (text.strip_prefix('['), text.strip_prefix('{')) {
        (Some(word), _) => (Shape::List, word),
        (None, Some(pair)) => {
            let (key, word) = pair.split_once('}')?;
            (Shape::Map(ty(key)?), word)
        }
        (None, None) => (Shape::One, text),
    };
    let json = json.map_or_else(|| usual_json_name(proto), str::to_owned);
    Some(Field { proto, json, ty: ty(word)?, shape, oneof })
}

fn ty(word: &str) -> Option<Type> {
    Some(match word {
        "bool" => Type::Bool,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "f32" => Type::F32,
        "f64" => Type::F64,
        "i32" => Type::I32,
        "i64" => Type::I64,
        "u32" => Type::U32,
        "u64" => Type::U64,
        _ => Type::Of(word.strip_prefix('@')?.parse().ok()?),
    })
}

/// As protoc makes it: underscores go, and the letter behind each is a capital.
fn usual_json_name(name: &str) -> String {
    let mut made = String::with_capacity(name.len());
    let mut capital = false;
    for c in name.chars() {
        if c == '_' {
            capital = true;
        } else {
            made.push(if capital { c.to_ascii_uppercase() } else { c });
            capital = false;
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starting must stay cheap: the text is only cut, and of its types those are read that somebody asks for.
    #[test]
    fn nothing_is_made_before_it_is_asked_for() {
        let text = include_str!("../../generated/istio_messages.txt");
        let registry: &'static Registry = Box::leak(Box::new(Registry::read(text)));
        let made = || registry.types.iter().filter(|(.., made)| made.get().is_some()).count();
        assert!(registry.types.len() > 100 && made() == 0);
        assert!(
            registry.find("istio.networking.v1alpha3.VirtualService").is_some_and(|d| !d.fields.is_empty())
        );
        assert_eq!(made(), 1);
    }
}
