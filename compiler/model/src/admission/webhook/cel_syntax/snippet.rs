//! A mistake with the line that it is in.

/// `LINE:COLUMN: why`, the line, and a mark under the place; wide dots stand under wide characters (cel-go `common/error.go`,
/// `ToDisplayString`).
pub(super) fn shown(text: &str, at: usize, why: &str) -> String {
    if text.is_empty() {
        return format!("1:0: {why}");
    }
    let before = text.get(..at).unwrap_or(text);
    let number = before.matches('\n').count() + 1;
    let ahead = before.rsplit('\n').next().unwrap_or("");
    let line = text.lines().nth(number - 1).unwrap_or("");
    let dots: String = ahead.chars().map(|c| if c.is_ascii() { '.' } else { '\u{ff0e}' }).collect();
    let is_wide = line.get(ahead.len()..).and_then(|rest| rest.chars().next()).is_some_and(|c| !c.is_ascii());
    let mark = if is_wide { '\u{ff3e}' } else { '^' };
    let column = ahead.chars().count() + 1;
    format!("{number}:{column}: {why}\n | {}\n | {dots}{mark}", line.replace('\t', " "))
}
