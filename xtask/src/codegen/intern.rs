//! Equal entries of a table stand in it once.

use std::collections::BTreeMap;

/// Entries as Rust text, in the order in which they were first asked for.
#[derive(Default)]
pub(crate) struct Interner {
    texts: Vec<String>,
    places: BTreeMap<String, u16>,
}

impl Interner {
    /// The place of an entry, which is added when it is new.
    pub(crate) fn place(&mut self, text: String) -> Result<u16, String> {
        if let Some(place) = self.places.get(&text) {
            return Ok(*place);
        }
        let place = u16::try_from(self.texts.len()).map_err(|_| "a table with more than 65,536 entries")?;
        self.texts.push(text.clone());
        self.places.insert(text, place);
        Ok(place)
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The entries as a static with a comment.
    pub(crate) fn table(&self, comment: &str, name: &str, ty: &str) -> String {
        let lines: String = self.texts.iter().map(|text| format!("    {text},\n")).collect();
        format!("/// {comment}\npub(crate) static {name}: &[{ty}] = &[\n{lines}];\n\n")
    }
}
