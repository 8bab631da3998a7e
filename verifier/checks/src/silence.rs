//! Comments and annotations that silence findings, and those of them that silence nothing.

use std::collections::BTreeSet;

use mp_ir::base::{Diagnostic, Span};
use mp_model::{Object, Suppression};

use crate::{ALL, Check, Cx, Findings};

/// Annotation of an object: `MP1007=reason; MP1010=reason`.
const ANNOTATION: &str = "meshproof.dev/ignore";

/// One wish to be silent.
struct Wish<'a> {
    codes: Vec<&'a str>,
    covers: Box<dyn Fn(Span) -> bool + 'a>,
    place: Span,
    flaw: Option<&'static str>,
    used: bool,
}

/// Takes out what is silenced, and adds findings about wishes that silence nothing or cannot be read.
pub(crate) fn apply(cx: &Cx<'_>, found: Vec<Diagnostic>, wanted: &dyn Fn(&Check) -> bool) -> Vec<Diagnostic> {
    let comments = cx.workspace.suppressions();
    let mut wishes: Vec<Wish<'_>> = comments.iter().map(comment).collect();
    wishes.extend(cx.workspace.objects().iter().filter_map(|object| annotation(cx, object)));
    let mut out = Vec::with_capacity(found.len());
    for finding in found {
        let names = |code: &&str| *code == finding.code || *code == finding.name;
        let mut silenced = false;
        for wish in wishes
            .iter_mut()
            .filter(|w| w.flaw.is_none() && w.codes.iter().any(names) && (w.covers)(finding.primary.span))
        {
            wish.used = true;
            silenced = true;
        }
        if !silenced {
            out.push(finding);
        }
    }
    let ran: BTreeSet<&str> = ALL.iter().filter(|c| wanted(c)).flat_map(|c| [c.code, c.name]).collect();
    for check in ALL.iter().copied().filter(|check| check.code == "MP9001" && wanted(check)) {
        let mut findings = Findings::new(check);
        wishes.iter().for_each(|wish| report(wish, &ran, &mut findings));
        out.extend(findings.into_found());
    }
    out
}

fn comment(suppression: &Suppression) -> Wish<'_> {
    Wish {
        codes: suppression.codes.iter().map(|code| code.text.as_str()).collect(),
        covers: Box::new(|span| suppression.covers(span)),
        place: suppression.span,
        flaw: suppression.flaw,
        used: false,
    }
}

fn annotation<'a>(cx: &Cx<'a>, object: &'a Object) -> Option<Wish<'a>> {
    let text = object.annotations.get(ANNOTATION)?;
    let parts: Vec<(&str, &str)> =
        text.split(';').map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
    let unexplained = parts.iter().any(|(_, reason)| reason.trim().is_empty());
    Some(Wish {
        codes: parts.iter().map(|(code, _)| code.trim()).collect(),
        covers: Box::new(|span| {
            object.span.file == span.file && object.span.start <= span.start && span.start < object.span.end
        }),
        place: cx.workspace.span_of(object, &["metadata", "annotations", ANNOTATION]),
        flaw: unexplained.then_some("each code needs a reason: `MP1007=reason; MP1010=reason`"),
        used: false,
    })
}

fn report(wish: &Wish<'_>, ran: &BTreeSet<&str>, out: &mut Findings) {
    if let Some(flaw) = wish.flaw {
        out.at(wish.place, None, "", format!("this silences nothing: {flaw}"))
            .help("correct it or remove it");
        return;
    }
    if let Some(code) = wish.codes.iter().find(|code| crate::find(code).is_none()) {
        out.at(wish.place, None, "", format!("there is no check `{code}`"))
            .help("`meshproof explain all` lists the checks");
        return;
    }
    // Of checks that did not run nothing is known.
    if !wish.used && wish.codes.iter().all(|code| ran.contains(code)) {
        out.at(
            wish.place,
            None,
            "",
            format!("nothing to silence: no finding {} here", wish.codes.join(", ")),
        )
        .help("remove it");
    }
}
