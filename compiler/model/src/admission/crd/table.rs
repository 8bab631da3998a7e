//! The form of the generated tables: structural schemas and CEL programs.

use std::sync::OnceLock;

use regex::Regex;

use crate::generated::crd::{EXPRS, PATTERNS, RULES, SCHEMAS, SERVED};

/// One version of one CRD.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Served {
    /// API group.
    pub(crate) group: &'static str,
    /// Version of the group.
    pub(crate) version: &'static str,
    /// `kind:`.
    pub(crate) kind: &'static str,
    /// Place in [`SCHEMAS`].
    pub(crate) schema: u16,
}

/// What JSON type a schema wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    /// Nothing is said.
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// `x-kubernetes-int-or-string`.
    IntOrString,
}

/// `format:`, as far as the API server looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    None,
    Int32,
    Int64,
    Double,
    DateTime,
    Byte,
    Ipv4,
    Ipv6,
}

/// `x-kubernetes-list-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListType {
    /// Items may repeat.
    Atomic,
    /// No two items are equal.
    Set,
    /// No two items have these keys equal.
    Map(&'static [&'static str]),
}

/// A constant of a schema or program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Str(&'static str),
    List(&'static [Literal]),
    Map(&'static [(&'static str, Literal)]),
}

/// One node of a structural schema. Places of other nodes are indices into [`SCHEMAS`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    pub(crate) ty: Ty,
    pub(crate) format: Format,
    pub(crate) nullable: bool,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub(crate) preserve: bool,
    /// By name, sorted.
    pub(crate) properties: &'static [(&'static str, u16)],
    /// `additionalProperties`.
    pub(crate) additional: Option<u16>,
    pub(crate) items: Option<u16>,
    pub(crate) required: &'static [&'static str],
    pub(crate) enumeration: &'static [Literal],
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    /// In code points.
    pub(crate) min_length: Option<u32>,
    /// In code points.
    pub(crate) max_length: Option<u32>,
    pub(crate) min_items: Option<u32>,
    pub(crate) max_items: Option<u32>,
    pub(crate) min_properties: Option<u32>,
    pub(crate) max_properties: Option<u32>,
    /// Place in [`PATTERNS`].
    pub(crate) pattern: Option<u16>,
    pub(crate) all_of: &'static [u16],
    pub(crate) any_of: &'static [u16],
    pub(crate) one_of: &'static [u16],
    pub(crate) not: Option<u16>,
    pub(crate) list: ListType,
    pub(crate) default: Option<Literal>,
    /// Places in [`RULES`].
    pub(crate) rules: &'static [u16],
    /// Whether it or a schema below has rules.
    pub(crate) has_rules: bool,
    /// Whether a schema below has a default.
    pub(crate) has_defaults: bool,
    /// Whether it or a schema below has a list of type `set` or `map`.
    pub(crate) has_lists: bool,
}

impl Schema {
    /// Takes everything.
    pub(crate) const EMPTY: Schema = Schema {
        ty: Ty::Any,
        format: Format::None,
        nullable: false,
        preserve: false,
        properties: &[],
        additional: None,
        items: None,
        required: &[],
        enumeration: &[],
        minimum: None,
        maximum: None,
        min_length: None,
        max_length: None,
        min_items: None,
        max_items: None,
        min_properties: None,
        max_properties: None,
        pattern: None,
        all_of: &[],
        any_of: &[],
        one_of: &[],
        not: None,
        list: ListType::Atomic,
        default: None,
        rules: &[],
        has_rules: false,
        has_defaults: false,
        has_lists: false,
    };

    /// The schema of a property.
    pub(super) fn property(&self, name: &str) -> Option<&'static Schema> {
        let at = self.properties.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
        self.properties.get(at).and_then(|(_, id)| schema(*id))
    }

    /// The schema of values that are no property, if there is one.
    pub(super) fn additional(&self) -> Option<&'static Schema> {
        self.additional.and_then(schema)
    }

    /// The schema of items.
    pub(super) fn items(&self) -> Option<&'static Schema> {
        self.items.and_then(schema)
    }
}

/// The schema at a place.
pub(super) fn schema(id: u16) -> Option<&'static Schema> {
    SCHEMAS.get(usize::from(id))
}

/// The schema of a kind in one version; `None` where no CRD serves it.
pub(super) fn served(group: &str, version: &str, kind: &str) -> Option<&'static Schema> {
    let key = (group, kind, version);
    let at = SERVED.binary_search_by(|row| (row.group, row.kind, row.version).cmp(&key)).ok()?;
    SERVED.get(at).and_then(|row| schema(row.schema))
}

/// All versions of a kind that a CRD serves: stable ones first, then beta, then alpha.
pub(super) fn versions(group: &str, kind: &str) -> Vec<&'static str> {
    let rows = SERVED.iter().filter(|row| row.group == group && row.kind == kind);
    let mut all: Vec<&'static str> = rows.map(|row| row.version).collect();
    let stability = |version: &str| (version.contains("alpha"), version.contains("beta"));
    all.sort_by(|a, b| stability(a).cmp(&stability(b)).then(b.cmp(a)));
    all
}

/// `x-kubernetes-validations`: a CEL program and what is said when it is false.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Place in [`EXPRS`].
    pub(crate) program: u16,
    /// `message`; the rule's own text where none is written.
    pub(crate) message: &'static str,
    /// Whether the message is written by the authors of the CRD.
    pub(crate) has_message: bool,
    /// Compares with what the cluster has; not asked when an object is made.
    pub(crate) is_transition: bool,
}

/// The rule at a place.
pub(super) fn rule(id: u16) -> Option<&'static Rule> {
    RULES.get(usize::from(id))
}

/// One node of a CEL program. Places of other nodes are indices into [`EXPRS`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expr {
    /// A constant.
    Const(Literal),
    /// `self`, or a variable of a comprehension.
    Ident(&'static str),
    /// `operand.field`.
    Select(u16, &'static str),
    /// `has(operand.field)`.
    Has(u16, &'static str),
    /// A list.
    List(&'static [u16]),
    /// `{}`; no program makes another map.
    EmptyMap,
    /// `a && b`.
    And(u16, u16),
    /// `a || b`.
    Or(u16, u16),
    /// `condition ? a : b`.
    If(u16, u16, u16),
    /// A function or operator.
    Call(Function, &'static [u16]),
    /// `text.matches(pattern)`: text, and the place in [`PATTERNS`].
    Matches(u16, u16),
    /// A macro: range, variable, initial value, condition, step, result; the accumulator is [`ACCUMULATOR`].
    Fold(&'static Fold),
}

/// What a macro was expanded to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fold {
    /// What is gone through: items of a list, keys of a map.
    pub(crate) range: u16,
    /// The variable.
    pub(crate) var: &'static str,
    /// First value of the accumulator.
    pub(crate) init: u16,
    /// Whether to go on.
    pub(crate) cond: u16,
    /// Next value of the accumulator.
    pub(crate) step: u16,
    /// The outcome.
    pub(crate) result: u16,
}

/// Name of the accumulator of a macro.
pub(crate) const ACCUMULATOR: &str = "@result";

/// Functions and operators that the programs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Not,
    NotStrictlyFalse,
    Equals,
    NotEquals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
    Add,
    Index,
    In,
    Size,
    StartsWith,
    EndsWith,
    Contains,
    Substring,
    Split,
    Duration,
    Int,
    IsIp,
    IsUrl,
    Url,
    GetScheme,
}

/// The expression at a place.
pub(super) fn expr(id: u16) -> Option<&'static Expr> {
    EXPRS.get(usize::from(id))
}

/// The text of a pattern.
pub(super) fn pattern_text(id: u16) -> &'static str {
    PATTERNS.get(usize::from(id)).copied().unwrap_or("")
}

/// More patterns than the tables have.
const ROOM: usize = 64;

/// Whether a text has a match of a pattern; compiled when it is first needed. RE2 and the regex crate agree on these patterns.
pub(super) fn matches(id: u16, text: &str) -> bool {
    static COMPILED: [OnceLock<Option<Regex>>; ROOM] = [const { OnceLock::new() }; ROOM];
    let Some(slot) = COMPILED.get(usize::from(id)) else { return true };
    let regex = slot.get_or_init(|| Regex::new(pattern_text(id)).ok());
    regex.as_ref().is_none_or(|regex| regex.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_whole() {
        assert!(SERVED.is_sorted_by_key(|row| (row.group, row.kind, row.version)));
        assert!(PATTERNS.len() <= ROOM);
        for pattern in PATTERNS {
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
        }
        for schema in SCHEMAS {
            assert!(schema.properties.is_sorted_by_key(|(name, _)| *name));
            assert!(schema.properties.iter().all(|(_, id)| usize::from(*id) < SCHEMAS.len()));
            assert!(schema.rules.iter().all(|id| usize::from(*id) < RULES.len()));
        }
        assert!(RULES.iter().all(|rule| usize::from(rule.program) < EXPRS.len()));
    }

    #[test]
    fn every_version_is_served() {
        for version in ["v1", "v1beta1", "v1alpha3"] {
            assert!(served("networking.istio.io", version, "VirtualService").is_some(), "{version}");
        }
        assert!(served("networking.istio.io", "v2", "VirtualService").is_none());
        assert!(served("gateway.networking.k8s.io", "v1alpha2", "TCPRoute").is_some());
    }
}
