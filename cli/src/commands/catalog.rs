//! Everything that has a code: checks, built-in properties, and what is said of invariants.

use mp_base::Level;
use mp_base::render::Rule;

/// All codes, sorted.
pub(crate) fn all() -> Vec<Rule> {
    let mut out: Vec<Rule> = mp_checks::ALL.iter().map(|check| of_check(check)).collect();
    out.extend(proofs());
    out.sort_by_key(|rule| rule.code);
    out
}

pub(crate) fn of_check(check: &mp_checks::Check) -> Rule {
    Rule {
        code: check.code,
        name: check.name,
        title: check.title().to_owned(),
        docs: check.docs(),
        level: check.level,
    }
}

/// The codes of `verify`, sorted.
pub(crate) fn proofs() -> Vec<Rule> {
    let properties = mp_prove::ALL.iter().map(|property| Rule {
        code: property.code,
        name: property.name,
        title: property.title().to_owned(),
        docs: property.docs(),
        level: Level::from(property.severity),
    });
    let notices = mp_prove::NOTICES.iter().map(|notice| Rule {
        code: notice.code,
        name: notice.name,
        title: notice.title.to_owned(),
        docs: format!("# {}\n\n{}\n", notice.title, notice.docs),
        level: Level::from(notice.severity),
    });
    let mut out: Vec<Rule> = properties.chain(notices).collect();
    out.sort_by_key(|rule| rule.code);
    out
}
