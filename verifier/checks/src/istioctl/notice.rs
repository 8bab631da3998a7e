//! One message: rendered words, the object it speaks of, and its place; the order and the folding of messages (istio 1.31
//! `pkg/config/analysis/diag/message.go`, `messages.go`).

use std::cmp::Ordering;
use std::fmt::Display;

use mp_ir::base::Level;
use mp_model::admission::quoted;

use super::notices::NoticeType;
use super::store::Resource;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What kind of message it is.
    pub kind: &'static NoticeType,
    /// The object it speaks of.
    pub subject: Option<Subject>,
    /// The message in Istio's words.
    pub text: String,
}

/// The object that a message speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// `kind:` of the object.
    pub kind: &'static str,
    /// Empty where none is written.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `file:line`; the file alone for JSON, empty for what stands in no file.
    pub place: String,
    /// The file, and the line where one is known.
    pub file: Option<(String, Option<u32>)>,
    /// The cluster it lives in.
    pub cluster: String,
    /// Codes that the object itself silences, as its annotation writes them.
    pub(super) silenced: String,
}

impl Subject {
    /// As istioctl names objects: `Kind namespace/name`, or `Kind name`.
    #[must_use]
    pub fn friendly(&self) -> String {
        if self.namespace.is_empty() {
            format!("{} {}", self.kind, self.name)
        } else {
            format!("{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// The name of a level as istioctl writes it.
#[must_use]
pub const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "Error",
        Level::Warning => "Warning",
        Level::Info => "Info",
    }
}

impl Notice {
    /// As istioctl prints it, without colours.
    #[must_use]
    pub fn line(&self) -> String {
        let origin = self.subject.as_ref().map_or_else(String::new, |subject| {
            let place = if subject.place.is_empty() { String::new() } else { format!(" {}", subject.place) };
            format!(" ({}{place})", subject.friendly())
        });
        format!("{} [{}]{origin} {}", level_name(self.kind.level), self.kind.code, self.text)
    }

    /// Whether the object's own annotation silences the message: codes are parted by commas alone.
    pub(super) fn is_silenced(&self) -> bool {
        let written = self.subject.as_ref().map_or("", |subject| subject.silenced.as_str());
        !written.is_empty() && written.split(',').any(|code| code == "*" || code == self.kind.code)
    }
}

/// Istio's order: by cluster, level, code, object and words.
pub(super) fn in_order(a: &Notice, b: &Notice) -> Ordering {
    let by_cluster = match (&a.subject, &b.subject) {
        (Some(a), Some(b)) => a.cluster.cmp(&b.cluster),
        _ => Ordering::Equal,
    };
    let by_object = match (&a.subject, &b.subject) {
        (Some(a), Some(b)) => (a.kind, &a.name, &a.namespace).cmp(&(b.kind, &b.name, &b.namespace)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    by_cluster
        .then_with(|| b.kind.level.cmp(&a.kind.level))
        .then_with(|| a.kind.code.cmp(b.kind.code))
        .then(by_object)
        .then_with(|| a.line().cmp(&b.line()))
}

/// What the analyzers report.
#[derive(Debug, Default)]
pub(crate) struct Out {
    pub(super) notices: Vec<Notice>,
}

impl Out {
    /// A message about an object, at its first line.
    pub(crate) fn report(&mut self, kind: &'static NoticeType, of: &Resource<'_>, values: &[&dyn Display]) {
        self.report_at(kind, of, values, None);
    }

    /// A message about a line of an object; without a line it stands at the object's first.
    pub(crate) fn report_at(
        &mut self,
        kind: &'static NoticeType,
        of: &Resource<'_>,
        values: &[&dyn Display],
        line: Option<u32>,
    ) {
        self.notices.push(Notice { kind, subject: Some(of.subject(line)), text: render(kind.words, values) });
    }

    /// A message whose words are made already.
    pub(crate) fn report_text(&mut self, kind: &'static NoticeType, of: &Resource<'_>, text: String) {
        self.notices.push(Notice { kind, subject: Some(of.subject(None)), text });
    }

    /// A message about something that is no object of a file.
    pub(crate) fn report_of(&mut self, kind: &'static NoticeType, subject: Subject, values: &[&dyn Display]) {
        self.notices.push(Notice { kind, subject: Some(subject), text: render(kind.words, values) });
    }
}

/// Puts values in the places of `%s` and the like.
fn render(words: &str, values: &[&dyn Display]) -> String {
    let mut parts = words.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut values = values.iter();
    for part in parts {
        let mut rest = part.chars();
        let verb = rest.next();
        if let Some(value) = values.next() {
            out += &if verb == Some('q') { quoted(&value.to_string()) } else { value.to_string() };
        }
        out += rest.as_str();
    }
    out
}

/// A list as Go prints it.
pub(crate) fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_the_verbs_stood() {
        assert_eq!(render("a %s and %q (%d).", &[&"x", &"y\"", &7]), "a x and \"y\\\"\" (7).");
        assert_eq!(render("none", &[]), "none");
        assert_eq!(list([1, 2]), "[1 2]");
    }
}
