//! What istiod's webhook says beyond what the schema of the kind says already.

use super::{Claim, Complaint, Nonconformity, Review, Subject, claim, review_webhook};
use crate::node::Node;

/// The webhook's answer to an object, without what lies at, above or below a place that does not fit the schema (`known`): there the same
/// mistake would be told twice, or what follows from it. Empty for objects of a version that no CRD serves.
#[must_use]
pub fn beyond_schema(root: Node<'_>, known: &[Nonconformity]) -> Review {
    match claim(root) {
        // istiod registers its webhook for its own groups alone.
        Claim::Known(Subject::Object(kind)) if !kind.info().group.ends_with("istio.io") => Review::default(),
        Claim::Known(subject) => beyond(subject, root, known),
        _ => Review::default(),
    }
}

/// As [`beyond_schema`], of a subject that is known.
#[must_use]
pub fn beyond(subject: Subject, root: Node<'_>, known: &[Nonconformity]) -> Review {
    let mut review = review_webhook(subject, root);
    let is_new = |complaint: &Complaint| {
        !known.iter().any(|n| n.span == complaint.span || touches(&n.path, &complaint.path))
    };
    review.errors.retain(is_new);
    review.warnings.retain(is_new);
    review
}

/// Whether one path is the other, or leads to it.
fn touches(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_touch() {
        for (a, b) in [("spec.http[0]", "spec.http[0].route"), ("spec", "spec"), ("spec.a.b", "spec.a")] {
            assert!(touches(a, b), "{a} {b}");
        }
        for (a, b) in
            [("spec.http[0]", "spec.http[1]"), ("spec.host", "spec.hosts"), ("spec.a.b", "spec.a.c")]
        {
            assert!(!touches(a, b), "{a} {b}");
        }
    }
}
