//! Lists in brackets and mappings in braces.

use super::{Fault, Reader, State, Tok, Token, fault, too_deep};

impl Reader<'_, '_> {
    pub(super) fn end_flow(&mut self, token: Token) -> Result<(), Fault> {
        self.scan.skip();
        self.build.close(&self.scan.made, token.end, token.end);
        Ok(())
    }

    pub(super) fn flow_seq(&mut self, first: bool) -> Result<(), Fault> {
        let mut token = if first { self.take()? } else { self.scan.peek()? };
        if token.tok == Tok::FlowSeqEnd {
            return self.end_flow(token);
        }
        if !first {
            if token.tok != Tok::Comma {
                return fault(token, "a `,` or `]` was expected here");
            }
            token = self.take()?;
        }
        match token.tok {
            Tok::FlowSeqEnd => self.end_flow(token),
            Tok::Key => {
                self.scan.skip();
                self.build.open(true, token.start, None).map_err(|()| too_deep(token))?;
                self.states.push(State::FlowSeq { first: false });
                self.states.push(State::PairKey);
                Ok(())
            }
            _ => {
                self.states.push(State::FlowSeq { first: false });
                self.node(token, false, false)
            }
        }
    }

    pub(super) fn pair_key(&mut self) -> Result<(), Fault> {
        let token = self.scan.peek()?;
        self.states.push(State::PairValue);
        if matches!(token.tok, Tok::Value | Tok::Comma | Tok::FlowSeqEnd) {
            // go-yaml takes this token too, so that `[: b]` lacks its value.
            self.scan.skip();
            return self.empty(token.end, token.end);
        }
        self.node(token, false, false)
    }

    pub(super) fn pair_value(&mut self) -> Result<(), Fault> {
        let mut token = self.scan.peek()?;
        self.states.push(State::PairEnd);
        if token.tok == Tok::Value {
            token = self.take()?;
            if !matches!(token.tok, Tok::Comma | Tok::FlowSeqEnd) {
                return self.node(token, false, false);
            }
        }
        self.empty(token.start, token.start)
    }

    pub(super) fn flow_map_key(&mut self, first: bool) -> Result<(), Fault> {
        let mut token = if first { self.take()? } else { self.scan.peek()? };
        if token.tok == Tok::FlowMapEnd {
            return self.end_flow(token);
        }
        if !first {
            if token.tok != Tok::Comma {
                return fault(token, "a `,` or `}` was expected here");
            }
            token = self.take()?;
        }
        match token.tok {
            Tok::FlowMapEnd => self.end_flow(token),
            Tok::Key => {
                let next = self.take()?;
                self.states.push(State::FlowMapValue { empty: false });
                if matches!(next.tok, Tok::Value | Tok::Comma | Tok::FlowMapEnd) {
                    return self.empty(next.start, next.start);
                }
                self.node(next, false, false)
            }
            _ => {
                self.states.push(State::FlowMapValue { empty: true });
                self.node(token, false, false)
            }
        }
    }

    pub(super) fn flow_map_value(&mut self, empty: bool) -> Result<(), Fault> {
        let mut token = self.scan.peek()?;
        self.states.push(State::FlowMapKey { first: false });
        if !empty && token.tok == Tok::Value {
            token = self.take()?;
            if !matches!(token.tok, Tok::Comma | Tok::FlowMapEnd) {
                return self.node(token, false, false);
            }
        }
        self.empty(token.start, token.start)
    }
}
