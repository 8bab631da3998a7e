//! An invariant as one line that is read back as the same invariant.

use mp_eval::Proto;

use super::phrase::{self, show_callers, show_header, show_target};
use super::words::in_quotes;
use super::{Change, Demand, Invariant, Scope, Severity, Waived, Waiver};
use crate::condition::{Condition, HostPattern, Target};
use crate::place::Place;

impl Invariant {
    /// The invariant as a line of an `*.inv` file, without its end.
    #[must_use]
    pub fn line(&self) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warn",
            Severity::Info => "info",
        };
        let mut out = Line(vec![severity.to_owned(), phrase::word(&format!("{}:", self.name))]);
        out.demand(&self.demand, &self.at);
        if self.assume.closed_world || !self.assume.providers.is_empty() {
            out.assumed(self);
        }
        for condition in &self.assume.requests {
            out.word("assume");
            out.condition(condition, false);
        }
        if let Some(because) = &self.because {
            out.word("because");
            out.0.push(in_quotes(because));
        }
        self.waivers.iter().for_each(|waiver| out.waiver(waiver));
        out.0.join(" ")
    }
}

struct Line(Vec<String>);

impl Line {
    fn word(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }

    fn clause(&mut self, keyword: &str, value: &str) {
        self.word(keyword);
        self.0.push(phrase::word(value));
    }

    fn demand(&mut self, demand: &Demand, at: &Place) {
        match demand {
            Demand::Never(scope) => self.scope("never", scope, at),
            Demand::Always(scope) => self.scope("always", scope, at),
            Demand::Some(scope) => self.scope("some", scope, at),
            Demand::Only(who, scope) => {
                self.callers("only", who);
                self.scope("may", scope, at);
            }
            Demand::NoNew(change) => self.change("no-new", change, at),
            Demand::NoLost(change) => self.change("no-lost", change, at),
            Demand::Same(change) => self.change("same", change, at),
            Demand::Equal(old, new) => {
                self.clause("equal", &format!("{old},{new}"));
                self.place(at);
            }
        }
    }

    fn scope(&mut self, verb: &str, scope: &Scope, at: &Place) {
        self.word(verb);
        self.place(at);
        self.condition(&scope.of, true);
        for exception in &scope.unless {
            self.word("unless");
            self.condition(exception, false);
        }
    }

    fn change(&mut self, verb: &str, change: &Change, at: &Place) {
        self.word(verb);
        self.place(at);
        self.condition(&change.of, true);
        if !change.since.is_empty() {
            self.clause("since", &change.since);
        }
        for exception in &change.except {
            self.word("except");
            self.condition(exception, false);
        }
    }

    fn place(&mut self, at: &Place) {
        if let Some((namespace, name)) = &at.workload {
            self.clause("at", &format!("{namespace}/{name}"));
        }
        match &at.to {
            None => {}
            Some(Target::Namespace(name)) => self.clause("at", &format!("ns:{name}")),
            service => self.clause("at", &format!("service:{}", show_target(service.as_ref()))),
        }
        if let Some((namespace, name)) = &at.gateway {
            self.clause("at", &format!("gateway:{namespace}/{name}"));
        }
        for (key, value) in &at.labels {
            self.clause("at", &format!("label:{key}={value}"));
        }
    }

    /// In the main clause a place stands before the condition, which has no target of its own.
    fn condition(&mut self, condition: &Condition, main: bool) {
        if !condition.from.is_empty() {
            self.callers("from", &condition.from);
        }
        if !condition.without.is_empty() {
            self.callers("without", &condition.without);
        }
        if let Some(target) = condition.to.as_ref().filter(|_| !main) {
            self.clause("to", &show_target(Some(target)));
        }
        if !condition.methods.is_empty() {
            self.clause("method", &condition.methods.join(","));
        }
        condition.paths.iter().for_each(|path| self.clause("path", path));
        condition.not_paths.iter().for_each(|path| self.clause("not-path", path));
        condition.hosts.iter().for_each(|HostPattern { text, .. }| self.clause("host", text));
        condition.ports.iter().for_each(|port| self.clause("port", &port.to_string()));
        if let Some(proto) = condition.proto {
            self.clause("proto", if proto == Proto::Http { "http" } else { "tcp" });
        }
        condition.headers.iter().for_each(|header| self.clause("header", &show_header(header)));
        condition.no_headers.iter().for_each(|name| self.clause("header-absent", name));
    }

    /// Brackets keep a token's claims together, so callers need no quotes.
    fn callers(&mut self, keyword: &str, callers: &crate::caller::Callers) {
        let text = show_callers(callers);
        let open = text.matches('(').count() != text.matches(')').count();
        self.word(keyword);
        self.0.push(if open || text.contains(['"', '\\']) { in_quotes(&text) } else { text });
    }

    fn assumed(&mut self, invariant: &Invariant) {
        self.word("assume");
        if invariant.assume.closed_world {
            self.word("world=closed");
        }
        for (provider, answer) in &invariant.assume.providers {
            self.0.push(phrase::word(&format!("ext.{provider}={answer}")));
        }
    }

    fn waiver(&mut self, waiver: &Waiver) {
        self.word("waive");
        match &waiver.of {
            Waived::Like(name) => self.clause("like", name),
            Waived::Requests(condition) => self.condition(condition, false),
        }
        if let Some(until) = waiver.until {
            self.clause("until", &until.to_string());
        }
        if let Some(ticket) = &waiver.ticket {
            self.clause("ticket", ticket);
        }
    }
}
