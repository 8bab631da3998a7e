//! Reading a checked bootstrap: names are snake case and scalars have the right type, so reading cannot fail.
use std::cell::RefCell;
use std::time::Duration;

use crate::json::Value;

use crate::load::{Refusal, parse_duration};

/// Typed access to the fields of a checked message.
pub(crate) trait Get<'v>: Copy {
    /// A message or any other value that is present.
    fn get_field(self, name: &str) -> Option<&'v Value<'v>>;

    /// A string, empty when absent.
    fn text(self, name: &str) -> &'v str {
        self.get_field(name).and_then(Value::as_str).unwrap_or("")
    }

    /// A string when it is present and not empty.
    fn opt_text(self, name: &str) -> Option<&'v str> {
        self.get_field(name).and_then(Value::as_str).filter(|t| !t.is_empty())
    }

    /// An integer when it is present.
    fn int(self, name: &str) -> Option<u64> {
        self.get_field(name).and_then(Value::as_i64).and_then(|i| u64::try_from(i).ok())
    }

    /// A boolean, false when absent.
    fn flag(self, name: &str) -> bool {
        self.opt_flag(name).unwrap_or(false)
    }

    /// A boolean when it is present.
    fn opt_flag(self, name: &str) -> Option<bool> {
        self.get_field(name).and_then(Value::as_bool)
    }

    /// A duration when it is present.
    fn duration(self, name: &str) -> Option<Duration> {
        self.get_field(name).and_then(Value::as_str).and_then(parse_duration)
    }

    /// A repeated field.
    fn items(self, name: &str) -> &'v [Value<'v>] {
        self.get_field(name).and_then(Value::as_list).unwrap_or_default()
    }

    /// A map, in file order.
    fn entries(self, name: &str) -> impl Iterator<Item = (&'v str, &'v Value<'v>)> {
        let entries = self.get_field(name).and_then(Value::as_map).into_iter().flatten();
        entries.map(|(name, value)| (name.as_ref(), value))
    }

    /// A list of strings.
    fn texts(self, name: &str) -> Vec<String> {
        self.items(name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The last part of the name of a typed config, as `HttpConnectionManager`; empty when it is inert.
    fn type_name(self) -> &'v str {
        if self.get_field("@inert").is_some() {
            return "";
        }
        self.text("@type")
    }
}

impl<'v, 't: 'v> Get<'v> for &'v Value<'t> {
    fn get_field(self, name: &str) -> Option<&'v Value<'v>> {
        self.get(name).filter(|v| !v.is_null())
    }
}

impl<'v, 't: 'v> Get<'v> for Option<&'v Value<'t>> {
    fn get_field(self, name: &str) -> Option<&'v Value<'v>> {
        self.and_then(|v| v.get_field(name))
    }
}

/// Where in the bootstrap a value stands, for refusals that only compiling finds (a bad regex).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    parent: Option<&'a Scope<'a>>,
    name: &'a str,
    index: Option<usize>,
    refusals: &'a RefCell<Vec<Refusal>>,
}

impl<'a> Scope<'a> {
    /// The whole bootstrap.
    pub(crate) fn root(refusals: &'a RefCell<Vec<Refusal>>) -> Self {
        Self { parent: None, name: "", index: None, refusals }
    }

    /// A field of this message.
    pub(crate) fn field<'b>(&'b self, name: &'b str) -> Scope<'b> {
        Scope { parent: Some(self), name, index: None, refusals: self.refusals }
    }

    /// An element of a repeated field of this message.
    pub(crate) fn item<'b>(&'b self, name: &'b str, index: usize) -> Scope<'b> {
        Scope { parent: Some(self), name, index: Some(index), refusals: self.refusals }
    }

    /// The path from the bootstrap to here.
    pub(crate) fn path(&self) -> String {
        let mut path = self.parent.map(Scope::path).unwrap_or_default();
        if !path.is_empty() && !self.name.is_empty() {
            path.push('.');
        }
        path.push_str(self.name);
        if let Some(index) = self.index {
            path.push_str(&format!("[{index}]"));
        }
        path
    }

    /// Records that this part of the bootstrap cannot run.
    pub(crate) fn refuse(&self, reason: impl Into<String>) {
        self.refusals.borrow_mut().push(Refusal::new(self.path(), reason.into()));
    }
}
