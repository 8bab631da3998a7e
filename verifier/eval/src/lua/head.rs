//! Heads as scripts see them: pseudo headers among the others.

/// A head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// `:authority`, `:path`, `:method`, `:scheme` of a request, `:status` of a response; those that are there.
    pub(crate) pseudo: Vec<(&'static str, String)>,
    /// Header lines, names in lower case.
    pub(crate) lines: Vec<(String, String)>,
}

/// Pseudo headers in the order in which Envoy lists them.
const PSEUDO: [&str; 5] = [":status", ":authority", ":path", ":method", ":scheme"];

/// Headers of which a message has one: what is added is joined to the first (`HeaderMapImpl::insertByKey`).
const SINGLE: [&str; 24] = [
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-client-cert",
    "x-request-id",
    "accept",
    "accept-encoding",
    "authorization",
    "cache-control",
    "content-type",
    "content-encoding",
    "expect",
    "origin",
    "referer",
    "user-agent",
    "te",
    "via",
    "upgrade",
    "connection",
    "grpc-timeout",
    "access-control-request-method",
    "x-envoy-attempt-count",
    "x-envoy-expected-rq-timeout-ms",
];

/// The name of a pseudo header; `host` is one of them.
fn pseudo_name(name: &str) -> Option<&'static str> {
    let name = if name == "host" { ":authority" } else { name };
    PSEUDO.into_iter().find(|known| *known == name)
}

impl Head {
    /// A pseudo header.
    pub(crate) fn pseudo(&self, name: &str) -> Option<&str> {
        self.pseudo.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a header in any case.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let name = name.to_ascii_lowercase();
        if let Some(name) = pseudo_name(&name) {
            return self.pseudo(name).map(str::to_owned).into_iter().collect();
        }
        self.lines.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.clone()).collect()
    }

    /// All headers as names and values.
    pub(crate) fn list(&self) -> Vec<(String, String)> {
        let pseudo =
            PSEUDO.iter().filter_map(|name| Some(((*name).to_owned(), self.pseudo(name)?.to_owned())));
        pseudo.chain(self.lines.iter().cloned()).collect()
    }

    /// Adds a value as `HeaderMap::addCopy` does.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        let single = pseudo_name(&name).is_some() || SINGLE.contains(&name.as_str());
        match self.values(&name).into_iter().next().filter(|_| single) {
            Some(first) => {
                let comma = if first.is_empty() || value.is_empty() { "" } else { "," };
                self.put(&name, &format!("{first}{comma}{value}"));
            }
            None if pseudo_name(&name).is_some() => self.put(&name, value),
            // A pseudo header of another name never leaves Envoy's codecs.
            None if name.starts_with(':') => {}
            None => self.lines.push((name, value.to_owned())),
        }
    }

    /// Gives a header one value as `HeaderMap::setCopy` does: those that Envoy keeps in slots stay where they are.
    pub(crate) fn replace(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        if pseudo_name(&name).is_none() && !SINGLE.contains(&name.as_str()) {
            self.lines.retain(|(known, _)| *known != name);
        }
        if !name.starts_with(':') || pseudo_name(&name).is_some() {
            self.put(&name, value);
        }
    }

    fn put(&mut self, name: &str, value: &str) {
        if let Some(name) = pseudo_name(name) {
            let status = name == ":status" && value.parse::<u32>().is_err();
            match self.pseudo.iter_mut().find(|(known, _)| *known == name) {
                Some(_) if status => {}
                Some((_, old)) => value.clone_into(old),
                None => self.pseudo.push((name, value.to_owned())),
            }
            return;
        }
        match self.lines.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.lines.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Takes a header away.
    pub(crate) fn remove(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        match pseudo_name(&name) {
            Some(name) => self.pseudo.retain(|(known, _)| *known != name || name == ":status"),
            None => self.lines.retain(|(known, _)| *known != name),
        }
    }
}
