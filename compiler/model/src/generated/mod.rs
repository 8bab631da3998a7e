//! Typed views over nodes and the schema tables. Written by `cargo xtask codegen`.
//!
//! A view is a node that is known to be a mapping; its methods look fields up by name when they are called, so a view costs
//! nothing to make and every value keeps its place in the file. Enums and scalars of another shape read as absent:
//! the schema check reports those.

mod prelude {
    pub(super) use crate::node::{
        DurationValue, Entries, FromNode, IntOrString, List, Node, Text, Value, field,
    };

    pub(super) fn one<'a, T: FromNode<'a>>(node: Node<'a>, json: &str, proto: &str) -> Option<T> {
        field(node, json, proto).and_then(T::from_node)
    }

    pub(super) fn list<'a, T: FromNode<'a> + 'a>(node: Node<'a>, json: &str, proto: &str) -> List<'a, T> {
        List::new(field(node, json, proto))
    }

    pub(super) fn entries<'a, T: FromNode<'a> + 'a>(
        node: Node<'a>,
        json: &str,
        proto: &str,
    ) -> Entries<'a, T> {
        Entries::new(field(node, json, proto))
    }

    macro_rules! view {
        ($name:ident) => {
            impl<'a> FromNode<'a> for $name<'a> {
                fn from_node(node: Node<'a>) -> Option<Self> {
                    matches!(node.value(), Value::Map).then_some($name(node))
                }
            }
        };
    }

    /// An enum: variants, their text, their numbers; whether numbers may stand in YAML too.
    macro_rules! words {
        ($(#[$doc:meta])* $name:ident $numbers:literal { $($variant:ident = $text:literal, $number:literal;)* }) => {
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $name {
                $(#[doc = concat!("`", $text, "`.")] $variant,)*
            }

            impl $name {
                /// As YAML spells it.
                pub const fn name(self) -> &'static str {
                    match self {
                        $(Self::$variant => $text,)*
                    }
                }
            }

            impl<'a> FromNode<'a> for $name {
                fn from_node(node: Node<'a>) -> Option<Self> {
                    match node.value() {
                        $(Value::Str($text) => Some(Self::$variant),)*
                        $(Value::Int($number) if $numbers => Some(Self::$variant),)*
                        _ => None,
                    }
                }
            }
        };
    }

    pub(super) use {view, words};
}

#[rustfmt::skip]
pub(crate) mod crd;
#[rustfmt::skip]
pub mod extensions;
#[rustfmt::skip]
pub mod gateway;
#[rustfmt::skip]
pub mod k8s;
#[rustfmt::skip]
pub mod mesh;
#[rustfmt::skip]
pub mod meta;
#[rustfmt::skip]
pub mod networking;
#[rustfmt::skip]
pub mod security;
#[rustfmt::skip]
pub mod selectors;
#[rustfmt::skip]
pub mod telemetry;
#[rustfmt::skip]
pub mod schema;
