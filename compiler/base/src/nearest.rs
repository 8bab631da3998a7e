//! The word that was meant.

/// The name that is nearest to a misspelled one, if it is near enough to be meant.
pub fn nearest<'a>(names: impl IntoIterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let far = |known: &'a str| (edit_distance(&known.to_ascii_lowercase(), &lower), known);
    let best = names.into_iter().map(far).min()?;
    (best.0 <= name.len() / 3 + 1).then_some(best.1)
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
