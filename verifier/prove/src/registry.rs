//! The list of all built-in properties, made from the files in `builtin/` by the build script.

use crate::property::Property;

include!(concat!(env!("OUT_DIR"), "/all.rs"));

/// The property with a code (`MP7101`) or a name (`dead-rule`).
#[must_use]
pub fn find(code_or_name: &str) -> Option<&'static Property> {
    let wanted = |property: &&Property| {
        property.code.eq_ignore_ascii_case(code_or_name) || property.name == code_or_name
    };
    ALL.iter().copied().find(wanted)
}

/// The properties that a word selects: a code, the start of one, a name, or a group.
#[must_use]
pub fn select(word: &str) -> Vec<&'static Property> {
    let wanted = |property: &&Property| {
        property.name == word
            || property.group.name() == word
            || (word.starts_with("MP") && property.code.starts_with(word))
    };
    ALL.iter().copied().filter(wanted).collect()
}
