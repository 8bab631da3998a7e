//! Conditions as the parameters of a question state them.

use mp_eval::Proto;
use mp_ir::plan::Cidr;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::caller::{Callers, Who};
use crate::condition::{Condition, HostPattern};

/// `any` or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// There is one.
    Any,
    /// There is none.
    None,
}

/// All clauses that are there must hold; a list holds when one of its entries does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Predicate {
    /// Whether the caller has an identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<Presence>,
    /// Namespaces of the caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ns: Vec<String>,
    /// Namespaces that the caller is not in; callers in plain text are in none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ns: Vec<String>,
    /// Service accounts of the caller, `NS/SA`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sa: Vec<String>,
    /// Service accounts that the caller does not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_sa: Vec<String>,
    /// Methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Paths after normalisation, without query: `/a`, or `/a/**` for all that begins with `/a/`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Paths that it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_paths: Vec<String>,
    /// Hosts with their port, in lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Destination ports.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub port: Vec<u32>,
    /// HTTP or bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub proto: Option<Proto>,
    /// Whether there is a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt: Option<Presence>,
    /// Blocks of source addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub src: Vec<String>,
    /// Blocks that the source is not in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_src: Vec<String>,
    /// A header that is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_header: Option<String>,
}

fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(u32),
        More(Vec<u32>),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::One(one) => vec![one],
        Either::More(more) => more,
    })
}

impl Predicate {
    /// The same as a condition.
    #[must_use]
    pub fn condition(&self) -> Condition {
        let mut out = Condition {
            methods: self.methods.clone(),
            paths: self.paths.clone(),
            not_paths: self.not_paths.clone(),
            hosts: self
                .hosts
                .iter()
                .map(|host| HostPattern { text: host.clone(), any_port: false })
                .collect(),
            ports: self.port.clone(),
            proto: self.proto,
            no_headers: self.no_header.iter().map(|name| name.to_ascii_lowercase()).collect(),
            ..Condition::default()
        };
        let each = |list: &[String], one: fn(&str) -> Who| -> Callers {
            list.iter().map(|text| vec![one(text)]).collect()
        };
        let from = [each(&self.ns, namespace), each(&self.sa, account), each(&self.src, block)];
        from.iter().filter(|callers| !callers.is_empty()).for_each(|callers| out.add_from(callers));
        out.without.extend(each(&self.not_ns, namespace));
        out.without.extend(each(&self.not_sa, account));
        out.without.extend(each(&self.not_src, block));
        for (wanted, who) in [(self.peer, Who::Peer), (self.jwt, Who::AnyToken)] {
            match wanted {
                Some(Presence::Any) => out.add_from(&vec![vec![who]]),
                Some(Presence::None) => out.without.push(vec![who]),
                None => {}
            }
        }
        out
    }
}

fn namespace(text: &str) -> Who {
    Who::Namespace(text.to_owned())
}

fn account(text: &str) -> Who {
    let (namespace, name) = text.split_once('/').unwrap_or(("", text));
    Who::Account(namespace.to_owned(), name.to_owned())
}

/// What is no block holds no address.
fn block(text: &str) -> Who {
    let nothing = Cidr { address: std::net::Ipv6Addr::UNSPECIFIED.into(), bits: 128 };
    Who::Block(Cidr::parse(text).unwrap_or(nothing))
}
