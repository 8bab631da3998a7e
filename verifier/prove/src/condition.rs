//! Conditions on requests, as invariants and questions state them: as formula, and on one request.

use crate::formula::Bool;
use mp_eval::{PathOutcome, Proto, Request, normalize};
use mp_ir::plan::{EnforcementPoint, TextMatch};

use crate::assignment::Flag;
use crate::automata::quote;
use crate::caller::{self, Callers, glob_matches, text_is};
use crate::engine::Engine;
use crate::space::{Key, Pattern};

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A service, namespace and name; `*` is any text.
    Service(String, String),
    /// Anything in namespaces of this name; `*` is any text.
    Namespace(String),
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// The host in lower case, `*` being any text.
    pub text: String,
    /// Whatever port stands behind it.
    pub any_port: bool,
}

impl HostPattern {
    /// A host as invariants write it: a port counts where one is written.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_ascii_lowercase(), any_port: !text.contains(':') }
    }

    fn pattern(&self) -> Pattern {
        let parts: Vec<String> = self.text.split('*').map(|part| quote(part.as_bytes())).collect();
        let port = if self.any_port { "(?::[0-9]*)?" } else { "" };
        Pattern { any_case: true, ..Pattern::regex("", format!("{}{port}", parts.join(".*"))) }
    }

    fn holds(&self, written: &str) -> bool {
        let bare = written.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let bare = bare.filter(|_| self.any_port).map(|(host, _)| host);
        glob_matches(&self.text, written) || bare.is_some_and(|bare| glob_matches(&self.text, bare))
    }
}

/// All clauses must hold; a list holds when one of its entries does, and an empty list asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The caller is one of these; empty is anybody.
    pub from: Callers,
    /// The caller is none of these.
    pub without: Callers,
    /// Where it goes.
    pub to: Option<Target>,
    /// Methods.
    pub methods: Vec<String>,
    /// Paths after normalisation, without query: `/a`, or `/a/**` for all that begins with `/a/`.
    pub paths: Vec<String>,
    /// Paths that it is not.
    pub not_paths: Vec<String>,
    /// Hosts.
    pub hosts: Vec<HostPattern>,
    /// Destination ports at the workload.
    pub ports: Vec<u32>,
    /// HTTP or bytes.
    pub proto: Option<Proto>,
    /// Headers by name in lower case, each with a value that one of its lines has; `None` asks for the header alone.
    pub headers: Vec<(String, Option<TextMatch>)>,
    /// Headers that are absent, in lower case.
    pub no_headers: Vec<String>,
}

impl Condition {
    /// Every HTTP request.
    pub(crate) fn http() -> Self {
        Self { proto: Some(Proto::Http), ..Self::default() }
    }

    /// Asks for one of these callers besides what is asked already.
    pub(crate) fn add_from(&mut self, callers: &Callers) {
        if self.from.is_empty() {
            self.from.clone_from(callers);
            return;
        }
        let pairs = self.from.iter().flat_map(|a| callers.iter().map(move |b| (a, b)));
        self.from = pairs.map(|(a, b)| a.iter().chain(b).cloned().collect()).collect();
    }

    /// The formula over the first copy of the request.
    pub(crate) fn formula(&self, engine: &mut Engine, point: &EnforcementPoint) -> Bool {
        let http = engine.flag(Flag::Http);
        let mut all: Vec<Bool> = Vec::new();
        if !self.from.is_empty() {
            all.push(caller::formula(&self.from, engine, point));
        }
        if !self.without.is_empty() {
            all.push(caller::formula(&self.without, engine, point).not());
        }
        all.extend(self.to.iter().map(|target| Bool::from_bool(target.is_at(point))));
        all.extend(self.proto.map(|proto| if proto == Proto::Http { http.clone() } else { http.not() }));
        self.operation(engine, &mut all);
        if self.asks_for_http() {
            all.push(http);
        }
        Bool::and(&all)
    }

    /// What is done.
    fn operation(&self, engine: &mut Engine, all: &mut Vec<Bool>) {
        let mut one_of = |key: Key, patterns: Vec<Pattern>| {
            let any: Vec<Bool> = patterns.into_iter().map(|pattern| engine.atom(&key, pattern)).collect();
            Bool::or(&any)
        };
        if !self.methods.is_empty() {
            all.push(one_of(Key::Method, self.methods.iter().map(|m| Pattern::exact(m)).collect()));
        }
        if !self.paths.is_empty() {
            all.push(one_of(Key::Path, self.paths.iter().map(|p| path(p)).collect()));
        }
        if !self.not_paths.is_empty() {
            all.push(one_of(Key::Path, self.not_paths.iter().map(|p| path(p)).collect()).not());
        }
        if !self.hosts.is_empty() {
            all.push(one_of(Key::Host, self.hosts.iter().map(HostPattern::pattern).collect()));
        }
        if !self.ports.is_empty() {
            let ports = self.ports.iter().map(|port| Pattern::exact(&port.to_string())).collect();
            all.push(one_of(Key::Port, ports));
        }
        for (name, value) in &self.headers {
            let pattern = value.as_ref().map_or_else(anything, Pattern::of_text);
            all.push(one_of(Key::Header(name.clone()), vec![pattern]));
        }
        for name in &self.no_headers {
            all.push(one_of(Key::Header(name.clone()), vec![anything()]).not());
        }
    }

    /// Bytes have no method, path, host or header.
    fn asks_for_http(&self) -> bool {
        let lists = [&self.methods, &self.paths, &self.not_paths];
        lists.iter().any(|list| !list.is_empty()) || !self.hosts.is_empty() || !self.headers.is_empty()
    }

    /// Whether one request is so, found without formulas.
    #[must_use]
    pub fn holds(&self, point: &EnforcementPoint, request: &Request) -> bool {
        let is_http = request.proto == Proto::Http;
        let seen = is_http.then(|| seen_path(point, request)).flatten();
        let on_path =
            |list: &[String]| seen.as_deref().is_some_and(|seen| list.iter().any(|p| path_matches(p, seen)));
        let written = request.host.to_ascii_lowercase();
        let header = |(name, value): &(String, Option<TextMatch>)| {
            let fits = |line: &str| value.as_ref().is_none_or(|wanted| text_is(wanted, line));
            request.header_values(name).iter().any(|line| fits(line))
        };
        (self.from.is_empty() || caller::hold(&self.from, point, request))
            && !caller::hold(&self.without, point, request)
            && self.to.as_ref().is_none_or(|target| target.is_at(point))
            && self.proto.is_none_or(|proto| proto == request.proto)
            && (is_http || !self.asks_for_http())
            && (self.methods.is_empty() || self.methods.contains(&request.method))
            && (self.paths.is_empty() || on_path(&self.paths))
            && (self.not_paths.is_empty() || !on_path(&self.not_paths))
            && (self.hosts.is_empty() || self.hosts.iter().any(|host| host.holds(&written)))
            && (self.ports.is_empty() || self.ports.contains(&request.port))
            && self.headers.iter().all(header)
            && !self.no_headers.iter().any(|name| !request.header_values(name).is_empty())
    }
}

impl Target {
    /// Whether a point is there.
    #[must_use]
    pub fn is_at(&self, point: &EnforcementPoint) -> bool {
        match self {
            Target::Namespace(name) => glob_matches(name, &point.namespace),
            Target::Service(namespace, name) => point.ports.iter().any(|port| {
                let mut labels = port.host.split('.');
                let (service, home) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
                glob_matches(namespace, home) && glob_matches(name, service)
            }),
        }
    }
}

fn anything() -> Pattern {
    Pattern::regex("", "(?s:.*)")
}

fn seen_path(point: &EnforcementPoint, request: &Request) -> Option<Vec<u8>> {
    let target: Vec<u8> =
        request.path.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?;
    match normalize(&target, point.paths) {
        PathOutcome::Path(path) => Some(path.split(|b| *b == b'?').next().unwrap_or_default().to_vec()),
        PathOutcome::Refused(_) | PathOutcome::Redirected => None,
    }
}

/// Whether a path is so: exact, or everything below with `/**`.
#[must_use]
pub(crate) fn path_matches(pattern: &str, path: &[u8]) -> bool {
    match pattern.strip_suffix("**") {
        Some(start) => path.starts_with(start.as_bytes()),
        None => path == pattern.as_bytes(),
    }
}

pub(crate) fn path(text: &str) -> Pattern {
    match text.strip_suffix("**") {
        Some(start) => Pattern::prefix(start),
        None => Pattern::exact(text),
    }
}
