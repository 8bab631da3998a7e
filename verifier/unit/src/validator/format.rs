//! The format: `testCases` with a request of lists, and parts of the HTTP route that it must meet.

use mp_ir::mesh::HttpRoute;
use mp_lower::facts::route_as_written;
use mp_model::admission::{Misfit, Nonconformity};
use mp_model::base::Span;
use mp_model::base::nearest;
use mp_model::conform::fields;
use mp_model::schema::{Message, root};
use mp_model::{Node, Value};

use crate::reader::{Located, ReadError};
use crate::suite::{MOST_REQUESTS, product_fits};

/// Fields of a test.
const CASE: &[&str] =
    &["description", "wantMatch", "request", "route", "redirect", "rewrite", "fault", "headers", "delegate"];
/// Fields of a request.
const REQUEST: &[&str] = &["authority", "method", "uri", "headers"];

/// One test.
#[derive(Clone, Debug, Default)]
pub struct TestCase {
    /// What it is about.
    pub description: String,
    /// The test in its file.
    pub place: Span,
    /// Whether the parts must be so, or must not.
    pub want_match: bool,
    /// Hosts.
    pub authorities: Vec<Located<String>>,
    /// Methods.
    pub methods: Vec<Located<String>>,
    /// Paths with query.
    pub uris: Vec<Located<String>>,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
    /// The parts that are asserted, as a route whose names stand as written.
    pub want: HttpRoute,
    /// Which parts are written, with their places.
    pub asserted: Vec<(Part, Span)>,
}

/// A part of a route that a test may assert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `delegate`.
    Delegate,
    /// `route`.
    Route,
    /// `rewrite`.
    Rewrite,
    /// `fault`.
    Fault,
    /// `headers`.
    Headers,
    /// `redirect`.
    Redirect,
}

impl Part {
    /// All, in the tool's order.
    pub(crate) const ALL: [Self; 6] =
        [Self::Delegate, Self::Route, Self::Rewrite, Self::Fault, Self::Headers, Self::Redirect];

    /// The name of the field.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Delegate => "delegate",
            Part::Route => "route",
            Part::Rewrite => "rewrite",
            Part::Fault => "fault",
            Part::Headers => "headers",
            Part::Redirect => "redirect",
        }
    }
}

/// What of a document was not understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unread {
    /// The tests cannot run.
    pub(crate) errors: Vec<ReadError>,
    /// Unknown fields, which the tool ignores unless it is told to be strict: the flag says whether it would notice at all.
    pub(crate) unknown: Vec<(ReadError, bool)>,
}

/// Whether a document is in this format.
pub(crate) fn is_ours(root: Node<'_>) -> bool {
    entry(root, "testCases").is_some()
}

/// Reads the tests of a document.
#[must_use]
pub(crate) fn read(root: Node<'_>) -> (Vec<TestCase>, Unread) {
    let mut reader = Reader::default();
    reader.known(root, &["testCases"]);
    let mut out = Vec::new();
    for case in entry(root, "testCases").map(|(_, list)| reader.items(list)).unwrap_or_default() {
        out.extend(reader.case(case));
    }
    (out, reader.0)
}

/// A field by its name in any case of letters, as Go's JSON reader takes it; the exact name first.
fn entry<'a>(node: Node<'a>, name: &str) -> Option<(Node<'a>, Node<'a>)> {
    let alike = |(key, _): &(Node<'a>, Node<'a>)| key.as_str().is_some_and(|k| k.eq_ignore_ascii_case(name));
    node.entry(name).or_else(|| node.entries().find(alike)).filter(|(_, value)| !value.is_null())
}

#[derive(Default)]
struct Reader(Unread);

impl Reader {
    fn error(&mut self, span: Span, message: String, help: &str) {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.0.errors.push(ReadError { span, message, help });
    }

    /// Notes fields that the format does not have.
    fn known(&mut self, node: Node<'_>, names: &'static [&'static str]) {
        for (key, _) in node.entries() {
            let Some(name) = key.as_str() else { continue };
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                self.unknown(key.span(), name, nearest(names.iter().copied(), name), true);
            }
        }
    }

    fn unknown(&mut self, span: Span, name: &str, near: Option<&str>, noticed: bool) {
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let error = ReadError { span, message: format!("unknown field `{name}`"), help };
        self.0.unknown.push((error, noticed));
    }

    fn items<'a>(&mut self, node: Node<'a>) -> Vec<Node<'a>> {
        if node.value() != Value::Seq {
            self.error(node.span(), "a list is wanted".to_owned(), "");
        }
        node.items().collect()
    }

    fn case(&mut self, node: Node<'_>) -> Option<TestCase> {
        if node.value() != Value::Map {
            self.error(node.span(), "a test is wanted".to_owned(), "");
            return None;
        }
        self.known(node, CASE);
        let field = |name: &str| entry(node, name).map(|(_, value)| value);
        let mut out = TestCase { place: node.span(), ..TestCase::default() };
        out.description = field("description").and_then(|value| self.text(value)).unwrap_or_default();
        out.want_match = match field("wantMatch").map(|value| (value.value(), value)) {
            None => false,
            Some((Value::Bool(wanted), value))
                if matches!(value.source(), "true" | "false" | "True" | "False" | "TRUE" | "FALSE") =>
            {
                wanted
            }
            Some((_, value)) => {
                self.error(value.span(), "`true` or `false` is wanted".to_owned(), "");
                false
            }
        };
        match field("request") {
            Some(request) => self.request(request, &mut out),
            None => self.error(node.span(), "the field `request` is missing".to_owned(), ""),
        }
        self.parts(node, &mut out);
        Some(out)
    }

    fn request(&mut self, node: Node<'_>, out: &mut TestCase) {
        self.known(node, REQUEST);
        out.authorities = self.list(node, "authority");
        out.methods = self.list(node, "method");
        out.uris = self.list(node, "uri");
        let counts = [out.authorities.len(), out.methods.len(), out.uris.len()];
        if !product_fits(&counts) {
            self.error(node.span(), format!("the test has more than {MOST_REQUESTS} requests"), "split it");
            out.uris.clear();
        }
        let Some((_, headers)) = entry(node, "headers") else { return };
        for (key, value) in headers.entries() {
            if let (Some(name), Some(text)) = (key.as_str(), self.text(value)) {
                out.headers.push((name.to_owned(), text));
            }
        }
    }

    fn list(&mut self, node: Node<'_>, name: &str) -> Vec<Located<String>> {
        let items = entry(node, name).map(|(_, list)| self.items(list)).unwrap_or_default();
        let mut out = Vec::new();
        for item in items {
            out.extend(self.text(item).map(|value| Located { value, span: item.span() }));
        }
        if out.is_empty() {
            self.error(node.span(), format!("the list `{name}` is empty or missing"), "");
        }
        out
    }

    /// Text; words such as `yes` are text to the tool's reader of YAML, numbers are not.
    fn text(&mut self, node: Node<'_>) -> Option<String> {
        let word =
            || matches!(node.source().to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off" | "y" | "n");
        match node.value() {
            Value::Str(text) => Some(text.to_owned()),
            Value::Bool(_) if word() => Some(node.source().to_owned()),
            _ => {
                self.error(node.span(), format!("`{}` is no text", node.source()), "write it in quotes");
                None
            }
        }
    }

    /// The parts of a route, which have the same names and shapes as in a VirtualService.
    fn parts(&mut self, node: Node<'_>, out: &mut TestCase) {
        for part in Part::ALL {
            if let Some(value) = node.get(part.name()).filter(|value| !value.is_null()) {
                out.asserted.push((part, value.span()));
            }
        }
        let is_part = |found: &Nonconformity| {
            let first = found.path.split(['.', '[']).next().unwrap_or_default();
            Part::ALL.iter().any(|part| part.name() == first)
        };
        let found = http_route().map(|message| fields(node, message)).unwrap_or_default();
        for found in found.into_iter().filter(is_part) {
            match &found.misfit {
                Misfit::UnknownField(near) => self.unknown(found.span, &found.field, *near, false),
                Misfit::WrongType(wanted) => {
                    self.error(found.span, format!("`{}` must be {wanted}", found.path), "");
                }
                Misfit::UnknownWord(words) => {
                    self.error(found.span, format!("`{}` is none of {}", found.path, words.join(", ")), "");
                }
                _ => {}
            }
        }
        out.want = route_as_written(node);
    }
}

/// The message of HTTP routes.
fn http_route() -> Option<&'static Message> {
    let object = root("networking.istio.io", "VirtualService")?;
    object.field("spec")?.ty.message()?.field("http")?.ty.message()
}
