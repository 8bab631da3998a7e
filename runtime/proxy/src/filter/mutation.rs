//! The header mutation filter.
use crate::access::format::Source;
use crate::config::mutation::{Mutations, QueryMutation};
use crate::http::Head;
use crate::server::stream::Exchange;

impl Exchange<'_> {
    /// Changes the request.
    pub(super) fn mutate(&mut self, mutations: &Mutations) {
        for mutation in &mutations.request {
            let mut head = std::mem::take(&mut self.head);
            mutation.apply(Source { request: Some(&head.clone()), ..self.source() }, &mut head);
            self.head = head;
        }
        if mutations.query.is_empty() {
            return;
        }
        let mut parameters = self.parameters();
        for mutation in &mutations.query {
            match mutation {
                QueryMutation::Remove(name) => {
                    parameters.remove(name);
                }
                QueryMutation::Write(ops) => {
                    let pass = ops.evaluate(self.source());
                    ops.apply(pass, &mut parameters);
                }
            }
        }
        self.set_parameters(&parameters);
    }

    /// The parameters of the query, in the form of headers.
    pub(super) fn parameters(&self) -> Head {
        let mut parameters = Head::default();
        for pair in self.head.query().split(|b| *b == b'&').filter(|p| !p.is_empty()) {
            let at = memchr::memchr(b'=', pair).unwrap_or(pair.len());
            parameters.add(pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default());
        }
        parameters
    }

    /// Writes the query anew, sorted by name as Envoy does.
    pub(super) fn set_parameters(&mut self, parameters: &Head) {
        let length = self.head.path_only().len();
        self.head.path.truncate(length);
        let mut sorted: Vec<_> = parameters.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        for (index, (name, value)) in sorted.into_iter().enumerate() {
            self.head.path.push(if index == 0 { b'?' } else { b'&' });
            self.head.path.extend_from_slice(name);
            self.head.path.push(b'=');
            self.head.path.extend_from_slice(value);
        }
    }

    /// Changes the response.
    pub(super) fn mutate_response(&self, mutations: &Mutations, head: &mut Head) {
        for mutation in &mutations.response {
            let source = Source { response: Some(&head.clone()), ..self.source() };
            mutation.apply(source, head);
        }
    }
}
