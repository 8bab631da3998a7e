//! Expressions in CEL over the attributes of a request, as access log filters, `%CEL%` and metrics of Istio have them.
mod attributes;
mod eval;
mod functions;
mod parse;
mod token;

use crate::access::format::Source;
use eval::Value;
use parse::Expr;

/// A compiled expression.
#[derive(Debug)]
pub(crate) struct Expression(Expr);

impl Expression {
    /// Parses a text; `Err` says what is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        parse::parse(text).map(Self)
    }

    /// Whether it holds; an error or a value that is no boolean does not, as `access_loggers/filters/cel` has it.
    pub(crate) fn holds(&self, source: Source<'_>) -> bool {
        matches!(eval::eval(&self.0, source), Ok(Value::Bool(true)))
    }

    /// The value as text, as `Filters::Common::Expr::print` writes it; `None` for an error.
    pub(crate) fn text(&self, source: Source<'_>) -> Option<String> {
        eval::eval(&self.0, source).ok().map(|value| value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::rc::Rc;

    use super::*;
    use crate::access::info::{ConnectionInfo, Info, flag};
    use crate::http::Head;
    use crate::net::address::Address;

    fn ask(text: &str) -> Option<String> {
        let mut head = Head::request(b"GET");
        head.path = b"/a/b?x=1".to_vec();
        head.authority = Some(b"shop.example".to_vec());
        head.add(b"x-id", b"7");
        let mut response = Head::response(503);
        response.add(b"x-out", b"y");
        let remote: SocketAddr = "203.0.113.7:1234".parse().unwrap();
        let connection = ConnectionInfo::new(1, remote.into(), Address::Ip("10.0.0.1:8080".parse().unwrap()));
        let mut info = Info::new(Rc::new(connection), "HTTP/1.1");
        info.status = 503;
        info.route = "r1".to_owned();
        info.flag(flag::NO_HEALTHY_UPSTREAM);
        info.metadata.insert("f".to_owned(), serde_json::json!({"k": {"n": [1, "two"]}}));
        let source = Source { request: Some(&head), response: Some(&response), trailers: None, info: &info };
        Expression::new(text).unwrap().text(source)
    }

    #[test]
    fn attributes_and_operators() {
        for (text, wanted) in [
            ("request.path", Some("/a/b?x=1")),
            ("request.url_path", Some("/a/b")),
            ("request.headers['x-id'] == '7' && response.code >= 500", Some("true")),
            ("request.headers[\"x-none\"]", None),
            ("request.headers['x-none'] == '1' || true", Some("true")),
            ("'x-none' in request.headers", Some("false")),
            ("has(request.headers.host) ? 1 : 2", Some("2")),
            ("response.headers['x-out']", Some("y")),
            ("response.headers['x-out'] + '!'", None),
            ("response.flags", Some("2")),
            ("1 + 2 * 3 - 4 / 2 % 3", Some("5")),
            ("-(1.5) < 0.0", Some("true")),
            ("size('héllo') == 5 && 'abc'.startsWith('a') && !'abc'.endsWith('x')", Some("true")),
            ("'abc'.matches('b+')", Some("true")),
            ("destination.port == 8080 && source.address == '203.0.113.7:1234'", Some("true")),
            ("metadata.filter_metadata['f']['k']['n'][1]", Some("two")),
            ("xds.route_name in ['r0', 'r1']", Some("true")),
            ("int('12') == 12u || nothing.here", None),
            ("int('12') == 12 || nothing.here", Some("true")),
            ("request.method == 'GET' ? 'a' : nothing.here", Some("a")),
            ("1 / 0", None),
            ("9223372036854775807 + 1", None),
        ] {
            assert_eq!(ask(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "a b", "(1", "'abc", "1 +", "a.", "[1, ", "x ? 1", "a[1", "== 1", "f(1,)"] {
            assert!(Expression::new(text).is_err(), "{text}");
        }
        let deep = "(".repeat(10_000);
        assert!(Expression::new(&deep).is_err());
    }
}
