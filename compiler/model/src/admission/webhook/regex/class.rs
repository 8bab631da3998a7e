//! Classes of characters: `[…]`, `\d`, `\p{…}`, `[:alpha:]`.

use super::escape::character;
use super::{Fault, before, next};

const POSIX: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Names beside categories and scripts.
const OTHER: &[&str] = &["any", "ascii", "assigned", "cn", "cs", "lc", "surrogate"];

/// A bracket, from its `[`: what follows it (`parseClass`).
pub(super) fn bracket(at: &str) -> Result<&str, Fault<'_>> {
    let inner = at.get(1..).unwrap_or("");
    let mut rest = inner.strip_prefix('^').unwrap_or(inner);
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some(after) = posix(rest)? {
            rest = after;
        } else if let Some(after) = unicode(rest)? {
            rest = after;
        } else if let Some(after) = perl(rest) {
            rest = after;
        } else {
            rest = range(rest, at)?;
        }
    }
    Ok(rest.get(1..).unwrap_or(""))
}

/// One character or a range of them.
fn range<'t>(at: &'t str, bracket: &'t str) -> Result<&'t str, Fault<'t>> {
    let (low, rest) = one(at, bracket)?;
    let Some(high) = rest.strip_prefix('-').filter(|high| !high.is_empty() && !high.starts_with(']')) else {
        return Ok(rest);
    };
    let (high, rest) = one(high, bracket)?;
    if high < low { Err(("invalid character class range", before(at, rest))) } else { Ok(rest) }
}

fn one<'t>(at: &'t str, bracket: &'t str) -> Result<(char, &'t str), Fault<'t>> {
    if at.starts_with('\\') {
        return character(at);
    }
    next(at).ok_or(("missing closing ]", bracket))
}

/// `[:alpha:]`; none where no `:]` follows.
fn posix(at: &str) -> Result<Option<&str>, Fault<'_>> {
    let Some(inner) = at.strip_prefix("[:") else { return Ok(None) };
    let Some((name, rest)) = inner.split_once(":]") else { return Ok(None) };
    let known = POSIX.contains(&name.strip_prefix('^').unwrap_or(name));
    if known { Ok(Some(rest)) } else { Err(("invalid character class range", before(at, rest))) }
}

/// `\d`, `\s`, `\w` and their opposites.
pub(super) fn perl(at: &str) -> Option<&str> {
    let (letter, rest) = next(at.strip_prefix('\\')?)?;
    "dDsSwW".contains(letter).then_some(rest)
}

/// `\pL` or `\p{Greek}`, from the backslash.
pub(super) fn unicode(at: &str) -> Result<Option<&str>, Fault<'_>> {
    let Some(inner) = at.strip_prefix("\\p").or_else(|| at.strip_prefix("\\P")) else { return Ok(None) };
    let wrong = "invalid character class range";
    let (name, rest) = match inner.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or((wrong, at))?,
        None => {
            let rest = next(inner).map_or("", |(_, rest)| rest);
            (before(inner, rest), rest)
        }
    };
    let name = name.strip_prefix('^').unwrap_or(name);
    if is_known(name) { Ok(Some(rest)) } else { Err((wrong, before(at, rest))) }
}

/// Long names of scripts with four letters; other names of four letters are short ones, which Go does not know.
const FOUR: &[&str] = &["ahom", "cham", "kawi", "lisu", "miao", "modi", "newa", "thai", "toto"];

/// Scripts with several words in their name: Go looks for them without `_` in a table that has it, and finds none.
const SEVERAL_WORDS: &[&str] = &[
    "anatolianhieroglyphs",
    "bassavah",
    "canadianaboriginal",
    "caucasianalbanian",
    "cyprominoan",
    "divesakuru",
    "egyptianhieroglyphs",
    "gunjalagondi",
    "hanifirohingya",
    "imperialaramaic",
    "inscriptionalpahlavi",
    "inscriptionalparthian",
    "kayahli",
    "khitansmallscript",
    "lineara",
    "linearb",
    "masaramgondi",
    "meeteimayek",
    "mendekikakui",
    "meroiticcursive",
    "meroitichieroglyphs",
    "nagmundari",
    "newtailue",
    "nyiakengpuachuehmong",
    "olchiki",
    "oldhungarian",
    "olditalic",
    "oldnortharabian",
    "oldpermic",
    "oldpersian",
    "oldsogdian",
    "oldsoutharabian",
    "oldturkic",
    "olduyghur",
    "pahawhhmong",
    "paucinhau",
    "phagspa",
    "psalterpahlavi",
    "signwriting",
    "sorasompeng",
    "sylotinagri",
    "taile",
    "taitham",
    "taiviet",
    "warangciti",
    "zanabazarsquare",
];

/// Whether Go knows the name: categories with their aliases, and the long names of scripts, in any case and with any of ` _-` between the
/// letters (`unicodeTable`).
fn is_known(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !" _-".contains(*c)).collect::<String>().to_ascii_lowercase();
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_lowercase()) {
        return false;
    }
    let plain = plain.as_str();
    let has = |kind: &str| regex::Regex::new(&format!(r"\p{{{kind}={plain}}}")).is_ok();
    let script = (plain.len() != 4 || FOUR.contains(&plain)) && !SEVERAL_WORDS.contains(&plain);
    OTHER.contains(&plain) || has("gc") || (script && has("sc"))
}
