//! Which lines of YAML made a place in a bootstrap: the way from the outermost piece of the plan down to it.
//!
//! The plan keeps the origin of every piece; what is known here is where the writers of this crate put the pieces.

mod filter;
mod place;

use mp_ir::base::{Origin, Span};
use mp_ir::plan::Plan;
use serde_json::Value;

use crate::Patched;
use crate::bootstrap::Piece;
use place::Place;

/// A piece of the configuration on the way to a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What it is, with its name in backticks.
    pub piece: String,
    /// The JSON pointer to it.
    pub pointer: String,
    /// The YAML that asks for it, the most telling first; empty where Istio itself does.
    pub origins: Vec<Span>,
}

/// The pieces that hold the place at a JSON pointer of a bootstrap, the outermost first; `None` when nothing is there.
///
/// The last one with origins is the nearest answer to why the place is as it is. `patched` is what EnvoyFilters changed.
#[must_use]
pub fn causes(plan: &Plan, patched: &Patched, bootstrap: &Value, pointer: &str) -> Option<Vec<Cause>> {
    bootstrap.pointer(pointer)?;
    let mut walk = Walk::new(plan, patched);
    walk.down(bootstrap, String::new(), pointer);
    Some(walk.causes)
}

/// The same of a resource by itself, with a pointer into it.
pub(crate) fn causes_in(plan: &Plan, patched: &Patched, piece: &Piece, pointer: &str) -> Option<Vec<Cause>> {
    piece.json.pointer(pointer)?;
    let mut walk = Walk::new(plan, patched);
    let list = piece.list.name();
    list.clone_into(&mut walk.list);
    let path = format!("/staticResources/{list}/{}", piece.at);
    walk.enter(piece.at, &piece.json, &path);
    walk.down(&piece.json, path, pointer);
    Some(walk.causes)
}

/// The pieces that a piece is made of: chains of a listener, virtual hosts of a route table, routes of a virtual host, each with
/// its own lines; none where the place has no such list.
#[must_use]
pub fn parts(plan: &Plan, patched: &Patched, bootstrap: &Value, pointer: &str) -> Vec<Cause> {
    let Some(Value::Object(fields)) = bootstrap.pointer(pointer) else { return Vec::new() };
    let mut out = Vec::new();
    for list in ["filterChains", "virtualHosts", "routes"] {
        let items = fields.get(list).and_then(Value::as_array).map_or(0, Vec::len);
        let part = |at: usize| causes(plan, patched, bootstrap, &format!("{pointer}/{list}/{at}"))?.pop();
        out.extend((0..items).filter_map(part));
    }
    out
}

/// What a step down the configuration leads to.
struct Step<'p> {
    place: Place<'p>,
    /// The piece, where one begins here.
    piece: Option<(String, Vec<Origin>)>,
}

impl<'p> Step<'p> {
    fn silent(place: Place<'p>) -> Self {
        Self { place, piece: None }
    }

    fn piece(place: Place<'p>, piece: String, origins: Vec<Origin>) -> Self {
        Self { place, piece: Some((piece, origins)) }
    }
}

struct Walk<'p> {
    plan: &'p Plan,
    patched: &'p Patched,
    place: Place<'p>,
    /// The field that was passed last.
    list: String,
    causes: Vec<Cause>,
}

impl<'p> Walk<'p> {
    fn new(plan: &'p Plan, patched: &'p Patched) -> Self {
        Walk { plan, patched, place: Place::Resources, list: String::new(), causes: Vec::new() }
    }

    /// Goes as far down as a pointer says and a value has it.
    fn down(&mut self, mut here: &Value, mut path: String, pointer: &str) {
        for escaped in pointer.split('/').skip(1) {
            let word = escaped.replace("~1", "/").replace("~0", "~");
            path.push('/');
            path.push_str(escaped);
            let at = word.parse::<usize>().ok().filter(|_| here.is_array());
            let next = match at {
                Some(at) => here.get(at),
                None => here.get(&word),
            };
            let Some(next) = next else { return };
            match at {
                Some(at) => self.enter(at, next, &path),
                None => self.field(&word, next, &path),
            }
            here = next;
        }
    }

    /// Goes into an item of a list.
    fn enter(&mut self, at: usize, item: &Value, path: &str) {
        let list = std::mem::take(&mut self.list);
        let step = self.place.item(self.plan, &list, at, item);
        let changed = match (self.place, list.as_str()) {
            (Place::Resources, "listeners" | "clusters") => self.patched.of(&list, name(item)),
            (Place::Table(_), "virtualHosts") => self.patched.of("routes", self.table_name()),
            _ => Vec::new(),
        };
        self.take(step, changed, path);
    }

    /// Goes into a field of an object.
    fn field(&mut self, word: &str, value: &Value, path: &str) {
        word.clone_into(&mut self.list);
        let step = self.place.field(self.plan, word, value);
        self.take(step, Vec::new(), path);
    }

    fn table_name(&self) -> &'p str {
        match self.place {
            Place::Table(table) => table.name.as_str(),
            _ => "",
        }
    }

    fn take(&mut self, step: Option<Step<'p>>, changed: Vec<Span>, path: &str) {
        let Some(step) = step else { return };
        self.place = step.place;
        let Some((piece, origins)) = step.piece else { return };
        let mut origins: Vec<Span> = origins.into_iter().flatten().chain(changed).collect();
        let mut seen = std::collections::BTreeSet::new();
        origins.retain(|span| seen.insert(*span));
        self.causes.push(Cause { piece, pointer: path.to_owned(), origins });
    }
}

/// The name of a resource or filter.
fn name(item: &Value) -> &str {
    item.get("name").and_then(Value::as_str).unwrap_or_default()
}
