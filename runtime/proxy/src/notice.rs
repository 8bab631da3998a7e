//! What an operator is told: one line for each thing that happens, for people or as JSON.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::access::time::format_time;
use crate::load::Refusal;
use crate::run::RunError;

/// One thing that has happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    level: &'static str,
    event: &'static str,
    fields: Vec<(&'static str, Value)>,
    text: Option<String>,
}

impl Notice {
    pub(crate) fn new(level: &'static str, event: &'static str) -> Self {
        Self { level, event, fields: Vec::new(), text: None }
    }

    /// With a line for people. Without one they are told nothing: all is well.
    pub(crate) fn line(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// With a field.
    pub(crate) fn field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// With what is refused, or what else went wrong.
    pub(crate) fn error(self, error: &RunError) -> Self {
        let notice = self.field("error", error.to_string());
        match error {
            RunError::Refused(_, refusals) => {
                notice.field("refusals", refusals.iter().map(refused).collect::<Value>())
            }
            RunError::Read(..)
            | RunError::Json(..)
            | RunError::Admin(_)
            | RunError::Bind(..)
            | RunError::Start(_) => notice,
        }
    }

    /// A bootstrap that the proxy does not start with.
    #[must_use]
    pub fn refused(error: &RunError) -> Self {
        Self::new("error", "refused").line(error.to_string()).error(error)
    }

    /// The line for people, when there is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The line for machines: time, level and event, then the fields of the event in an order that does not change.
    #[must_use]
    pub fn json(&self) -> String {
        let now = SystemTime::now();
        let parts = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let time = format!("{}.{:03}Z", format_time(now, "%Y-%m-%dT%H:%M:%S"), parts.subsec_millis());
        let mut all = Map::new();
        all.insert("time".to_owned(), json!(time));
        all.insert("level".to_owned(), json!(self.level));
        all.insert("event".to_owned(), json!(self.event));
        all.extend(self.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::from(all).to_string()
    }
}

/// One refusal: where, the Istio object behind it, and why.
pub(crate) fn refused(refusal: &Refusal) -> Value {
    json!({"path": refusal.path, "object": refusal.object, "reason": refusal.reason})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_stable_fields() {
        let refusal = Refusal { path: "a.b".to_owned(), reason: "no".to_owned(), object: None };
        let notice = Notice::refused(&RunError::Refused("f.json".into(), vec![refusal]));
        assert_eq!(notice.text(), Some("f.json: a.b: no"));
        let line = notice.json();
        let (time, rest) = line.split_at(35);
        assert!(time.starts_with("{\"time\":\"20") && time.ends_with("Z\","), "{time}");
        let wanted = r#""level":"error","event":"refused","error":"f.json: a.b: no","refusals":[{"path":"a.b","object":null,"reason":"no"}]}"#;
        assert_eq!(rest, wanted);
        assert_eq!(Notice::new("info", "started").text(), None);
    }
}
