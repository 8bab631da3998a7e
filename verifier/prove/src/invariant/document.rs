//! The YAML form: `kind: Invariant`.

use std::collections::BTreeMap;

use mp_eval::Proto;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Severity;
use super::many::Many;
use super::phrase::{self, Fault};

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

/// `metadata`; labels and the like are not looked at.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// The invariant's name.
    pub name: String,
}

/// `spec`: exactly one verb with its requests.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Spec {
    /// How bad a violation is.
    pub severity: Severity,
    /// Why it is demanded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Where it is asked; everywhere when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<PlaceText>,
    /// What is taken for granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assume: Option<AssumeText>,
    /// No such request is admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never: Option<Requests>,
    /// Every such request is admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always: Option<Requests>,
    /// Some such request is admitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub some: Option<Requests>,
    /// Only these callers may send such requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only: Option<OnlyText>,
    /// Nothing is admitted that the baseline refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_new: Option<Requests>,
    /// Nothing is refused that the baseline admits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_lost: Option<Requests>,
    /// The baseline decides alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same: Option<Requests>,
    /// Two meshes decide alike: the names of their inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equal: Option<(String, String)>,
    /// Requests that may break it for a while.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Requests>,
}

/// `at`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PlaceText {
    /// `namespace/name` of a workload; `*` is any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<PairText>,
    /// `namespace/name` of a service that the workload serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<PairText>,
    /// The workload's namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<NameText>,
    /// `namespace/name` of a Gateway or of its workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<PairText>,
    /// Labels of the workload.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// `assume`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AssumeText {
    /// Whether callers have service accounts that the input names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub world: Option<World>,
    /// Answers of external authorisers, by provider.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ext: BTreeMap<String, bool>,
    /// What is true of every request.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub requests: Many<Requests>,
}

/// Which callers there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// Any.
    Open,
    /// Those of the input.
    Closed,
}

/// `only`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnlyText {
    /// Who may.
    pub from: Many<CallerText>,
    /// What they alone may.
    #[serde(default)]
    pub may: Requests,
}

/// Requests. What is not said is free.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Requests {
    /// Who sends them: any of these.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub from: Many<CallerText>,
    /// Who does not send them: none of these.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub without: Many<CallerText>,
    /// What they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<OperationText>,
    /// Headers, `NAME` or `NAME=VALUE`, with `*` at one end of the value for any text.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub headers: Many<String>,
    /// Headers that are absent.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub no_headers: Many<String>,
    /// HTTP or bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub proto: Option<Proto>,
    /// Requests that are left out (never, always, some, only).
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub unless: Many<Requests>,
    /// Requests that are left out (noNew, noLost, same).
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub except: Many<Requests>,
    /// Name of the baseline (noNew, noLost, same).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The last day of a waiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Where a waiver is discussed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The invariant whose waivers a waiver repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
}

/// `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OperationText {
    /// `namespace/name` of the service; `*` is any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<PairText>,
    /// The workload's namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<NameText>,
    /// Methods.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub methods: Many<MethodText>,
    /// Paths after normalisation: `/a`, or `/a/**` for all that begins with `/a/`.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub paths: Many<PathText>,
    /// Paths that it is not.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub not_paths: Many<PathText>,
    /// Hosts; a port counts where one is written.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub hosts: Many<String>,
    /// Ports at the workload.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub ports: Many<u16>,
}

/// A caller: words as in `sa:shop/web+ip:10.0.0.0/8`, or fields that all hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CallerText {
    /// Words.
    Words(String),
    /// Fields.
    Fields(CallerFields),
}

/// A caller by fields, which must all hold; of a list, one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CallerFields {
    /// Namespaces; `*` is any text.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub ns: Many<String>,
    /// Service accounts, `namespace/name`.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub sa: Many<String>,
    /// Trust domains.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub td: Many<String>,
    /// Blocks of source addresses.
    #[serde(skip_serializing_if = "Many::is_empty")]
    pub ip: Many<String>,
    /// Claims of the token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub jwt: BTreeMap<String, String>,
}

/// Makes a text that is checked when it is read.
macro_rules! checked {
    ($($(#[$meta:meta])* $name:ident by $check:expr;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(pub String);

        impl TryFrom<String> for $name {
            type Error = Fault;
            fn try_from(text: String) -> Result<Self, Fault> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.0
            }
        }
    )*};
}

checked! {
    /// `namespace/name`, with `*` for any text.
    PairText by |text: &str| phrase::pair("name", text);
    /// A name with `*` for any text.
    NameText by |text: &str| phrase::glob("name", text);
    /// A method.
    MethodText by phrase::method;
    /// A path.
    PathText by phrase::path;
}

impl<'de> Deserialize<'de> for CallerText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsOrFields;
        impl<'de> serde::de::Visitor<'de> for WordsOrFields {
            type Value = CallerText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a caller such as sa:shop/web, or its fields")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CallerText, E> {
                phrase::callers(text).map_err(E::custom)?;
                Ok(CallerText::Words(text.to_owned()))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<CallerText, A::Error> {
                let fields = CallerFields::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                fields.callers().map_err(serde::de::Error::custom)?;
                Ok(CallerText::Fields(fields))
            }
        }
        deserializer.deserialize_any(WordsOrFields)
    }
}

/// The JSON Schema of a `kind: Invariant` document.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}
