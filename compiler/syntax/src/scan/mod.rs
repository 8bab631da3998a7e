//! Tokens of one document, in the language of go-yaml v2 (`scannerc.go`): YAML 1.1 as libyaml reads it, with its limits.
//!
//! Nothing here recurses. A token that may turn out to be a key (`a` of `a: 1`) waits in a queue until the `:` is seen or the line ends.

mod block;
mod directive;
mod fetch;
mod plain;
mod quoted;
mod tag;

pub(crate) use tag::TagToken;

/// Text of a scalar: a range of bytes in the file or in [`Scanner::made`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// Stands in the file as it is meant.
    File(u32, u32),
    /// Unescaped or folded.
    Made(u32, u32),
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tok {
    /// End of the text.
    End,
    /// `%YAML`; whether it names version 1.1.
    Version {
        known: bool,
    },
    /// `%TAG`, with its place in [`Scanner::tags`].
    TagDirective(u32),
    /// `---`
    DocumentStart,
    /// `...`
    DocumentEnd,
    BlockSeq,
    BlockMap,
    BlockEnd,
    FlowSeq,
    FlowSeqEnd,
    FlowMap,
    FlowMapEnd,
    /// `-`
    Entry,
    /// `,`
    Comma,
    /// `?`, or the place before a simple key.
    Key,
    /// `:`
    Value,
    Alias,
    Anchor,
    /// `!…`, with its place in [`Scanner::tags`].
    Tag(u32),
    Scalar {
        text: Text,
        plain: bool,
    },
}

/// A token and its bytes in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) tok: Tok,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The place in `Scanner::keys` of the level that may make this token a key, plus 1; 0 for none.
    slot: u32,
}

/// Why the text cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where reading stopped.
    pub(crate) at: u32,
    /// Start of the thing that was being read.
    pub(crate) since: u32,
    /// In words.
    pub(crate) message: &'static str,
    /// The nesting limit, not the language.
    pub(crate) limit: bool,
}

/// A place where a simple key may have begun.
#[derive(Clone, Copy, Debug, Default)]
struct SimpleKey {
    possible: bool,
    /// A block mapping has a key in this column, so that one must come.
    required: bool,
    /// The queue waits for it. go-yaml forgets this for the outer level at `[]` and `{}`, and so do we.
    indexed: bool,
    /// Number of the token since the start.
    number: u32,
    /// Where, as a place in `bytes`.
    pos: usize,
    column: i32,
}

/// Room that one document after the other uses.
#[derive(Debug, Default)]
pub(crate) struct Room {
    indents: Vec<i32>,
    keys: Vec<SimpleKey>,
    queue: Vec<Token>,
    breaks: String,
}

/// Reads tokens.
#[derive(Debug)]
pub(crate) struct Scanner<'t> {
    bytes: &'t [u8],
    /// Offset of `bytes` in the file.
    base: u32,
    pos: usize,
    /// First byte of the current line.
    line: usize,
    indent: i32,
    indents: Vec<i32>,
    flow: usize,
    key_allowed: bool,
    keys: Vec<SimpleKey>,
    queue: Vec<Token>,
    head: usize,
    /// Tokens taken from the queue so far.
    taken: u32,
    /// The text begins with two byte order marks. go-yaml then takes the first character of each line for one, as long as it has not
    /// moved its buffer (`is_bom` looks at the buffer's start).
    doubled: bool,
    /// A line break is thought at the end of the text, as the document readers add it.
    closed: bool,
    /// Texts that had to be made.
    pub(crate) made: String,
    pub(crate) tags: Vec<TagToken>,
    /// Comments with `meshproof:` in them.
    pub(crate) comments: Vec<(u32, u32)>,
    /// Line breaks inside a scalar that are not written yet.
    breaks: String,
}

/// `max_flow_level` and `max_indents` of go-yaml.
const LEVELS: usize = 10_000;

/// Bytes that end a run of ordinary characters in a plain scalar.
const STOPS: [bool; 256] = table(b"\0\t\n\r :,?[]{}\xC2\xE2");

/// Bytes that may end a line.
const BREAKS: [bool; 256] = table(b"\0\n\r\xC2\xE2");

#[expect(clippy::indexing_slicing, reason = "the compiler runs it")]
const fn table(listed: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < listed.len() {
        table[listed[at] as usize] = true;
        at += 1;
    }
    table
}

fn listed(table: &[bool; 256], byte: u8) -> bool {
    table.get(usize::from(byte)).copied().unwrap_or(false)
}

impl<'t> Scanner<'t> {
    /// A scanner for `bytes`, which begin at `base` of the file. With `closed`, a last line without a break is thought to have one.
    pub(crate) fn new(bytes: &'t [u8], base: u32, closed: bool, room: &mut Room) -> Self {
        let Room { indents, mut keys, queue, breaks } = std::mem::take(room);
        keys.push(SimpleKey::default());
        let mut scanner = Self {
            bytes,
            base,
            pos: 0,
            line: 0,
            indent: -1,
            indents,
            flow: 0,
            key_allowed: true,
            keys,
            queue,
            head: 0,
            taken: 0,
            doubled: false,
            closed,
            made: String::new(),
            tags: Vec::new(),
            comments: Vec::new(),
            breaks,
        };
        scanner.skip_marks();
        scanner
    }

    /// The texts and comments that were found; the room goes back.
    pub(crate) fn finish(mut self, room: &mut Room) -> (String, Vec<(u32, u32)>) {
        self.indents.clear();
        self.keys.clear();
        self.queue.clear();
        self.breaks.clear();
        let Self { indents, keys, queue, breaks, made, comments, .. } = self;
        *room = Room { indents, keys, queue, breaks };
        (made, comments)
    }

    /// A byte order mark at the start belongs to the encoding.
    fn skip_marks(&mut self) {
        if self.bytes.starts_with(b"\xEF\xBB\xBF") {
            (self.pos, self.line) = (3, 3);
            self.doubled = self.bytes.starts_with(b"\xEF\xBB\xBF\xEF\xBB\xBF");
        }
    }

    /// Goes over one character, which counts as one column.
    fn skip_character(&mut self) {
        let length = match self.byte(0) {
            0 => return,
            1..=0x7F => 1,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        };
        self.pos += length;
        self.line = self.pos - 1;
    }

    /// The next token, without taking it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<Token, Fault> {
        loop {
            match self.queue.get(self.head) {
                Some(token) if token.slot == 0 => return Ok(*token),
                Some(token) => {
                    let token = *token;
                    let slot = token.slot as usize - 1;
                    let waits = self
                        .keys
                        .get(slot)
                        .is_some_and(|k| k.possible && k.indexed && k.number == self.taken);
                    if !waits || !self.key_is_valid(slot)? {
                        return Ok(token);
                    }
                }
                None => {}
            }
            self.fetch()?;
        }
    }

    /// Takes the token that [`Scanner::peek`] gave.
    pub(crate) fn skip(&mut self) {
        self.head += 1;
        self.taken += 1;
        if self.head == self.queue.len() {
            self.queue.clear();
            self.head = 0;
        }
    }

    /// How far the text was read, in bytes from its start.
    pub(crate) fn position(&self) -> usize {
        self.pos
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    fn column(&self) -> i32 {
        i32::try_from(self.pos.saturating_sub(self.line)).unwrap_or(i32::MAX)
    }

    /// A place in `bytes` as an offset in the file.
    fn offset(&self, pos: usize) -> u32 {
        self.base.saturating_add(u32::try_from(pos).unwrap_or(u32::MAX))
    }

    fn here(&self) -> u32 {
        self.offset(self.pos)
    }

    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.bytes.get(start..end).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("")
    }

    /// Length of the line break at a place; 0 for none. NEL, LS and PS are breaks in YAML 1.1.
    fn break_at(&self, pos: usize) -> usize {
        let byte = |ahead: usize| self.bytes.get(pos + ahead).copied().unwrap_or(0);
        match byte(0) {
            b'\n' => 1,
            b'\r' if byte(1) == b'\n' => 2,
            // The readers of documents take `\r\n` for `\n`, which leaves `\r\n` of this.
            b'\r' if self.closed && byte(1) == b'\r' && byte(2) == b'\n' => 3,
            b'\r' => 1,
            0xC2 if byte(1) == 0x85 => 2,
            0xE2 if byte(1) == 0x80 && matches!(byte(2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    fn is_break(&self) -> bool {
        self.break_at(self.pos) > 0
    }

    /// Blank, line break or end of text.
    fn blank_or_end(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b' ' | b'\t' | 0 | b'\n' | b'\r' => true,
            0xC2 | 0xE2 => self.break_at(self.pos + ahead) > 0,
            _ => false,
        }
    }

    fn skip_break(&mut self) {
        let length = self.break_at(self.pos);
        if length > 0 {
            self.pos += length;
            self.line = self.pos;
        }
    }

    /// Eats a line break and gives what it means: `\n`, or the break itself for LS and PS; empty at the end of the text.
    fn take_break(&mut self) -> &'static str {
        let length = self.break_at(self.pos);
        let meaning = match (length, self.byte(0), self.byte(2)) {
            (0, ..) => return if self.closed && self.pos >= self.bytes.len() { "\n" } else { "" },
            (_, 0xE2, 0xA8) => "\u{2028}",
            (_, 0xE2, _) => "\u{2029}",
            _ => "\n",
        };
        self.pos += length;
        self.line = self.pos;
        meaning
    }

    /// Goes to the end of the line.
    fn skip_line(&mut self) {
        loop {
            let byte = self.byte(0);
            if listed(&BREAKS, byte) && (byte == 0 || self.is_break()) {
                return;
            }
            self.pos += 1;
        }
    }

    /// `---` or `...` at the start of a line.
    fn at_document_mark(&self) -> bool {
        let first = self.byte(0);
        self.pos == self.line
            && matches!(first, b'-' | b'.')
            && self.byte(1) == first
            && self.byte(2) == first
            && self.blank_or_end(3)
    }

    fn fault<T>(&self, since: usize, message: &'static str) -> Result<T, Fault> {
        Err(Fault { at: self.here(), since: self.offset(since), message, limit: false })
    }

    fn half(length: usize) -> u32 {
        u32::try_from(length).unwrap_or(u32::MAX)
    }

    /// Everything that was made since `start`.
    fn made_since(&self, start: usize) -> Text {
        Text::Made(Self::half(start), Self::half(self.made.len()))
    }
}
