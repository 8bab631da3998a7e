//! The committed lists of cases that are equal: they only grow.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::CaseResult;
use crate::project;

fn path(area: &str) -> PathBuf {
    project::root().join("xtask/equal").join(format!("{area}.txt"))
}

fn read(area: &str) -> Result<BTreeSet<String>, String> {
    let path = path(area);
    let text = if path.is_file() { project::read(&path)? } else { String::new() };
    Ok(text.lines().map(str::to_owned).collect())
}

/// How many cases were equal once.
pub(crate) fn count(area: &str) -> Result<usize, String> {
    Ok(read(area)?.len())
}

/// Cases of the list that ran and are not equal. Cases that did not run say nothing.
pub(crate) fn lost(area: &str, cases: &[CaseResult]) -> Result<Vec<String>, String> {
    Ok(lost_of(&read(area)?, cases))
}

fn lost_of(list: &BTreeSet<String>, cases: &[CaseResult]) -> Vec<String> {
    cases
        .iter()
        .filter(|case| !case.equal && list.contains(&case.name))
        .map(|case| case.name.clone())
        .collect()
}

/// Adds what is equal now.
pub(crate) fn add(area: &str, cases: &[CaseResult]) -> Result<(), String> {
    let mut list = read(area)?;
    let before = list.len();
    list.extend(cases.iter().filter(|case| case.equal).map(|case| case.name.clone()));
    if list.len() == before {
        return Ok(());
    }
    let text: String = list.iter().map(|name| format!("{name}\n")).collect();
    project::write(&path(area), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cases_that_were_equal_are_lost() {
        let list = BTreeSet::from(["a".to_owned(), "b".to_owned(), "gone".to_owned()]);
        let case = |name: &str, equal: bool| CaseResult::new(name, (!equal).then(String::new));
        let cases = [case("a", true), case("b", false), case("c", false)];
        assert_eq!(lost_of(&list, &cases), ["b"]);
    }
}
