//! From tokens to nodes: the grammar of go-yaml v2 (`parserc.go`), for one document and without recursion.

mod flow;

use crate::build::{Builder, Props};
use crate::scan::{Fault, Scanner, Text, Tok, Token};

/// What is expected next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    BlockSeq {
        first: bool,
    },
    /// A list that stands no deeper than its key.
    IndentlessSeq,
    BlockMapKey {
        first: bool,
    },
    BlockMapValue,
    FlowSeq {
        first: bool,
    },
    /// `[a: b]`
    PairKey,
    PairValue,
    PairEnd,
    FlowMapKey {
        first: bool,
    },
    FlowMapValue {
        empty: bool,
    },
}

/// How reading a document ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// With the text.
    Nothing,
    /// With `...`, which ends here; what follows is never read.
    Mark(u32),
    /// With something that Kubernetes drops.
    Content(u32),
}

/// What may stand at a place, and what stood before it.
#[derive(Clone, Copy, Debug)]
struct Place {
    block: bool,
    indentless: bool,
    anchor: Option<(u32, u32)>,
    tags: bool,
    props_end: Option<u32>,
}

/// Reads one document.
#[derive(Debug)]
pub(crate) struct Reader<'t, 'b> {
    pub(crate) scan: Scanner<'t>,
    build: &'b mut Builder<'t>,
    states: Vec<State>,
    handles: Vec<(String, String)>,
    /// The tag of the node that is being read.
    tag: String,
}

impl<'t, 'b> Reader<'t, 'b> {
    pub(crate) fn new(scan: Scanner<'t>, build: &'b mut Builder<'t>) -> Self {
        Self { scan, build, states: Vec::new(), handles: Vec::new(), tag: String::new() }
    }

    /// Reads the document into the builder.
    ///
    /// # Errors
    /// Where the text breaks the grammar; the builder then holds what came before.
    pub(crate) fn document(&mut self) -> Result<Rest, Fault> {
        let mut token = self.scan.peek()?;
        let directives = matches!(token.tok, Tok::Version { .. } | Tok::TagDirective(_));
        if directives {
            token = self.directives(token)?;
        }
        match token.tok {
            Tok::End if !directives => return Ok(Rest::Nothing),
            Tok::DocumentStart => {
                self.scan.skip();
                token = self.scan.peek()?;
            }
            _ if directives => return fault(token, "a document with directives must begin with `---`"),
            _ => {
                self.node(token, true, false)?;
                return self.nodes();
            }
        }
        match token.tok {
            Tok::Version { .. } | Tok::TagDirective(_) | Tok::DocumentStart | Tok::DocumentEnd | Tok::End => {
                self.empty(token.start, token.start)?;
            }
            _ => self.node(token, true, false)?,
        }
        self.nodes()
    }

    fn nodes(&mut self) -> Result<Rest, Fault> {
        while let Some(state) = self.states.pop() {
            self.step(state)?;
        }
        let token = self.scan.peek()?;
        Ok(match token.tok {
            Tok::End => Rest::Nothing,
            Tok::DocumentEnd => Rest::Mark(token.end),
            _ => Rest::Content(token.start),
        })
    }

    fn directives(&mut self, mut token: Token) -> Result<Token, Fault> {
        let mut version = false;
        loop {
            match token.tok {
                Tok::Version { .. } if version => return fault(token, "`%YAML` stands twice"),
                Tok::Version { known: false } => return fault(token, "Kubernetes reads YAML 1.1 alone"),
                Tok::Version { known: true } => version = true,
                Tok::TagDirective(place) => {
                    let tag = self.scan.tags.get(place as usize).cloned().unwrap_or_default();
                    if self.handles.iter().any(|(handle, _)| *handle == tag.handle) {
                        return fault(token, "`%TAG` stands twice for the same handle");
                    }
                    self.handles.push((tag.handle, tag.rest));
                }
                _ => return Ok(token),
            }
            self.scan.skip();
            token = self.scan.peek()?;
        }
    }

    /// An empty value right behind a sign, with the next token at `until`.
    fn empty(&mut self, at: u32, until: u32) -> Result<(), Fault> {
        self.build.empty(&mut self.scan.made, at, until);
        Ok(())
    }

    fn take(&mut self) -> Result<Token, Fault> {
        self.scan.skip();
        self.scan.peek()
    }

    /// A node with its anchor and tag.
    fn node(&mut self, first: Token, block: bool, indentless: bool) -> Result<(), Fault> {
        if let Tok::Scalar { text, plain } = first.tok {
            self.scan.skip();
            let span = (first.start, first.end);
            self.build.scalar(&mut self.scan.made, text, plain, span, Props::default());
            return Ok(());
        }
        if first.tok == Tok::Alias {
            self.scan.skip();
            self.build.alias(&mut self.scan.made, (first.start, first.end));
            return Ok(());
        }
        let mut token = first;
        let mut anchor = None;
        let mut tagged = None;
        loop {
            match token.tok {
                Tok::Anchor if anchor.is_none() => anchor = Some((token.start + 1, token.end)),
                Tok::Tag(place) if tagged.is_none() => tagged = Some((place, token)),
                _ => break,
            }
            token = self.take()?;
        }
        self.tag.clear();
        if let Some((place, at)) = tagged {
            self.resolve_tag(place, at)?;
        }
        let props_end = anchor.map(|a| a.1).max(tagged.map(|t| t.1.end));
        let tags = tagged.is_some();
        self.content(token, Place { block, indentless, anchor, tags, props_end })
    }

    fn content(&mut self, token: Token, place: Place) -> Result<(), Fault> {
        let anchor = place.anchor;
        let (map, state) = match token.tok {
            Tok::Scalar { text, plain } => {
                self.scan.skip();
                let props = Props { anchor, tag: &self.tag };
                self.build.scalar(&mut self.scan.made, text, plain, (token.start, token.end), props);
                return Ok(());
            }
            Tok::Entry if place.indentless => (false, State::IndentlessSeq),
            Tok::FlowSeq => (false, State::FlowSeq { first: true }),
            Tok::FlowMap => (true, State::FlowMapKey { first: true }),
            Tok::BlockSeq if place.block => (false, State::BlockSeq { first: true }),
            Tok::BlockMap if place.block => (true, State::BlockMapKey { first: true }),
            _ => {
                let Some(end) = place.props_end else { return fault(token, "a value is missing here") };
                let props = Props { anchor, tag: &self.tag };
                let text = Text::File(end, end);
                self.build.scalar(&mut self.scan.made, text, !place.tags, (end, end), props);
                return Ok(());
            }
        };
        self.build.open(map, token.start, anchor).map_err(|()| too_deep(token))?;
        self.states.push(state);
        Ok(())
    }

    fn resolve_tag(&mut self, place: u32, at: Token) -> Result<(), Fault> {
        let Some(tag) = self.scan.tags.get(place as usize) else { return Ok(()) };
        let own = self.handles.iter().find(|(handle, _)| *handle == tag.handle);
        let prefix = match (own, tag.handle.as_str()) {
            (Some((_, prefix)), _) => prefix,
            (None, "") => "",
            (None, "!") => "!",
            (None, "!!") => "tag:yaml.org,2002:",
            (None, _) => return fault(at, "no `%TAG` gives a meaning to this handle"),
        };
        self.tag.push_str(prefix);
        self.tag.push_str(&tag.rest);
        Ok(())
    }

    fn step(&mut self, state: State) -> Result<(), Fault> {
        match state {
            State::BlockSeq { first } => self.block_seq(first),
            State::IndentlessSeq => self.indentless_seq(),
            State::BlockMapKey { first } => self.block_map_key(first),
            State::BlockMapValue => self.block_map_value(),
            State::FlowSeq { first } => self.flow_seq(first),
            State::PairKey => self.pair_key(),
            State::PairValue => self.pair_value(),
            State::PairEnd => {
                self.build.close(&self.scan.made, 0, 0);
                Ok(())
            }
            State::FlowMapKey { first } => self.flow_map_key(first),
            State::FlowMapValue { empty } => self.flow_map_value(empty),
        }
    }

    fn block_seq(&mut self, first: bool) -> Result<(), Fault> {
        let token = if first { self.take()? } else { self.scan.peek()? };
        match token.tok {
            Tok::Entry => {
                let next = self.take()?;
                self.states.push(State::BlockSeq { first: false });
                if matches!(next.tok, Tok::Entry | Tok::BlockEnd) {
                    return self.empty(token.end, next.start);
                }
                self.node(next, true, false)
            }
            Tok::BlockEnd => self.end_block(token),
            _ => fault(token, "a list item must begin with `-`, in the column of the others"),
        }
    }

    fn end_block(&mut self, token: Token) -> Result<(), Fault> {
        self.scan.skip();
        self.build.close(&self.scan.made, 0, token.start);
        Ok(())
    }

    fn indentless_seq(&mut self) -> Result<(), Fault> {
        let token = self.scan.peek()?;
        if token.tok != Tok::Entry {
            self.build.close(&self.scan.made, 0, token.start);
            return Ok(());
        }
        let next = self.take()?;
        self.states.push(State::IndentlessSeq);
        if matches!(next.tok, Tok::Entry | Tok::Key | Tok::Value | Tok::BlockEnd) {
            return self.empty(token.end, next.start);
        }
        self.node(next, true, false)
    }

    fn block_map_key(&mut self, first: bool) -> Result<(), Fault> {
        let token = if first { self.take()? } else { self.scan.peek()? };
        match token.tok {
            Tok::Key => {
                let next = self.take()?;
                self.states.push(State::BlockMapValue);
                if matches!(next.tok, Tok::Key | Tok::Value | Tok::BlockEnd) {
                    return self.empty(token.end, next.start);
                }
                self.node(next, true, true)
            }
            Tok::BlockEnd => self.end_block(token),
            _ => fault(
                token,
                "a key was expected here; look at the indentation of this line and the line above",
            ),
        }
    }

    fn block_map_value(&mut self) -> Result<(), Fault> {
        let token = self.scan.peek()?;
        self.states.push(State::BlockMapKey { first: false });
        if token.tok != Tok::Value {
            return self.empty(token.start, token.start);
        }
        let next = self.take()?;
        if matches!(next.tok, Tok::Key | Tok::Value | Tok::BlockEnd) {
            return self.empty(token.end, next.start);
        }
        self.node(next, true, true)
    }
}

fn fault<T>(at: Token, message: &'static str) -> Result<T, Fault> {
    Err(Fault { at: at.start, since: at.start, message, limit: false })
}

fn too_deep(at: Token) -> Fault {
    Fault { at: at.start, since: at.start, message: "nesting is deeper than 1,000 levels", limit: true }
}
