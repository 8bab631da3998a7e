//! One line is one invariant.
//!
//! ```text
//! [error|warn|info] NAME: VERB CLAUSE… [unless CLAUSE…]… [since NAME] [assume …] [because TEXT] [waive CLAUSE… until DATE [ticket TEXT]]…
//! VERB    never | always | some | only WHO may | no-new | no-lost | same | equal MESH , MESH
//! CLAUSE  from WHO | with WHO | without WHO | to NS/SERVICE[:PORT] | to ns:NAME | METHOD[,METHOD] PATH | path PATH | not-path PATH
//!         | method METHOD[,METHOD] | host HOST | port N | header NAME[=VALUE] | header-absent NAME | proto http|tcp | at PLACE
//! WHO     any | peer | ns:NAME | sa:NS/NAME | td:NAME | ip:BLOCK | jwt | jwt(CLAIM=VALUE,…), joined by + (and) or , (or)
//! PLACE   NS/WORKLOAD | workload:NS/NAME | service:NS/NAME | gateway:NS/NAME | gateway | ns:NAME | label:KEY=VALUE | all
//! ```
//! A text with blanks stands in quotes; `#` begins a comment.

use mp_ir::base::{Diagnostic, FileId, Level, Span};

use super::clause::{CLAUSES, SECTIONS, clause, is_keyword, wrong_method};
use super::phrase::{self, Fault};
use super::words::{Word, split};
use super::{Assumptions, Change, Date, Demand, Invariant, Scope, Severity, Waived, Waiver};
use crate::condition::Condition;
use crate::place::Place;
use crate::verify::INVALID;

const VERBS: [&str; 8] = ["never", "always", "some", "only", "no-new", "no-lost", "same", "equal"];
/// Reads a file of one-line invariants. What is no invariant becomes a finding.
#[must_use]
pub fn parse_lines(file: FileId, text: &str) -> (Vec<Invariant>, Vec<Diagnostic>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    let mut offset = 0_u32;
    for line in text.split_inclusive('\n') {
        let (words, closed) = split(file, offset, line);
        offset = offset.saturating_add(u32::try_from(line.len()).unwrap_or(u32::MAX));
        let Some(first) = words.first() else { continue };
        let whole = words.last().map_or(first.span, |last| first.span.cover(last.span));
        let read = if closed {
            Sentence { rest: &words, whole, at: Place::default() }.invariant()
        } else {
            let help = "write `\"` or `)` at its end; a text with a bracket stands in quotes";
            Err((Fault::new("the quote or bracket is not closed", help), whole))
        };
        match read {
            Ok(invariant) => good.push(invariant),
            Err((fault, span)) => bad.push(fault.finding(span)),
        }
    }
    (good, bad)
}

impl Fault {
    /// The finding about it.
    #[must_use]
    pub fn finding(self, span: Span) -> Diagnostic {
        let mut out = Diagnostic::new(INVALID.code, INVALID.name, Level::Error, span, self.message);
        out.help = self.help;
        out
    }
}

type Read<T> = Result<T, (Fault, Span)>;

/// What is left of a line.
struct Sentence<'w> {
    rest: &'w [Word],
    whole: Span,
    at: Place,
}

impl<'w> Sentence<'w> {
    fn invariant(mut self) -> Read<Invariant> {
        let (severity, name) = self.head()?;
        let mut demand = self.demand()?;
        let mut out = Invariant {
            name: name.text.strip_suffix(':').unwrap_or(&name.text).to_owned(),
            severity,
            because: None,
            at: Place::default(),
            demand: Demand::Never(Scope::default()),
            assume: Assumptions::default(),
            waivers: Vec::new(),
            origin: Some(name.span),
        };
        while let Some(section) = self.next() {
            match section.text.as_str() {
                "unless" | "except" => self.exception(section, &mut demand)?,
                "since" => self.since(section, &mut demand)?,
                "assume" => self.assume(&mut out.assume)?,
                "because" => out.because = Some(self.value(section)?.text.clone()),
                "waive" => out.waivers.push(self.waiver(section)?),
                other => {
                    let known = CLAUSES.iter().chain(&SECTIONS).copied();
                    return Err((Fault::unknown("clause", other, known), section.span));
                }
            }
        }
        out.at = self.at;
        out.demand = demand;
        Ok(out)
    }

    fn next(&mut self) -> Option<&'w Word> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The word behind a keyword.
    fn value(&mut self, keyword: &Word) -> Read<&'w Word> {
        let fault = || {
            Fault::new(
                format!("something is missing behind `{}`", keyword.text),
                "the grammar stands in docs/invariants.md",
            )
        };
        self.next().ok_or_else(|| (fault(), keyword.span))
    }

    fn head(&mut self) -> Read<(Severity, &'w Word)> {
        let help = "write `error NAME: never …`";
        let missing = |span| (Fault::new("a name and a colon are missing", help), span);
        let first = self.next().ok_or_else(|| missing(self.whole))?;
        if first.text.len() > 1 && first.text.ends_with(':') {
            return Ok((Severity::Error, first));
        }
        let severity = match first.text.as_str() {
            "error" => Severity::Error,
            "warn" | "warning" => Severity::Warning,
            "info" => Severity::Info,
            _ if self.rest.first().is_some_and(|word| word.text.ends_with(':')) => {
                return Err((Fault::unknown("severity", &first.text, ["error", "warn", "info"]), first.span));
            }
            _ => return Err(missing(first.span)),
        };
        let name = self.next().filter(|word| word.text.len() > 1 && word.text.ends_with(':'));
        name.map(|name| (severity, name)).ok_or_else(|| missing(first.span))
    }

    fn demand(&mut self) -> Read<Demand> {
        let help = format!("it begins with one of {}", VERBS.join(", "));
        let verb = self.next().ok_or_else(|| (Fault::new("nothing is demanded", help), self.whole))?;
        Ok(match verb.text.as_str() {
            "never" => Demand::Never(self.scope()?),
            "always" => Demand::Always(self.scope()?),
            "some" => Demand::Some(self.scope()?),
            "only" => {
                let who = self.value(verb)?;
                let callers = phrase::callers(&who.text).map_err(|fault| (fault, who.span))?;
                let may = self.next().filter(|word| word.is("may"));
                may.ok_or_else(|| (Fault::new("`may` is missing", "write `only WHO may …`"), who.span))?;
                Demand::Only(callers, self.scope()?)
            }
            "no-new" => Demand::NoNew(self.change()?),
            "no-lost" => Demand::NoLost(self.change()?),
            "same" => Demand::Same(self.change()?),
            "equal" => self.equal(verb)?,
            other => return Err((Fault::unknown("verb", other, VERBS), verb.span)),
        })
    }

    fn scope(&mut self) -> Read<Scope> {
        Ok(Scope { of: self.clauses(true)?, unless: Vec::new() })
    }

    fn change(&mut self) -> Read<Change> {
        Ok(Change { of: self.clauses(true)?, ..Change::default() })
    }

    /// Two names with a comma, with or without blanks around it.
    fn equal(&mut self, verb: &Word) -> Read<Demand> {
        let ends = |word: &Word| SECTIONS.iter().chain(&CLAUSES).any(|keyword| word.is(keyword));
        let count = self.rest.iter().position(ends).unwrap_or(self.rest.len());
        let (named, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        let text: String = named.iter().map(|word| word.text.as_str()).collect();
        let pair = text.split_once(',').filter(|(a, b)| !a.is_empty() && !b.is_empty() && !b.contains(','));
        let fault = || Fault::new("two meshes are compared", "write `equal config:OLD, config:NEW`");
        let (old, new) = pair.ok_or_else(|| (fault(), verb.span))?;
        let more = self.clauses(true)?;
        if more != Condition::default() {
            return Err((
                Fault::new("`equal` compares all requests", "leave out the clauses, or use `same since`"),
                verb.span,
            ));
        }
        Ok(Demand::Equal(old.to_owned(), new.to_owned()))
    }

    fn exception(&mut self, section: &Word, demand: &mut Demand) -> Read<()> {
        let condition = self.stated(section)?;
        match demand {
            Demand::Never(scope) | Demand::Always(scope) | Demand::Some(scope) | Demand::Only(_, scope) => {
                scope.unless.push(condition);
            }
            Demand::NoNew(change) | Demand::NoLost(change) | Demand::Same(change) => {
                change.except.push(condition)
            }
            Demand::Equal(..) => {
                return Err((
                    Fault::new("`equal` has no exceptions", "use `same since … except …`"),
                    section.span,
                ));
            }
        }
        Ok(())
    }

    fn since(&mut self, section: &Word, demand: &mut Demand) -> Read<()> {
        let name = self.value(section)?;
        match demand {
            Demand::NoNew(change) | Demand::NoLost(change) | Demand::Same(change) => {
                change.since.clone_from(&name.text);
                Ok(())
            }
            _ => Err((
                Fault::new("this verb compares nothing", "`since` belongs to no-new, no-lost and same"),
                section.span,
            )),
        }
    }

    fn assume(&mut self, out: &mut Assumptions) -> Read<()> {
        while let Some(word) = self.rest.first().filter(|word| word.text.contains('=') && !is_keyword(word)) {
            self.next();
            out.add(&word.text).map_err(|fault| (fault, word.span))?;
        }
        let condition = self.clauses(false)?;
        if condition != Condition::default() {
            out.requests.push(condition);
        }
        Ok(())
    }

    fn waiver(&mut self, section: &Word) -> Read<Waiver> {
        let mut out =
            Waiver { of: Waived::Like(String::new()), until: None, ticket: None, origin: Some(section.span) };
        if self.rest.first().is_some_and(|word| word.is("like")) {
            let like = self.value(section)?;
            out.of = Waived::Like(self.value(like)?.text.clone());
        } else {
            out.of = Waived::Requests(Box::new(self.stated(section)?));
        }
        while let Some(word) = self.rest.first().filter(|word| word.is("until") || word.is("ticket")) {
            self.next();
            let value = self.value(word)?;
            if word.is("ticket") {
                out.ticket = Some(value.text.clone());
            } else {
                let fault = || Fault::new(format!("`{}` is no day", value.text), "write `until 2027-01-31`");
                out.until = Some(Date::parse(&value.text).ok_or_else(|| (fault(), value.span))?);
            }
        }
        if out.until.is_none() && matches!(out.of, Waived::Requests(_)) {
            return Err((
                Fault::new("the waiver never ends", "write `until 2027-01-31` behind it"),
                section.span,
            ));
        }
        Ok(out)
    }

    /// At least one clause.
    fn stated(&mut self, section: &Word) -> Read<Condition> {
        let condition = self.clauses(false)?;
        if condition == Condition::default() {
            let help = format!("clauses are {}, or METHOD PATH", CLAUSES.join(", "));
            return Err((
                Fault::new(format!("no clause stands behind `{}`", section.text), help),
                section.span,
            ));
        }
        Ok(condition)
    }

    /// Clauses up to the next section. `places` says whether `at` and `to` choose where the invariant is asked.
    fn clauses(&mut self, places: bool) -> Read<Condition> {
        let mut out = Condition::default();
        while let Some(word) = self.rest.first() {
            if !is_keyword(word) || SECTIONS.iter().any(|section| word.is(section)) {
                break;
            }
            self.next();
            if word.is("at") && !places {
                return Err((
                    Fault::new("`at` chooses where an invariant is asked", "write it before the exceptions"),
                    word.span,
                ));
            }
            if let Some(fault) = wrong_method(word) {
                return Err((fault, word.span));
            }
            let value = self.value(word)?;
            let place = if places { Some(&mut self.at) } else { None };
            clause(&word.text, &value.text, &mut out, place).map_err(|fault| (fault, value.span))?;
        }
        Ok(out)
    }
}
