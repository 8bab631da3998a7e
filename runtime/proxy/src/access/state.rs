//! Filter state: values that filters set by name, and what of them goes along with connections inside of the proxy.
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::config::endpoint::Metadata;
use crate::istio::Peer;

/// How far a value goes (`FilterStateValue.SharedWithUpstream`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Nowhere.
    #[default]
    Own,
    /// To the next internal connection.
    Once,
    /// To all internal connections behind.
    Transitive,
}

/// A value of the filter state.
#[derive(Debug, Clone, Default)]
pub(crate) struct StateValue {
    /// As text.
    pub(crate) text: String,
    /// How far it goes.
    pub(crate) sharing: Sharing,
    /// Whether connections with different values are kept apart.
    pub(crate) keyed: bool,
    /// Whether it is an address, and not only the text of one.
    pub(crate) address: bool,
}

/// Values by name.
pub(crate) type FilterState = BTreeMap<String, StateValue>;

/// What an internal connection brings along from its near end.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    /// Dynamic metadata.
    pub(crate) metadata: Metadata,
    /// Filter state.
    pub(crate) state: FilterState,
    /// Who the client has said it is.
    pub(crate) peer: Option<Rc<Peer>>,
}

impl Passed {
    /// What a connection to an internal listener takes along of some filter states; later ones replace earlier ones.
    pub(crate) fn new<'a>(
        metadata: Metadata,
        states: impl IntoIterator<Item = &'a FilterState>,
        peer: Option<Rc<Peer>>,
    ) -> Self {
        let mut state = FilterState::new();
        for (name, value) in states.into_iter().flatten() {
            let sharing = match value.sharing {
                Sharing::Own => continue,
                Sharing::Once => Sharing::Own,
                Sharing::Transitive => Sharing::Transitive,
            };
            state.insert(name.clone(), StateValue { sharing, ..value.clone() });
        }
        Self { metadata, state, peer }
    }

    /// What keeps connections apart. The rest is that of the request a connection was made for, as in Envoy
    /// (`source/common/network/transport_socket_options_impl.cc`).
    fn key(&self) -> (Vec<(&str, &str)>, Option<[&str; 3]>) {
        let keyed = self.state.iter().filter(|(_, value)| value.keyed);
        let peer = self.peer.as_ref().map(|p| [&*p.instance, &*p.namespace, &*p.workload]);
        (keyed.map(|(name, value)| (name.as_str(), value.text.as_str())).collect(), peer)
    }
}

impl PartialEq for Passed {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Passed {}

impl PartialOrd for Passed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Passed {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_as_far_as_they_are_shared() {
        let value = |sharing, keyed| StateValue { text: "v".into(), sharing, keyed, address: false };
        let all = FilterState::from([
            ("own".to_owned(), value(Sharing::Own, true)),
            ("once".to_owned(), value(Sharing::Once, true)),
            ("far".to_owned(), value(Sharing::Transitive, false)),
        ]);
        let first = Passed::new(Metadata::new(), [&all], None);
        assert_eq!(first.state.keys().collect::<Vec<_>>(), ["far", "once"]);
        let second = Passed::new(Metadata::new(), [&first.state], None);
        assert_eq!(second.state.keys().collect::<Vec<_>>(), ["far"]);
        // Only values with a hash keep connections apart.
        assert_eq!(second, Passed::default());
        assert_ne!(first, second);
    }
}
