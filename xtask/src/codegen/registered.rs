//! The protobuf files that Go programs register: each generated `.pb.go` file holds its descriptor as a text constant.

use std::collections::BTreeMap;
use std::path::Path;

use prost::Message as _;
use prost_reflect::prost_types::FileDescriptorProto;

use crate::project;

/// `udpa.annotations.file_status` with the package status `FROZEN`, as it stands in the bytes of a descriptor.
const FROZEN: &[u8] = b"\xba\x80\xc8\xd1\x06\x02\x10\x01";

/// One registered file.
pub(crate) struct Registered {
    pub(crate) file: FileDescriptorProto,
    /// Where the Go file lies, from the root of its module.
    pub(crate) place: String,
    /// Whether its package takes no changes any more.
    pub(crate) frozen: bool,
}

/// All files of a module by their protobuf name.
pub(crate) fn of_module(dir: &Path) -> Result<BTreeMap<String, Registered>, String> {
    let mut all = BTreeMap::new();
    for path in project::files_below(dir, ".pb.go")? {
        let place = path.strip_prefix(dir).map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        let text = project::read(&path)?;
        let Some(bytes) = constant(&text) else { continue };
        let file = FileDescriptorProto::decode(bytes.as_slice()).map_err(|e| format!("{place}: {e}"))?;
        let frozen = bytes.windows(FROZEN.len()).any(|window| window == FROZEN);
        all.insert(file.name().to_owned(), Registered { file, place, frozen });
    }
    Ok(all)
}

/// The bytes of `const file_…_rawDesc = "" + "…" + …`.
fn constant(text: &str) -> Option<Vec<u8>> {
    let mut lines = text
        .lines()
        .skip_while(|line| !(line.starts_with("const file_") && line.ends_with("_rawDesc = \"\" +")));
    if lines.next().is_none() {
        return array(text);
    }
    let mut bytes = Vec::new();
    for line in lines {
        let part = line.trim();
        let quoted = part.strip_suffix(" +").unwrap_or(part);
        unquote(quoted.strip_prefix('"')?.strip_suffix('"')?, &mut bytes)?;
        if !part.ends_with('+') {
            break;
        }
    }
    Some(bytes)
}

/// The bytes of `var file_…_rawDesc = []byte{0x0a, …}`, as older generators write it.
fn array(text: &str) -> Option<Vec<u8>> {
    let is_start = |line: &&str| line.starts_with("var file_") && line.ends_with("_rawDesc = []byte{");
    let lines = text.lines().skip_while(|line| !is_start(line)).skip(1);
    let numbers = lines.take_while(|line| *line != "}").flat_map(|line| line.split(','));
    let bytes: Option<Vec<u8>> = numbers
        .map(str::trim)
        .filter(|number| !number.is_empty())
        .map(|number| u8::from_str_radix(number.strip_prefix("0x")?, 16).ok())
        .collect();
    bytes.filter(|bytes| !bytes.is_empty())
}

/// Go's escapes (`strconv.Unquote`).
fn unquote(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut chars = text.chars();
    let mut buffer = [0; 4];
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        let escape = chars.next()?;
        let plain = match escape {
            'a' => 7,
            'b' => 8,
            't' => 9,
            'n' => 10,
            'v' => 11,
            'f' => 12,
            'r' => 13,
            '\\' | '"' => u8::try_from(escape).ok()?,
            'x' => u8::try_from(hex(&mut chars, 2)?).ok()?,
            'u' | 'U' => {
                let c = char::from_u32(hex(&mut chars, if escape == 'u' { 4 } else { 8 })?)?;
                out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                continue;
            }
            _ => return None,
        };
        out.push(plain);
    }
    Some(())
}

fn hex(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0, |value, _| Some(value * 16 + chars.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::constant;

    #[test]
    fn constants_are_read_with_their_escapes() {
        let text = "package a\n\nconst file_a_proto_rawDesc = \"\" +\n\t\"\\n\" +\n\t\"\\aa\\x12\\\"é\\ufeff\"\n\nvar x = 1\n";
        assert_eq!(constant(text), Some(b"\n\x07a\x12\"\xc3\xa9\xef\xbb\xbf".to_vec()));
        assert_eq!(constant("var file_a_rawDesc = []byte{\n\t0x0a, 0xff,\n}\n"), Some(vec![10, 255]));
        assert_eq!(constant("package a\n"), None);
        assert_eq!(constant("const file_a_rawDesc = \"\" +\n\t\"\\q\"\n"), None);
    }
}
