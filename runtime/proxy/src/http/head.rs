//! The head of a message: pseudo headers and headers in order, in one growing buffer.
//!
//! Names are stored in lower case. Editing appends to the buffer and leaves the old bytes behind: a head lives for
//! one message, and its buffer is reused by the next.

/// A request's or response's head.
#[derive(Debug, Default, Clone)]
pub(crate) struct Head {
    /// `:method` of a request.
    pub(crate) method: Vec<u8>,
    /// `:path` of a request, query included; empty for CONNECT.
    pub(crate) path: Vec<u8>,
    /// `:authority` of a request; `None` when there is no host header.
    pub(crate) authority: Option<Vec<u8>>,
    /// `:scheme` of a request.
    pub(crate) scheme: Vec<u8>,
    /// `:status` of a response.
    pub(crate) status: u16,
    /// The reason of a response's status line, where it is not the usual one.
    pub(crate) reason: Option<Vec<u8>>,
    bytes: Vec<u8>,
    items: Vec<Item>,
    /// Original spelling of names, for codecs that preserve it; empty when nobody asks.
    spellings: Vec<(u32, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    name: (u32, u32),
    value: (u32, u32),
}

impl Head {
    /// A response with this status.
    pub(crate) fn response(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// A request with this method.
    pub(crate) fn request(method: &[u8]) -> Self {
        Self { method: method.to_vec(), ..Self::default() }
    }

    fn push_bytes(&mut self, bytes: &[u8]) -> (u32, u32) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        (start, bytes.len() as u32)
    }

    fn slice(&self, (start, length): (u32, u32)) -> &[u8] {
        self.bytes.get(start as usize..(start + length) as usize).unwrap_or_default()
    }

    /// Adds a header at the end; the name is folded to lower case.
    pub(crate) fn add(&mut self, name: &[u8], value: &[u8]) {
        let start = self.push_bytes(name);
        if let Some(stored) = self.bytes.get_mut(start.0 as usize..) {
            stored.make_ascii_lowercase();
        }
        let value = self.push_bytes(value);
        self.items.push(Item { name: start, value });
    }

    /// Adds a header at the end and remembers how its name was spelled.
    pub(crate) fn add_spelled(&mut self, name: &[u8], value: &[u8]) {
        let spelling = self.push_bytes(name);
        self.spellings.push(spelling);
        self.add(name, value);
    }

    /// Remembers a spelling without a header (the host header becomes `:authority`).
    pub(crate) fn remember_spelling(&mut self, name: &[u8]) {
        let spelling = self.push_bytes(name);
        self.spellings.push(spelling);
    }

    /// How the sender spelled this name; the lower case name when unknown.
    pub(crate) fn spelling<'a>(&'a self, name: &'a [u8]) -> &'a [u8] {
        let known = self.spellings.iter().map(|s| self.slice(*s));
        known.into_iter().find(|s| s.eq_ignore_ascii_case(name)).unwrap_or(name)
    }

    /// Whether spellings were recorded.
    pub(crate) fn has_spellings(&self) -> bool {
        !self.spellings.is_empty()
    }

    /// All headers in order; pseudo headers are not among them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.items.iter().map(|item| (self.slice(item.name), self.slice(item.value)))
    }

    /// Number of headers.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// The first value of a header; the name must be in lower case.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.items.iter().find(|i| self.slice(i.name) == name).map(|i| self.slice(i.value))
    }

    /// Whether the header is there.
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        self.get(name).is_some()
    }

    /// The first value of a header or pseudo header.
    pub(crate) fn field(&self, name: &[u8]) -> Option<&[u8]> {
        match name {
            b":method" => Some(self.method.as_slice()).filter(|m| !m.is_empty()),
            b":path" => Some(self.path.as_slice()).filter(|p| !p.is_empty()),
            b":authority" | b"host" => self.authority.as_deref(),
            b":scheme" => Some(self.scheme.as_slice()).filter(|s| !s.is_empty()),
            _ => self.get(name),
        }
    }

    /// All values of a header or pseudo header.
    pub(crate) fn fields<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let pseudo = name.first() == Some(&b':') || name == b"host";
        let first = if pseudo { self.field(name) } else { None };
        let rest = self.items.iter().filter(move |i| !pseudo && self.slice(i.name) == name);
        first.into_iter().chain(rest.map(|i| self.slice(i.value)))
    }

    /// All values of a header joined by commas, as Envoy's formatter shows them; `None` when absent.
    pub(crate) fn joined(&self, name: &[u8]) -> Option<Vec<u8>> {
        let mut values = self.fields(name);
        let mut out = values.next()?.to_vec();
        for value in values {
            out.push(b',');
            out.extend_from_slice(value);
        }
        Some(out)
    }

    /// Replaces the first value in place and drops further ones; adds the header when it is absent.
    pub(crate) fn set(&mut self, name: &[u8], value: &[u8]) {
        let Some(first) = self.items.iter().position(|i| self.slice(i.name) == name) else {
            self.add(name, value);
            return;
        };
        let value = self.push_bytes(value);
        let mut index = 0;
        let bytes = std::mem::take(&mut self.bytes);
        self.items.retain(|item| {
            let keep = index <= first || slice_of(&bytes, item.name) != name;
            index += 1;
            keep
        });
        self.bytes = bytes;
        if let Some(item) = self.items.get_mut(first) {
            item.value = value;
        }
    }

    /// Adds a name to `via`, as a value of the line that is there; an empty one is none (`Utility::appendVia`).
    pub(crate) fn pass_by(&mut self, name: &[u8]) {
        match self.joined(b"via").filter(|_| !name.is_empty()) {
            Some(known) => self.set(b"via", &[&known, b", ".as_slice(), name].concat()),
            None if name.is_empty() => {}
            None => self.add(b"via", name),
        }
    }

    /// Gives a header one value, at the end.
    pub(crate) fn replace(&mut self, name: &[u8], value: &[u8]) {
        self.remove(name);
        self.add(name, value);
    }

    /// Removes every value of a header or pseudo header; reports whether there was one.
    pub(crate) fn remove(&mut self, name: &[u8]) -> bool {
        let before = self.items.len();
        let bytes = std::mem::take(&mut self.bytes);
        self.items.retain(|item| slice_of(&bytes, item.name) != name);
        self.bytes = bytes;
        self.items.len() != before
    }

    /// Removes the headers for which `drop` says yes.
    pub(crate) fn remove_where(&mut self, mut drop: impl FnMut(&[u8], &[u8]) -> bool) {
        let bytes = std::mem::take(&mut self.bytes);
        self.items.retain(|item| !drop(slice_of(&bytes, item.name), slice_of(&bytes, item.value)));
        self.bytes = bytes;
    }

    /// The path without query.
    pub(crate) fn path_only(&self) -> &[u8] {
        let end = memchr::memchr(b'?', &self.path).unwrap_or(self.path.len());
        self.path.get(..end).unwrap_or_default()
    }

    /// The query without its question mark; empty when there is none.
    pub(crate) fn query(&self) -> &[u8] {
        match memchr::memchr(b'?', &self.path) {
            Some(at) => self.path.get(at + 1..).unwrap_or_default(),
            None => &[],
        }
    }

    /// Whether the request is gRPC by its content type (`application/grpc`, optionally with a `+` suffix); CONNECT is not.
    pub(crate) fn is_grpc(&self) -> bool {
        !self.path.is_empty() && self.get(b"content-type").is_some_and(is_grpc_type)
    }
}

/// Whether a content type is gRPC.
fn is_grpc_type(value: &[u8]) -> bool {
    let prefix = b"application/grpc";
    value.starts_with(prefix) && matches!(value.get(prefix.len()), None | Some(b'+'))
}

fn slice_of(bytes: &[u8], (start, length): (u32, u32)) -> &[u8] {
    bytes.get(start as usize..(start + length) as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_keeps_the_place_and_drops_repeats() {
        let mut head = Head::default();
        for (name, value) in [("A", "1"), ("B", "2"), ("a", "3"), ("c", "4")] {
            head.add(name.as_bytes(), value.as_bytes());
        }
        head.set(b"a", b"new");
        let all: Vec<_> =
            head.iter().map(|(n, v)| format!("{}={}", n[0] as char, String::from_utf8_lossy(v))).collect();
        assert_eq!(all, ["a=new", "b=2", "c=4"]);
        assert!(head.remove(b"b") && !head.remove(b"b"));
    }

    #[test]
    fn grpc_content_types() {
        assert!(is_grpc_type(b"application/grpc") && is_grpc_type(b"application/grpc+proto"));
        assert!(!is_grpc_type(b"application/grpc-web") && !is_grpc_type(b"application/grpcx"));
    }
}
