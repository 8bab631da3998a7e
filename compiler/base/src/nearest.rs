//! The word that was meant.

/// The name that is nearest to a misspelled one, if it is near enough to be meant.
pub fn nearest<'a>(names: impl IntoIterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let far = |known: &'a str| (edit_distance(&known.to_ascii_lowercase(), &lower), known);
    let best = names.into_iter().map(far).min()?;
    (best.0 <= name.len() / 3 + 1).then_some(best.1)
}

/// The one name that a misspelled one certainly is: it differs by a slip of the pen in one word, and no other name does. Names that differ in
/// digits or in a short word (`v1` and `v2`, `team-a` and `team-b`) are other names.
pub fn slip<'a>(names: impl IntoIterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let mut meant = names.into_iter().filter(|known| is_slip(known, name));
    let first = meant.next()?;
    meant.all(|other| other == first).then_some(first)
}

fn is_slip(known: &str, name: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(['-', '.', '_', '/']).map(str::to_ascii_lowercase).collect()
    };
    let (left, right) = (words(known), words(name));
    if left.concat() == right.concat() {
        return known != name;
    }
    let mut differing = left.iter().zip(&right).filter(|(a, b)| a != b);
    match (differing.next(), differing.next()) {
        (Some((a, b)), None) if left.len() == right.len() => is_one_slip(a, b),
        _ => false,
    }
}

/// One letter more, less or other, or two swapped, in a word of four letters or more.
fn is_one_slip(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let letters = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let distance = edit_distance(a, b);
    let slipped = distance == 1 || distance == 2 && sorted(a) == sorted(b);
    a.len().min(b.len()) >= 4 && letters(a) != letters(b) && slipped
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour's place to make one word the other.
#[must_use]
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(100).enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (cb, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let cost = if ca == *cb { diagonal } else { 1 + diagonal.min(left).min(*cell) };
            diagonal = *cell;
            *cell = cost;
            left = cost;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen() {
        let names = ["cart", "payments-v1", "payments-v2", "team-a", "perTryTimeout", "checkout"];
        let meant = |name: &str| slip(names, name);
        assert_eq!(
            (meant("crat"), meant("carts"), meant("per_try_timeout")),
            (Some("cart"), Some("cart"), Some("perTryTimeout"))
        );
        assert_eq!(meant("paymnets-v1"), Some("payments-v1"));
        for other in ["payments-v3", "team-b", "cart", "kart2", "check", "art", "payments"] {
            assert_eq!(meant(other), None, "{other}");
        }
        assert_eq!(slip(["blue", "glue"], "clue"), None);
    }

    #[test]
    fn distances() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
    }

    #[test]
    fn near_names() {
        assert_eq!(nearest(["retries", "route"], "retrys"), Some("retries"));
        assert_eq!(nearest(["retries", "route"], "mirror"), None);
    }
}
