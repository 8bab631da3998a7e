//! Header changes of routes and destinations (`HeaderParser::evaluateHeaders`).

use mp_ir::plan::HeaderValue;

use super::Walk;
use super::exchange::{Exchange, remove, set};
use super::format::{Source, evaluate};
use super::outcome::Stage;

impl Walk<'_, '_> {
    /// Changes the request as destination and route say, in this order.
    pub(super) fn change_request(&mut self, exchange: &mut Exchange<'_>) {
        let weighted = exchange.target.and_then(|goal| goal.weighted);
        let levels = [weighted.map(|one| &one.headers), exchange.route.map(|route| &route.headers)];
        for level in levels.into_iter().flatten() {
            let values = self.values(exchange, &level.request_add, &[]);
            let removed = level.request_remove.iter().map(|name| name.to_ascii_lowercase());
            removed.for_each(|name| remove(&mut exchange.call.headers, &name));
            for (value, text) in level.request_add.iter().zip(values) {
                self.write(value, text, &mut exchange.call.headers);
            }
        }
    }

    /// Changes a response as destination and route say.
    pub(super) fn change_response(&mut self, exchange: &Exchange<'_>, headers: &mut Vec<(String, String)>) {
        let weighted = exchange.target.and_then(|goal| goal.weighted);
        let levels = [weighted.map(|one| &one.headers), exchange.route.map(|route| &route.headers)];
        for level in levels.into_iter().flatten() {
            let values = self.values(exchange, &level.response_add, headers);
            level.response_remove.iter().for_each(|name| remove(headers, &name.to_ascii_lowercase()));
            for (value, text) in level.response_add.iter().zip(values) {
                self.write(value, text, headers);
            }
        }
    }

    /// The values of headers before any of them is changed.
    fn values(
        &mut self,
        exchange: &Exchange<'_>,
        wanted: &[HeaderValue],
        response: &[(String, String)],
    ) -> Vec<String> {
        let (route, cluster) = (self.out.route.clone(), self.out.cluster.clone());
        let source = Source { exchange, arrival: self.arrival, response, route: &route, cluster: &cluster };
        let made: Vec<_> = wanted.iter().map(|value| evaluate(&value.value, &source)).collect();
        let origin = exchange.route.and_then(|route| route.origin);
        let open = made.iter().filter_map(|(_, open)| open.clone()).collect::<Vec<_>>();
        for operator in open {
            self.unknown(format!("the value of `%{operator}%`"), origin);
        }
        made.into_iter().map(|(text, _)| text).collect()
    }

    fn write(&mut self, value: &HeaderValue, text: String, headers: &mut Vec<(String, String)>) {
        if text.is_empty() && !value.value.is_empty() {
            return;
        }
        let name = value.name.to_ascii_lowercase();
        let verb = if value.overwrite { "set" } else { "added" };
        self.step(Stage::Rewrite, None, || format!("header `{name}: {text}` is {verb}"));
        if value.overwrite {
            set(headers, &name, text);
        } else {
            headers.push((name, text));
        }
    }
}
