//! Invariants that people write: `kind: Invariant` in YAML, or one line each in `*.inv` files.

use mp_eval::Proto;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::predicate::{Predicate, Presence};

/// How bad a violation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Fails a gate.
    #[default]
    Error,
    /// Shown.
    Warning,
    /// Shown on request.
    Info,
}

/// Where an invariant is asked. Without any field it is asked everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Place {
    /// `namespace/name` of a workload; `*` at the end of either part is a wildcard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    /// `namespace/name` of a service that the workload serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Gateways alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gateways: bool,
}

/// What is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// No such request is admitted.
    Never,
    /// Every such request is admitted.
    Always,
    /// Some such request is admitted.
    Some,
}

/// One invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its name.
    pub name: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// Why it is demanded.
    pub because: Option<String>,
    /// Where it is asked.
    pub at: Place,
    /// What is demanded.
    pub verb: Verb,
    /// Of which requests.
    pub of: Predicate,
    /// Requests that are left out.
    pub unless: Option<Predicate>,
    /// File and line, from 1.
    pub place: (String, usize),
}

/// A line or document that is no invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvariantError {
    /// File and line, from 1.
    pub place: (String, usize),
    /// What is wrong, in lower case.
    pub message: String,
}

/// `kind: Invariant`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// `meshproof.dev/v1alpha1`.
    pub api_version: String,
    /// `Invariant`.
    pub kind: String,
    /// Its name.
    pub metadata: Metadata,
    /// What is demanded.
    pub spec: Spec,
}

/// `metadata`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// The invariant's name.
    pub name: String,
}

/// `spec`: one of `never`, `always`, `some`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Spec {
    /// How bad a violation is.
    pub severity: Severity,
    /// Why it is demanded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Where it is asked.
    pub at: Place,
    /// No such request is admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never: Option<Predicate>,
    /// Every such request is admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always: Option<Predicate>,
    /// Some such request is admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub some: Option<Predicate>,
    /// Requests that are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unless: Option<Predicate>,
}

/// The JSON Schema of a `kind: Invariant` document.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// Reads one YAML document that says `kind: Invariant`.
///
/// # Errors
/// When the document is not as [`schema`] says, or does not state exactly one demand.
pub fn parse_document(file: &str, line: usize, text: &str) -> Result<Invariant, InvariantError> {
    let fail = |message: String| InvariantError { place: (file.to_owned(), line), message };
    let document: Document = serde_yaml::from_str(text).map_err(|e| fail(e.to_string()))?;
    let spec = document.spec;
    let demands = [(Verb::Never, spec.never), (Verb::Always, spec.always), (Verb::Some, spec.some)];
    let mut stated = demands.into_iter().filter_map(|(verb, of)| of.map(|of| (verb, of)));
    let (Some((verb, of)), None) = (stated.next(), stated.next()) else {
        return Err(fail("exactly one of never, always and some must be stated".to_owned()));
    };
    Ok(Invariant {
        name: document.metadata.name,
        severity: spec.severity,
        because: spec.because,
        at: spec.at,
        verb,
        of,
        unless: spec.unless,
        place: (file.to_owned(), line),
    })
}

/// Reads a file of one-line invariants; `#` begins a comment.
///
/// `[error|warn|info] NAME: never|always|some|only WHO may CLAUSE… [unless CLAUSE…]`, where a clause is `from WHO`,
/// `at NS/WORKLOAD`, `to NS/SERVICE[:PORT]`, `METHOD[,METHOD] PATH`, `path PATTERN`, `host HOST`, `port N`,
/// `with jwt|peer`, `without jwt|peer`, `proto http|tcp`, `header-absent NAME`; WHO is `any`, `ns:NAME`, `sa:NS/NAME`
/// or `ip:BLOCK`, several joined by commas.
pub fn parse_lines(file: &str, text: &str) -> (Vec<Invariant>, Vec<InvariantError>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        let place = (file.to_owned(), at + 1);
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        match parse_line(line, place.clone()) {
            Ok(invariant) => good.push(invariant),
            Err(message) => bad.push(InvariantError { place, message }),
        }
    }
    (good, bad)
}

fn parse_line(line: &str, place: (String, usize)) -> Result<Invariant, String> {
    let (head, body) = line.split_once(": ").ok_or("a name and a colon are missing")?;
    let (name, severity) = parse_head(head)?;
    let words: Vec<&str> = body.split_whitespace().collect();
    let (verb, exempt, rest) = match words.as_slice() {
        ["never", rest @ ..] => (Verb::Never, None, rest),
        ["always", rest @ ..] => (Verb::Always, None, rest),
        ["some", rest @ ..] => (Verb::Some, None, rest),
        ["only", who, "may", rest @ ..] => (Verb::Never, Some(caller(who)?), rest),
        _ => return Err("the sentence begins with never, always, some, or only … may".to_owned()),
    };
    let (mut of, mut at) = (Predicate::default(), Place::default());
    let split = rest.iter().position(|word| *word == "unless").unwrap_or(rest.len());
    clauses(rest.get(..split).unwrap_or_default(), &mut of, &mut at)?;
    let unless = match (exempt, rest.get(split + 1..)) {
        (exempt, None) => exempt,
        (Some(_), Some(_)) => return Err("only … may and unless cannot be combined".to_owned()),
        (None, Some(words)) => {
            let mut unless = Predicate::default();
            clauses(words, &mut unless, &mut Place::default())?;
            Some(unless)
        }
    };
    Ok(Invariant { name, severity, because: None, at, verb, of, unless, place })
}

fn parse_head(head: &str) -> Result<(String, Severity), String> {
    let mut words = head.split_whitespace().rev();
    let name = words.next().ok_or("a name is missing")?.to_owned();
    let severity = match words.next() {
        None | Some("error") => Severity::Error,
        Some("warn" | "warning") => Severity::Warning,
        Some("info") => Severity::Info,
        Some(other) => return Err(format!("{other:?} is no severity")),
    };
    Ok((name, severity))
}

fn caller(who: &str) -> Result<Predicate, String> {
    let mut out = Predicate::default();
    add_caller(&mut out, who)?;
    Ok(out)
}

fn add_caller(out: &mut Predicate, who: &str) -> Result<(), String> {
    for one in who.split(',') {
        match one.split_once(':') {
            None if one == "any" => {}
            Some(("ns", name)) => out.ns.push(name.strip_suffix("/*").unwrap_or(name).to_owned()),
            Some(("sa", name)) if name.contains('/') => out.sa.push(name.to_owned()),
            Some(("ip", block)) => out.src.push(block.to_owned()),
            _ => return Err(format!("{one:?} is no caller; any, ns:NAME, sa:NS/NAME or ip:BLOCK is")),
        }
    }
    Ok(())
}

fn clauses(mut words: &[&str], out: &mut Predicate, at: &mut Place) -> Result<(), String> {
    while let [word, rest @ ..] = words {
        let (value, tail) = rest.split_first().map_or(("", rest), |(value, tail)| (*value, tail));
        if value.is_empty() {
            return Err(format!("something is missing behind {word:?}"));
        }
        match *word {
            "from" => add_caller(out, value)?,
            "at" => at.workload = Some(value.to_owned()),
            "to" => service(value, out, at)?,
            "path" => add_path(out, value),
            "host" => out.hosts.push(value.to_ascii_lowercase()),
            "port" => out.port.push(value.parse().map_err(|_| format!("{value:?} is no port"))?),
            "proto" if value == "http" => out.proto = Some(Proto::Http),
            "proto" if value == "tcp" => out.proto = Some(Proto::Tcp),
            "with" | "without" => presence(out, *word == "with", value)?,
            "header-absent" => out.no_header = Some(value.to_owned()),
            methods if methods.bytes().all(|b| b.is_ascii_uppercase() || b == b',' || b == b'*') => {
                if methods != "*" {
                    out.methods.extend(methods.split(',').map(str::to_owned));
                }
                add_path(out, value);
            }
            other => return Err(format!("{other:?} begins no clause")),
        }
        words = tail;
    }
    Ok(())
}

/// `*` and `/**` mean every path.
fn add_path(out: &mut Predicate, pattern: &str) {
    if pattern == "*" || pattern == "/**" {
        out.proto = Some(Proto::Http);
    } else {
        out.paths.push(pattern.to_owned());
    }
}

fn service(value: &str, out: &mut Predicate, at: &mut Place) -> Result<(), String> {
    let (name, port) = value.split_once(':').unwrap_or((value, ""));
    if !port.is_empty() {
        out.port.push(port.parse().map_err(|_| format!("{port:?} is no port"))?);
    }
    if name != "*" {
        at.service = Some(name.to_owned());
    }
    Ok(())
}

fn presence(out: &mut Predicate, there: bool, what: &str) -> Result<(), String> {
    let value = Some(if there { Presence::Any } else { Presence::None });
    match what {
        "peer" => out.peer = value,
        "jwt" => out.jwt = value,
        other => return Err(format!("{other:?} is neither peer nor jwt")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Invariant {
        let (mut good, bad) = parse_lines("a.inv", line);
        assert_eq!(bad, Vec::new());
        good.remove(0)
    }

    #[test]
    fn lines_are_read() {
        let inv = one("error pay-web: only sa:shop/web may to pay/ledger:8080 POST /v1/**  # PCI");
        assert_eq!((inv.verb, inv.severity, inv.name.as_str()), (Verb::Never, Severity::Error, "pay-web"));
        assert_eq!(inv.of.methods, ["POST"]);
        assert_eq!(inv.of.paths, ["/v1/**"]);
        assert_eq!(inv.of.port, [8080]);
        assert_eq!(inv.at.service.as_deref(), Some("pay/ledger"));
        assert_eq!(inv.unless.unwrap().sa, ["shop/web"]);
        let inv = one("warn admin: never without peer path /admin/** unless path /admin/health");
        assert_eq!(inv.of.peer, Some(Presence::None));
        assert_eq!(inv.unless.unwrap().paths, ["/admin/health"]);
    }

    #[test]
    fn nonsense_is_refused_with_its_line() {
        let (good, bad) = parse_lines("a.inv", "\nx: sometimes path /a\ny: never path\nz: never from me");
        assert_eq!(good, Vec::new());
        assert_eq!(bad.iter().map(|e| e.place.1).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn documents_are_read() {
        let text = "apiVersion: meshproof.dev/v1alpha1\nkind: Invariant\nmetadata: {name: a}\nspec:\n  never: {ns: [shop], paths: [/admin/**]}\n";
        let inv = parse_document("a.yaml", 1, text).unwrap();
        assert_eq!((inv.verb, inv.of.ns.len()), (Verb::Never, 1));
        assert!(parse_document("a.yaml", 1, &text.replace("never", "sometimes")).is_err());
        assert!(parse_document("a.yaml", 1, &format!("{text}  always: {{}}\n")).is_err());
    }
}
