//! Text of a Helm template with its `{{…}}` taken away, byte for byte.

/// Blanks out every `{{…}}` of a document in `bytes` and gives their ranges, as offsets with `base` added. What makes a value in a line
/// becomes `x`, everything else blanks; line breaks stay, so that every other byte keeps its place.
pub(crate) fn mask(bytes: &mut [u8], base: usize) -> Vec<(u32, u32)> {
    let mut ranges = Vec::new();
    let mut at = 0;
    let last = memchr::memmem::rfind(bytes, b"}}").unwrap_or(0);
    // Looking for the end goes over quotes; hostile text must not make that long.
    let mut patience = bytes.len() * 4;
    while let Some(start) = find(bytes, at, b"{{") {
        let end = if start < last {
            closing(bytes, start, &mut patience)
        } else {
            find(bytes, start, b"\n").unwrap_or(bytes.len())
        };
        let mut fill = if is_value(bytes, start, end) { b'x' } else { b' ' };
        for byte in bytes.get_mut(start..end).unwrap_or(&mut []) {
            if *byte == b'\n' || *byte == b'\r' {
                fill = b' ';
            } else {
                *byte = fill;
            }
        }
        ranges.push((crate::document::offset(base + start), crate::document::offset(base + end)));
        at = end;
    }
    ranges
}

/// Whether there is template text at all.
pub(crate) fn has_template(bytes: &[u8]) -> bool {
    find(bytes, 0, b"{{").is_some()
}

fn find(bytes: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes.get(from..)?, wanted).map(|at| from + at)
}

/// One past the `}}` of an expression; `}}` in its quotes does not count.
fn closing(bytes: &[u8], start: usize, patience: &mut usize) -> usize {
    let mut quote = None;
    let mut at = start + 2;
    while let (Some(byte), Some(left)) = (bytes.get(at), patience.checked_sub(1)) {
        *patience = left;
        match (quote, byte) {
            (None, b'"' | b'`') => quote = Some(*byte),
            (Some(b'"'), b'\\') => at += 1,
            (Some(b'"'), b'\n') => break,
            (Some(open), close) if open == *close => quote = None,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return at + 2,
            _ => {}
        }
        at += 1;
    }
    find(bytes, start, b"}}").map_or(bytes.len(), |end| end + 2)
}

/// Whether an expression makes text in its line: it is no control word and does not stand alone.
fn is_value(bytes: &[u8], start: usize, end: usize) -> bool {
    let inside = bytes.get(start + 2..end).unwrap_or(&[]);
    let inside = inside.strip_prefix(b"-").unwrap_or(inside).trim_ascii_start();
    let word = inside.split(|b| !b.is_ascii_alphanumeric()).next().unwrap_or(&[]);
    let controls: [&[u8]; 9] =
        [b"if", b"else", b"end", b"range", b"with", b"define", b"block", b"break", b"continue"];
    if controls.contains(&word) || inside.starts_with(b"/*") || is_assignment(inside) {
        return false;
    }
    let before = bytes.get(..start).unwrap_or(&[]);
    let after = bytes.get(end..).unwrap_or(&[]);
    !(ends_line(before.iter().rev()) && ends_line(after.iter()))
}

/// Whether a line ends after nothing but blanks, not too many.
fn ends_line<'b>(bytes: impl Iterator<Item = &'b u8>) -> bool {
    let mut rest = bytes.take(1000).skip_while(|b| matches!(b, b' ' | b'\t' | b'\r'));
    rest.next().is_none_or(|b| *b == b'\n')
}

/// `$name := …` and `$name = …`.
fn is_assignment(inside: &[u8]) -> bool {
    let Some(name) = inside.strip_prefix(b"$") else { return false };
    let length = name.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let rest = name.get(length..).unwrap_or(&[]).trim_ascii_start();
    rest.starts_with(b":=") || (rest.starts_with(b"=") && !rest.starts_with(b"=="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        mask(&mut bytes, 0);
        assert_eq!(bytes.len(), text.len());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn values_become_x_and_the_rest_blanks() {
        assert_eq!(masked("a: {{ .b }}-c"), "a: xxxxxxxx-c");
        assert_eq!(masked("{{- if .b }}\na: 1\n{{ end }}"), "            \na: 1\n         ");
        assert_eq!(masked("a:\n  {{ toYaml .b }}\n"), "a:\n                 \n");
        assert_eq!(masked("{{ $a := 1 }}b: {{ $a }}"), "             b: xxxxxxxx");
        assert_eq!(masked("a: {{ if .b }}c{{ end }}"), "a:            c         ");
    }

    #[test]
    fn ends_of_expressions() {
        assert_eq!(masked("a: {{ \"}}\" }}b"), "a: xxxxxxxxxxb");
        assert_eq!(masked("a: {{ .b\n .c }}"), "a: xxxxx\n      ");
        assert_eq!(masked("a: {{ b\nc: d"), "a: xxxx\nc: d");
        assert_eq!(masked("a: {{/* b */}}"), "a:            ");
    }
}
