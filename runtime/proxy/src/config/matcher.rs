//! String, header, query, address and metadata matchers, compiled.
use std::net::IpAddr;

use crate::json::Value;
use regex::bytes::{Regex, RegexBuilder};

use super::value::{Get, Scope};
use crate::http::Head;

/// Compiles a pattern that must match the whole input, as RE2::FullMatch does.
pub(crate) fn full_regex(pattern: &str, scope: &Scope<'_>) -> Option<Regex> {
    compile(&format!("^(?:{pattern})$"), scope)
}

/// Compiles a pattern that is searched for.
pub(crate) fn search_regex(pattern: &str, scope: &Scope<'_>) -> Option<Regex> {
    compile(pattern, scope)
}

fn compile(pattern: &str, scope: &Scope<'_>) -> Option<Regex> {
    let build = |unicode| RegexBuilder::new(pattern).unicode(unicode).size_limit(1 << 20).build();
    match build(false).or_else(|_| build(true)) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let first = error.to_string().lines().last().unwrap_or_default().to_owned();
            scope.refuse(format!("this pattern cannot be compiled: {first}"));
            None
        }
    }
}

/// `envoy.type.matcher.v3.StringMatcher`.
#[derive(Debug)]
pub(crate) struct StringMatcher {
    how: How,
    ignore_case: bool,
}

#[derive(Debug)]
enum How {
    Any,
    Exact(Vec<u8>),
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    Contains(Vec<u8>),
    Regex(Box<Regex>),
}

impl StringMatcher {
    /// Compiles a matcher; a matcher without a pattern matches the empty string only, as `exact: ""` does.
    pub(crate) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let ignore_case = value.flag("ignore_case");
        let text = |name: &str| {
            value.get_field(name).and_then(Value::as_str).map(|t| {
                if ignore_case { t.to_ascii_lowercase().into_bytes() } else { t.as_bytes().to_vec() }
            })
        };
        let how = if let Some(text) = text("prefix") {
            How::Prefix(text)
        } else if let Some(text) = text("suffix") {
            How::Suffix(text)
        } else if let Some(text) = text("contains") {
            How::Contains(text)
        } else if let Some(regex) = value.get_field("safe_regex") {
            let scope = scope.field("safe_regex");
            full_regex(regex.text("regex"), &scope).map_or(How::Any, |r| How::Regex(Box::new(r)))
        } else {
            How::Exact(text("exact").unwrap_or_default())
        };
        Self { how, ignore_case }
    }

    /// Whether `value` matches.
    pub(crate) fn matches(&self, value: &[u8]) -> bool {
        if self.ignore_case && !matches!(self.how, How::Regex(_)) {
            return self.matches_folded(&value.to_ascii_lowercase());
        }
        self.matches_folded(value)
    }

    fn matches_folded(&self, value: &[u8]) -> bool {
        match &self.how {
            How::Any => true,
            How::Exact(text) => value == text.as_slice(),
            How::Prefix(text) => value.starts_with(text),
            How::Suffix(text) => value.ends_with(text),
            How::Contains(text) => memchr::memmem::find(value, text).is_some(),
            How::Regex(regex) => regex.is_match(value),
        }
    }
}

/// `envoy.config.route.v3.HeaderMatcher`.
#[derive(Debug)]
pub(crate) struct HeaderMatcher {
    name: Vec<u8>,
    how: HeaderHow,
    invert: bool,
    missing_is_empty: bool,
}

#[derive(Debug)]
enum HeaderHow {
    Present(bool),
    Text(StringMatcher),
    Range(i64, i64),
}

impl HeaderMatcher {
    /// Compiles a matcher; one without a condition asks for presence.
    pub(crate) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let old = [
            ("exact_match", "exact"),
            ("prefix_match", "prefix"),
            ("suffix_match", "suffix"),
            ("contains_match", "contains"),
            ("safe_regex_match", "safe_regex"),
        ];
        let deprecated = old.iter().find_map(|(field, name)| {
            let pattern = value.get_field(field)?;
            Some(StringMatcher::new(
                &Value::Map(vec![((*name).into(), pattern.clone())]),
                &scope.field(field),
            ))
        });
        let how = if let Some(matcher) = value.get_field("string_match") {
            HeaderHow::Text(StringMatcher::new(matcher, &scope.field("string_match")))
        } else if let Some(matcher) = deprecated {
            HeaderHow::Text(matcher)
        } else if let Some(range) = value.get_field("range_match") {
            let bound = |name| range.get_field(name).and_then(Value::as_i64).unwrap_or(0);
            HeaderHow::Range(bound("start"), bound("end"))
        } else {
            HeaderHow::Present(value.opt_flag("present_match").unwrap_or(true))
        };
        let name = match value.text("name").to_ascii_lowercase().as_str() {
            "host" => b":authority".to_vec(),
            name => name.as_bytes().to_vec(),
        };
        Self {
            name,
            how,
            invert: value.flag("invert_match"),
            missing_is_empty: value.flag("treat_missing_header_as_empty"),
        }
    }

    /// Compiles a list of matchers.
    pub(crate) fn list(value: &Value, field: &str, scope: &Scope<'_>) -> Vec<Self> {
        let items = value.items(field).iter().enumerate();
        items.map(|(i, item)| Self::new(item, &scope.item(field, i))).collect()
    }

    /// Whether the head matches: any one value of a repeated header is enough.
    pub(crate) fn matches(&self, head: &Head) -> bool {
        if let HeaderHow::Present(wanted) = &self.how {
            let present = self.missing_is_empty || head.field(&self.name).is_some();
            return (present == *wanted) != self.invert;
        }
        let mut seen = false;
        for value in head.fields(&self.name) {
            seen = true;
            if self.value_matches(value) {
                return !self.invert;
            }
        }
        if !seen {
            return self.missing_is_empty && self.value_matches(b"") != self.invert;
        }
        self.invert
    }

    fn value_matches(&self, value: &[u8]) -> bool {
        match &self.how {
            HeaderHow::Present(_) => true,
            HeaderHow::Text(matcher) => matcher.matches(value),
            HeaderHow::Range(start, end) => std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.parse::<i64>().ok())
                .is_some_and(|number| number >= *start && number < *end),
        }
    }
}

/// `envoy.config.route.v3.QueryParameterMatcher`.
#[derive(Debug)]
pub(crate) struct QueryMatcher {
    name: Vec<u8>,
    /// Without one, presence is asked for, or absence.
    matcher: Option<StringMatcher>,
    present: bool,
}

impl QueryMatcher {
    /// Compiles a matcher; one without a condition asks for presence.
    pub(crate) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        let matcher =
            value.get_field("string_match").map(|m| StringMatcher::new(m, &scope.field("string_match")));
        let present = value.opt_flag("present_match").unwrap_or(true);
        Self { name: value.text("name").as_bytes().to_vec(), matcher, present }
    }

    /// Whether the first parameter of this name in the query matches; values are compared as sent.
    pub(crate) fn matches(&self, query: &[u8]) -> bool {
        let value = query_value(query, &self.name);
        match &self.matcher {
            Some(matcher) => value.is_some_and(|value| matcher.matches(value)),
            None => value.is_some() == self.present,
        }
    }
}

/// The first value of a query parameter, as sent.
pub(crate) fn query_value<'q>(query: &'q [u8], name: &[u8]) -> Option<&'q [u8]> {
    query.split(|b| *b == b'&').find_map(|pair| {
        let mut parts = pair.splitn(2, |b| *b == b'=');
        let key = parts.next().unwrap_or_default();
        (key == name && !pair.is_empty()).then(|| parts.next().unwrap_or_default())
    })
}

/// `envoy.config.core.v3.CidrRange`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cidr {
    address: IpAddr,
    length: u8,
}

impl Cidr {
    /// Compiles a range.
    pub(crate) fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let length = u8::try_from(value.int("prefix_len").unwrap_or(0)).unwrap_or(u8::MAX);
        match value.text("address_prefix").parse::<IpAddr>() {
            Ok(address) => {
                let longest = if address.is_ipv4() { 32 } else { 128 };
                Some(Self { address, length: length.min(longest) })
            }
            Err(_) => {
                scope.refuse("address_prefix is not an IP address");
                None
            }
        }
    }

    /// Compiles a list of ranges.
    pub(crate) fn list(value: &Value, field: &str, scope: &Scope<'_>) -> Vec<Self> {
        let items = value.items(field).iter().enumerate();
        items.filter_map(|(i, item)| Self::new(item, &scope.item(field, i))).collect()
    }

    /// Number of leading bits that are compared.
    pub(crate) fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address lies in the range; families never match each other.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(range), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.length);
                (u32::from(range) ^ u32::from(address)).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(range), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.length);
                (u128::from(range) ^ u128::from(address)).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// `envoy.type.matcher.v3.MetadataMatcher` over dynamic metadata.
#[derive(Debug)]
pub(crate) struct MetadataMatcher {
    filter: String,
    path: Vec<String>,
    value: ValueMatcher,
    invert: bool,
}

#[derive(Debug)]
enum ValueMatcher {
    Null,
    Double(f64, f64),
    Text(StringMatcher),
    Bool(bool),
    Present(bool),
    OneOf(Box<ValueMatcher>),
    Or(Vec<ValueMatcher>),
}

impl MetadataMatcher {
    /// Compiles a matcher.
    pub(crate) fn new(value: &Value, scope: &Scope<'_>) -> Self {
        Self {
            filter: value.text("filter").to_owned(),
            path: value.items("path").iter().map(|s| s.text("key").to_owned()).collect(),
            value: value
                .get_field("value")
                .map_or(ValueMatcher::Present(true), |v| ValueMatcher::new(v, &scope.field("value"))),
            invert: value.flag("invert"),
        }
    }

    /// Whether the metadata matches; `None` when it has no such key.
    pub(crate) fn decide(&self, metadata: &serde_json::Map<String, serde_json::Value>) -> Option<bool> {
        let found = self.path.iter().fold(metadata.get(&self.filter), |at, key| at?.get(key));
        found.map(|value| self.value.matches(Some(value)) != self.invert)
    }

    /// Whether the metadata matches.
    pub(crate) fn matches(&self, metadata: &serde_json::Map<String, serde_json::Value>) -> bool {
        let mut at = metadata.get(&self.filter);
        for key in &self.path {
            at = at.and_then(|v| v.get(key));
        }
        self.value.matches(at) != self.invert
    }
}

impl ValueMatcher {
    fn new(value: &Value, scope: &Scope<'_>) -> Self {
        if let Some(text) = value.get_field("string_match") {
            return Self::Text(StringMatcher::new(text, &scope.field("string_match")));
        }
        if let Some(list) = value.get_field("list_match") {
            let one = list.get_field("one_of").map(|v| Self::new(v, &scope.field("list_match.one_of")));
            return Self::OneOf(Box::new(one.unwrap_or(Self::Present(true))));
        }
        if let Some(or) = value.get_field("or_match") {
            return Self::Or(or.items("value_matchers").iter().map(|v| Self::new(v, scope)).collect());
        }
        if let Some(flag) = value.opt_flag("bool_match") {
            return Self::Bool(flag);
        }
        if let Some(double) = value.get_field("double_match") {
            let number = |v: Option<&Value>| v.and_then(Value::as_f64).unwrap_or(0.0);
            let exact = double.get_field("exact");
            let range = double.get_field("range");
            return match exact {
                Some(_) => Self::Double(number(exact), f64::NAN),
                None => Self::Double(number(range.get_field("start")), number(range.get_field("end"))),
            };
        }
        match value.opt_flag("present_match") {
            Some(present) => Self::Present(present),
            None => Self::Null,
        }
    }

    fn matches(&self, value: Option<&serde_json::Value>) -> bool {
        let number = value.and_then(serde_json::Value::as_f64);
        match self {
            Self::Null => value.is_some_and(serde_json::Value::is_null),
            Self::Double(exact, end) if end.is_nan() => number == Some(*exact),
            Self::Double(start, end) => number.is_some_and(|number| number >= *start && number < *end),
            Self::Text(matcher) => {
                value.and_then(serde_json::Value::as_str).is_some_and(|t| matcher.matches(t.as_bytes()))
            }
            Self::Bool(wanted) => value.and_then(serde_json::Value::as_bool) == Some(*wanted),
            // Absence cannot be asked for (`PresentMatcher::match`).
            Self::Present(wanted) => value.is_some() && *wanted,
            Self::OneOf(inner) => value
                .and_then(serde_json::Value::as_array)
                .is_some_and(|items| items.iter().any(|v| inner.matches(Some(v)))),
            Self::Or(matchers) => matchers.iter().any(|m| m.matches(value)),
        }
    }
}
