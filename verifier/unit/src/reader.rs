//! Files of tests and of invariants into plain data: serde over the tree of YAML, so that every mistake has its place.
//!
//! Fields that hold text take any scalar as it is written: `x-debug: 1` and `x-beta: yes` are text in a header.

mod located;
mod nodes;

pub use located::{Located, OneOrMany};

use mp_model::Node;
use mp_model::base::Span;
use serde::de::DeserializeOwned;

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Where it is.
    pub span: Span,
    /// What is wrong, in lower case.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
}

/// Reads a node.
///
/// # Errors
/// At the first place that does not fit the type.
pub fn read<T: DeserializeOwned>(node: Node<'_>) -> Result<T, ReadError> {
    T::deserialize(nodes::NodeReader::new(node)).map_err(|fault| ReadError {
        span: fault.span.unwrap_or_else(|| node.span()),
        message: fault.message,
        help: fault.help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp_model::base::FileId;
    use mp_model::syntax;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
    struct Sample {
        host: OneOrMany<Located<String>>,
        headers: BTreeMap<String, String>,
        port: Option<u16>,
        mutual_tls: Option<bool>,
    }

    fn sample(text: &str) -> Result<Sample, (String, String)> {
        let file = syntax::parse(FileId(0), text.into());
        let (_, root) = file.roots().next().unwrap();
        read(root).map_err(|e| {
            let at = file.text.get(e.span.range()).unwrap().to_owned();
            (at, e.help.map_or(e.message.clone(), |help| format!("{}; {help}", e.message)))
        })
    }

    #[test]
    fn scalars_are_text_where_text_is_wanted() {
        let read = sample("host: shop\nheaders: {x-beta: yes, x-n: 1, x-t: \"true\"}\nport: 80").unwrap();
        assert_eq!(read.headers.get("x-beta").map(String::as_str), Some("yes"));
        assert_eq!(read.headers.get("x-n").map(String::as_str), Some("1"));
        assert_eq!(read.host.iter().map(|h| h.value.as_str()).collect::<Vec<_>>(), ["shop"]);
        let list = sample("host: [a, b]").unwrap();
        assert_eq!(list.host.iter().map(|h| h.span.start).collect::<Vec<_>>(), [7, 10]);
    }

    #[test]
    fn mistakes_have_their_place() {
        let wrong = |text: &str| sample(text).unwrap_err();
        assert_eq!(wrong("hots: a"), ("hots".into(), "unknown field `hots`; did you mean `host`?".into()));
        assert_eq!(wrong("port: many").0, "many");
        assert_eq!(wrong("port: 70000").0, "70000");
        assert_eq!(wrong("mutualTls: 1").0, "1");
        assert_eq!(wrong("headers: [a]").0, "[a]");
        assert_eq!(wrong("host: {a: b}").0, "{a: b}");
    }
}
