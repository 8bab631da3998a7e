//! Single values of invariants, as both forms write them: callers, targets, paths, methods, headers.

use mp_ir::base::nearest;
use mp_ir::plan::{Cidr, TextMatch};

use super::words;
use crate::caller::{Callers, Who};
use crate::condition::Target;
use crate::domain::METHODS;

/// Why a text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }

    /// A word that is none of those that are known, with the nearest of them.
    pub(super) fn unknown<'a>(what: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let help = match nearest(known.iter().copied(), word) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        Self::new(format!("`{word}` is no {what}"), help)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.help {
            Some(help) => write!(f, "{}; {help}", self.message),
            None => write!(f, "{}", self.message),
        }
    }
}

/// Parts of a text between `separator`, which does not count in brackets.
pub(super) fn parts(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == separator && depth == 0
    })
    .collect()
}

/// Callers: `,` is or, `+` is and.
pub(crate) fn callers(text: &str) -> Result<Callers, Fault> {
    let all = |text: &str| parts(text, '+').into_iter().map(|one| who(one.trim())).collect();
    parts(text, ',').into_iter().map(|one| all(one.trim())).collect()
}

fn who(text: &str) -> Result<Who, Fault> {
    const KNOWN: [&str; 8] =
        ["any", "peer", "jwt", "ns:NAME", "sa:NS/NAME", "td:NAME", "ip:BLOCK", "jwt(CLAIM=VALUE)"];
    match text.split_once(':').unwrap_or((text, "")) {
        ("any", "") => Ok(Who::Any),
        ("peer", "") => Ok(Who::Peer),
        ("jwt", "") => Ok(Who::AnyToken),
        ("ns", name) => glob("namespace", name.strip_suffix("/*").unwrap_or(name)).map(Who::Namespace),
        ("td", name) => glob("trust domain", name).map(Who::TrustDomain),
        ("sa", name) => {
            let (namespace, name) = name.split_once('/').ok_or_else(|| {
                Fault::new(format!("`{text}` names no namespace"), "write `sa:NAMESPACE/SERVICE-ACCOUNT`")
            })?;
            Ok(Who::Account(glob("namespace", namespace)?, glob("service account", name)?))
        }
        ("ip", block) => {
            Cidr::parse(block).filter(|cidr| cidr.address.is_ipv4()).map(Who::Block).ok_or_else(|| {
                Fault::new(format!("`{block}` is no block of IPv4 addresses"), "write `ip:10.0.0.0/8`")
            })
        }
        _ if text.starts_with("jwt(") => token(text),
        (word, rest) => {
            let known = KNOWN.map(|known| known.split([':', '(']).next().unwrap_or(known));
            match nearest(known, word) {
                Some(near) if !rest.is_empty() => Err(Fault::new(
                    format!("`{text}` is no caller"),
                    format!("did you mean `{near}:{rest}`?"),
                )),
                Some(near) => {
                    Err(Fault::new(format!("`{text}` is no caller"), format!("did you mean `{near}`?")))
                }
                None => Err(Fault::new(
                    format!("`{text}` is no caller"),
                    format!("known are {}", KNOWN.join(", ")),
                )),
            }
        }
    }
}

/// `jwt(CLAIM=VALUE,…)`
fn token(text: &str) -> Result<Who, Fault> {
    let help = "write `jwt(iss=https://issuer.example)`";
    let inner = text.strip_prefix("jwt(").and_then(|rest| rest.strip_suffix(')'));
    let inner = inner.ok_or_else(|| Fault::new(format!("the bracket of `{text}` is not closed"), help))?;
    let claim = |one: &str| {
        let pair = one.trim().split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, value) =
            pair.ok_or_else(|| Fault::new(format!("`{one}` is no claim with a value"), help))?;
        Ok((name.to_owned(), TextMatch::from_wildcard(value)))
    };
    inner.split(',').map(claim).collect::<Result<_, _>>().map(Who::Token)
}

/// A name with `*` for any text.
pub(super) fn glob(what: &str, text: &str) -> Result<String, Fault> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'*' | b'_');
    if !text.is_empty() && text.bytes().all(fits) {
        return Ok(text.to_owned());
    }
    Err(Fault::new(
        format!("`{text}` is no {what}"),
        "names have lower-case letters, digits, `-` and `.`; `*` stands for any text",
    ))
}

/// `NS/NAME`, each with `*` for any text.
pub(super) fn pair(what: &str, text: &str) -> Result<(String, String), Fault> {
    let (namespace, name) = text
        .split_once('/')
        .ok_or_else(|| Fault::new(format!("`{text}` is no {what}"), "write `NAMESPACE/NAME`"))?;
    Ok((glob("namespace", namespace)?, glob("name", name)?))
}

/// `NS/SERVICE[:PORT]`, `ns:NAME`, or `*`.
pub(super) fn target(text: &str) -> Result<(Option<Target>, Option<u32>), Fault> {
    if let Some(name) = text.strip_prefix("ns:") {
        let name = glob("namespace", name.strip_suffix("/*").unwrap_or(name))?;
        return Ok((Some(Target::Namespace(name)), None));
    }
    let (name, number) = match text.split_once(':') {
        None => (text, None),
        Some((name, number)) => (name, Some(port(number)?)),
    };
    if name == "*" {
        return Ok((None, number));
    }
    pair("service", name).map(|(ns, name)| (Some(Target::Service(ns, name)), number))
}

pub(super) fn port(text: &str) -> Result<u32, Fault> {
    let number = text.parse::<u32>().ok().filter(|n| (1..=65535).contains(n));
    number.ok_or_else(|| Fault::new(format!("`{text}` is no port"), "ports go from 1 to 65535"))
}

/// A path, or everything below it with `/**`.
pub(super) fn path(text: &str) -> Result<String, Fault> {
    let stem = text.strip_suffix("**").unwrap_or(text);
    if !text.starts_with('/') || (stem != text && !stem.ends_with('/')) {
        return Err(Fault::new(
            format!("`{text}` is no path"),
            "write `/a` for that path alone, or `/a/**` for everything below it",
        ));
    }
    if stem.contains(['*', '?', '#']) {
        return Err(Fault::new(
            format!("`{text}` is a path that no request has"),
            "`**` stands at the end alone; a query does not belong to the path",
        ));
    }
    Ok(text.to_owned())
}

pub(super) fn method(text: &str) -> Result<String, Fault> {
    if METHODS.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(Fault::unknown("method", text, METHODS))
}

/// `NAME` or `NAME=VALUE`.
pub(super) fn header(text: &str) -> (String, Option<TextMatch>) {
    match text.split_once('=') {
        None => (text.to_ascii_lowercase(), None),
        Some((name, value)) => (name.to_ascii_lowercase(), Some(TextMatch::from_wildcard(value))),
    }
}

pub(super) fn show_callers(callers: &Callers) -> String {
    let all = |all: &Vec<Who>| all.iter().map(show_who).collect::<Vec<_>>().join("+");
    callers.iter().map(all).collect::<Vec<_>>().join(",")
}

fn show_who(who: &Who) -> String {
    match who {
        Who::Any => "any".to_owned(),
        Who::Peer => "peer".to_owned(),
        Who::AnyToken => "jwt".to_owned(),
        Who::Namespace(name) => format!("ns:{name}"),
        Who::TrustDomain(name) => format!("td:{name}"),
        Who::Account(namespace, name) => format!("sa:{namespace}/{name}"),
        Who::Block(block) => format!("ip:{}/{}", block.address, block.bits),
        Who::Token(claims) => {
            let claims: Vec<String> =
                claims.iter().map(|(name, value)| format!("{name}={}", show_text(value))).collect();
            format!("jwt({})", claims.join(","))
        }
    }
}

pub(super) fn show_text(text: &TextMatch) -> String {
    match text {
        TextMatch::Exact(whole) => whole.clone(),
        TextMatch::Prefix(start) => format!("{start}*"),
        TextMatch::Suffix(end) => format!("*{end}"),
        TextMatch::NotEmpty => "*".to_owned(),
    }
}

pub(super) fn show_target(target: Option<&Target>) -> String {
    match target {
        None => "*".to_owned(),
        Some(Target::Namespace(name)) => format!("ns:{name}"),
        Some(Target::Service(namespace, name)) => format!("{namespace}/{name}"),
    }
}

pub(super) fn show_header((name, value): &(String, Option<TextMatch>)) -> String {
    match value {
        None => name.clone(),
        Some(value) => format!("{name}={}", show_text(value)),
    }
}

/// As one word of a line.
pub(super) fn word(text: &str) -> String {
    words::quoted(text)
}
