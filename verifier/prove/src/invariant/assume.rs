//! What a proof may take for granted.

use super::phrase::Fault;
use crate::condition::Condition;

/// Facts that a proof may take for granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// Callers have service accounts that the input names.
    pub closed_world: bool,
    /// External authorisers by provider, with their answer to everything; sorted.
    pub providers: Vec<(String, bool)>,
    /// What is true of every request.
    pub requests: Vec<Condition>,
}

impl Assumptions {
    /// Adds `world=open|closed` or `ext.PROVIDER=true|false`.
    pub(super) fn add(&mut self, text: &str) -> Result<(), Fault> {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        if let Some(provider) = key.strip_prefix("ext.").filter(|name| !name.is_empty()) {
            let answer = match value {
                "true" => true,
                "false" => false,
                other => return Err(Fault::unknown("answer of a provider", other, ["true", "false"])),
            };
            return self.provider(provider, answer);
        }
        if key != "world" {
            return Err(Fault::unknown("assumption", key, ["world", "ext.PROVIDER"]));
        }
        match value {
            "closed" => self.closed_world = true,
            "open" => self.closed_world = false,
            other => return Err(Fault::unknown("world", other, ["open", "closed"])),
        }
        Ok(())
    }

    pub(super) fn provider(&mut self, name: &str, answer: bool) -> Result<(), Fault> {
        match self.providers.iter().find(|(known, _)| known == name) {
            Some((_, known)) if *known != answer => Err(Fault::new(
                format!("the answers of provider `{name}` contradict each other"),
                "assume one of them",
            )),
            Some(_) => Ok(()),
            None => {
                self.providers.push((name.to_owned(), answer));
                self.providers.sort();
                Ok(())
            }
        }
    }
}
