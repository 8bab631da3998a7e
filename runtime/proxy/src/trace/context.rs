//! The context of a span, and the headers that carry it: W3C and B3.
use crate::http::Head;

/// Which trace and span a request belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpanContext {
    /// The trace: high half (0 when it has 64 bits) and low half.
    pub(crate) trace: (u64, u64),
    /// The span.
    pub(crate) span: u64,
    /// The span it is below of; 0 when there is none.
    pub(crate) parent: u64,
    /// Whether the span above is another process'.
    pub(crate) remote: bool,
    /// Whether it is recorded.
    pub(crate) sampled: bool,
    /// Whether B3 came, and goes on, in one header.
    pub(crate) single: bool,
    /// W3C state of other vendors.
    pub(crate) state: Vec<u8>,
}

fn hex(text: &[u8]) -> Option<u64> {
    let valid = text.iter().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b));
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok().filter(|_| valid)
}

impl SpanContext {
    /// A span without a parent.
    pub(crate) fn root(random: (u64, u64), long: bool, sampled: bool) -> Self {
        let high = if long { random.0.max(1) } else { 0 };
        let span = random.1.rotate_left(17) ^ random.0;
        let trace = (high, random.1.max(1));
        Self { trace, span: span.max(1), parent: 0, remote: false, sampled, single: false, state: Vec::new() }
    }

    /// A span below this one.
    pub(crate) fn child(self, random: u64) -> Self {
        Self { parent: self.span, span: random.max(1), ..self }
    }

    /// Reads `traceparent`; an invalid one is as good as none.
    pub(crate) fn from_w3c(head: &Head) -> Option<Self> {
        let value = head.get(b"traceparent")?;
        let parts: Vec<_> = value.split(|b| *b == b'-').collect();
        let [version, trace, span, flags] = parts.as_slice() else { return None };
        let sizes = (version.len(), trace.len(), span.len(), flags.len());
        if sizes != (2, 32, 16, 2) || *version == b"ff" {
            return None;
        }
        let trace = (hex(trace.get(..16)?)?, hex(trace.get(16..)?)?);
        let span = hex(span)?;
        let sampled = hex(flags)? & 1 == 1;
        let state = head.joined(b"tracestate").unwrap_or_default();
        let valid = trace != (0, 0) && span != 0;
        valid.then_some(Self { trace, span, parent: 0, remote: true, sampled, single: false, state })
    }

    /// Writes `traceparent`.
    pub(crate) fn write_w3c(&self, head: &mut Head) {
        let (high, low) = self.trace;
        let flags = u8::from(self.sampled);
        let value = format!("00-{high:016x}{low:016x}-{:016x}-{flags:02x}", self.span);
        for (name, value) in [(b"traceparent".as_slice(), value.as_bytes()), (b"tracestate", &self.state)] {
            head.remove(name);
            head.add(name, value);
        }
    }

    /// Reads `x-b3-*` or the single `b3` header.
    pub(crate) fn from_b3(head: &Head) -> Option<Self> {
        let single: Option<Vec<&[u8]>> = head.get(b"b3").map(|v| v.split(|b| *b == b'-').collect());
        let alone = single.is_some();
        let (trace, span, sampled) = match single.as_deref() {
            Some([trace, span]) => (*trace, *span, None),
            Some([trace, span, sampled, ..]) => (*trace, *span, Some(*sampled)),
            _ => (head.get(b"x-b3-traceid")?, head.get(b"x-b3-spanid")?, head.get(b"x-b3-sampled")),
        };
        let at = trace.len().checked_sub(16)?;
        let high = if at == 0 { 0 } else { hex(trace.get(..at)?)? };
        let trace = (high, hex(trace.get(at..)?)?);
        let sampled = sampled.is_none_or(|s| matches!(s, b"1" | b"true" | b"d"));
        let above = match single.as_deref() {
            Some(parts) => parts.get(3).copied(),
            None => head.get(b"x-b3-parentspanid"),
        };
        let parent = above.and_then(hex).unwrap_or_default();
        Some(Self {
            trace,
            span: hex(span)?,
            parent,
            remote: true,
            sampled,
            single: alone,
            state: Vec::new(),
        })
    }

    /// Writes `x-b3-*`, or `b3` where that came.
    pub(crate) fn write_b3(&self, head: &mut Head) {
        let (span, parent) = (format!("{:016x}", self.span), format!("{:016x}", self.parent));
        let sampled = if self.sampled { "1" } else { "0" };
        let mut put = |name: &[u8], value: &str| {
            head.remove(name);
            head.add(name, value.as_bytes());
        };
        if self.single {
            let below = if self.parent == 0 { String::new() } else { format!("-{parent}") };
            return put(b"b3", &format!("{}-{span}-{sampled}{below}", self.trace_id()));
        }
        put(b"x-b3-traceid", &self.trace_id());
        put(b"x-b3-spanid", &span);
        if self.parent != 0 {
            put(b"x-b3-parentspanid", &parent);
        }
        put(b"x-b3-sampled", sampled);
    }

    /// The trace as text.
    pub(crate) fn trace_id(&self) -> String {
        match self.trace {
            (0, low) => format!("{low:016x}"),
            (high, low) => format!("{high:016x}{low:016x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_carried_on() {
        let mut head = Head::request(b"GET");
        head.set(b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        let parent = SpanContext::from_w3c(&head).unwrap();
        let child = parent.clone().child(7);
        child.write_w3c(&mut head);
        let wanted: &[u8] = b"00-0af7651916cd43dd8448eb211c80319c-0000000000000007-01";
        assert_eq!(head.get(b"traceparent"), Some(wanted));
        assert_eq!(child.parent, parent.span);
        for bad in [
            "",
            "00-0-0-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        ] {
            head.set(b"traceparent", bad.as_bytes());
            assert_eq!(SpanContext::from_w3c(&head), None, "{bad}");
        }
    }

    #[test]
    fn b3_has_two_forms() {
        let mut head = Head::request(b"GET");
        head.set(b"b3", b"000000000000000a-000000000000000b-0");
        let context = SpanContext::from_b3(&head).unwrap();
        assert_eq!((context.trace, context.span, context.sampled), ((0, 10), 11, false));
        let mut other = Head::request(b"GET");
        context.write_b3(&mut other);
        assert_eq!(other.get(b"b3"), head.get(b"b3"));
        let context = SpanContext { single: false, ..context };
        let mut other = Head::request(b"GET");
        context.write_b3(&mut other);
        assert_eq!(SpanContext::from_b3(&other).unwrap(), context);
    }
}
