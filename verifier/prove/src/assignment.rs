//! A model of a formula: truth values, and the texts that realise them.

use std::collections::{BTreeMap, BTreeSet};

use crate::space::Key;

/// Named propositions that are no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flag {
    Http,
    Peer,
    ServerName,
    Token,
}

/// All flags, in the order in which an assignment keeps them.
pub(crate) const FLAGS: [Flag; 4] = [Flag::Http, Flag::Peer, Flag::ServerName, Flag::Token];

/// Values of all literals that matter, and the texts that realise them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assignment {
    pub(crate) atoms: Vec<bool>,
    pub(crate) flags: Vec<bool>,
    /// Values per attribute: one at most, except for lists.
    pub(crate) texts: BTreeMap<Key, Vec<Vec<u8>>>,
    /// Attributes that some pattern asks about; of all others a witness is free to say anything.
    pub(crate) asked: BTreeSet<Key>,
}

impl Assignment {
    pub(crate) fn flag(&self, flag: Flag) -> bool {
        FLAGS
            .iter()
            .position(|known| *known == flag)
            .and_then(|at| self.flags.get(at))
            .copied()
            .unwrap_or(false)
    }

    /// Whether an attribute has a value although no pattern asks for one.
    pub(crate) fn needs(&self, key: &Key) -> bool {
        match key {
            Key::Port | Key::Source | Key::Remote(_) => true,
            Key::Peer => self.flag(Flag::Peer),
            Key::ServerName => self.flag(Flag::ServerName),
            Key::Method | Key::Path | Key::Host => self.flag(Flag::Http),
            Key::ExtraHeader(_) => true,
            Key::Header(_) | Key::Claim(_) | Key::Consent(_) => false,
        }
    }
}
