//! Evaluates the CEL programs of the tables, with the cost that cel-go counts (`interpreter/runtimecost.go`).

use std::borrow::Cow;

use super::document::{Datum, Gap, Item};
use super::functions;
use super::table::{ACCUMULATOR, Expr, Fold, Function, Literal, expr, matches, pattern_text};

/// What one rule may cost (k8s.io/apiserver `pkg/apis/cel/config.go`, `PerCallLimit`).
const PER_RULE: u64 = 1_000_000;
/// What all rules of one object may cost (`RuntimeCELCostBudget`).
const PER_OBJECT: u64 = 10_000_000;

/// What is left for the rules of one object.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
    overdrawn: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: PER_OBJECT, overdrawn: false }
    }
}

impl Budget {
    pub(super) fn is_empty(&self) -> bool {
        self.left == 0
    }

    pub(super) fn is_overdrawn(&self) -> bool {
        self.overdrawn
    }

    fn spend(&mut self, cost: u64) {
        self.overdrawn = cost > self.left;
        self.left = self.left.saturating_sub(cost);
    }
}

/// A value while a program runs.
#[derive(Clone, Debug)]
pub(super) enum Val<'v> {
    /// It needs something that is masked or unreadable.
    Unknown,
    /// An error, which `&&` and `||` may get over.
    Failed(Fault),
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(Cow<'v, str>),
    /// Nanoseconds.
    Duration(i64),
    /// A URL, of which only the scheme is asked for.
    Url(String),
    List(Vec<Val<'v>>),
    EmptyMap,
    /// A list or mapping of the document.
    Data(&'v Item<'v>),
}

/// Why a rule has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It would cost too much.
    Limit,
    /// No function takes these arguments.
    Overload,
    /// Anything else, in cel-go's words.
    Text(String),
}

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    True,
    False,
    /// What is masked or unreadable decides.
    Unknown,
}

/// The limit is reached; not even `||` goes on.
struct Stop;

/// One run of one program.
pub(super) struct Program<'v> {
    start: u16,
    subject: &'v Item<'v>,
    /// Variables, the innermost last.
    scope: Vec<(&'static str, Val<'v>)>,
    cost: u64,
}

impl<'v> Program<'v> {
    /// A program with `self`.
    pub(super) fn new(start: u16, subject: &'v Item<'v>) -> Self {
        Self { start, subject, scope: Vec::new(), cost: 0 }
    }

    /// Runs it and takes its cost from the budget.
    pub(super) fn run(mut self, budget: &mut Budget) -> Result<Verdict, Fault> {
        let outcome = self.eval(self.start);
        budget.spend(self.cost);
        match outcome {
            Err(Stop) => Err(Fault::Limit),
            Ok(Val::Bool(true)) => Ok(Verdict::True),
            Ok(Val::Unknown) => Ok(Verdict::Unknown),
            Ok(Val::Failed(fault)) => Err(fault),
            Ok(_) => Ok(Verdict::False),
        }
    }

    fn pay(&mut self, cost: u64) -> Result<(), Stop> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > PER_RULE { Err(Stop) } else { Ok(()) }
    }

    fn eval(&mut self, id: u16) -> Result<Val<'v>, Stop> {
        let Some(expr) = expr(id) else { return Ok(Val::Failed(Fault::Overload)) };
        match *expr {
            Expr::Const(literal) => Ok(Val::from_literal(literal)),
            Expr::Ident(name) => self.variable(name),
            Expr::Select(operand, field) => {
                let value = self.eval(operand)?;
                self.pay(1)?;
                Ok(value.select(field))
            }
            Expr::Has(operand, field) => Ok(self.eval(operand)?.has(field)),
            Expr::List(items) => {
                self.pay(if all_constant(items) { 0 } else { 10 })?;
                Ok(Val::List(items.iter().map(|item| self.eval(*item)).collect::<Result<_, _>>()?))
            }
            Expr::EmptyMap => {
                self.pay(30)?;
                Ok(Val::EmptyMap)
            }
            Expr::And(a, b) => self.logic(a, b, false),
            Expr::Or(a, b) => self.logic(a, b, true),
            Expr::If(condition, yes, no) => match self.eval(condition)? {
                Val::Bool(true) => self.branch(yes),
                Val::Bool(false) => self.branch(no),
                other => Ok(other.in_place_of_bool()),
            },
            Expr::Call(function, arguments) => self.call(function, arguments),
            Expr::Matches(text, pattern) => {
                let text = self.eval(text)?;
                self.pay(functions::cost_of_matches(&text, pattern_text(pattern)))?;
                Ok(match text {
                    Val::Str(text) => Val::Bool(matches(pattern, &text)),
                    other => other.in_place_of_bool(),
                })
            }
            Expr::Fold(fold) => self.fold(fold),
        }
    }

    /// A branch of a condition. cel-go does not count the variable that a branch starts from.
    fn branch(&mut self, id: u16) -> Result<Val<'v>, Stop> {
        let value = self.eval(id)?;
        let is_attribute = matches!(expr(id), Some(Expr::Ident(_) | Expr::Select(..)));
        self.cost = self.cost.saturating_sub(u64::from(is_attribute));
        Ok(value)
    }

    fn variable(&mut self, name: &'static str) -> Result<Val<'v>, Stop> {
        self.pay(1)?;
        let found = self.scope.iter().rev().find(|(known, _)| *known == name);
        Ok(match found {
            Some((_, value)) => value.clone(),
            None if name == "self" => Val::from_item(self.subject),
            None => Val::Failed(Fault::Text(format!("no such attribute(s): {name}"))),
        })
    }

    /// `&&` and `||`: what decides alone (`deciding`) does so even beside an error (`interpreter/interpretable.go`, `evalOr`).
    fn logic(&mut self, a: u16, b: u16, deciding: bool) -> Result<Val<'v>, Stop> {
        let first = self.eval(a)?;
        if matches!(first, Val::Bool(value) if value == deciding) {
            return Ok(first);
        }
        let second = self.eval(b)?;
        Ok(match (first, second) {
            (_, Val::Bool(value)) if value == deciding => Val::Bool(deciding),
            (Val::Bool(_), Val::Bool(_)) => Val::Bool(!deciding),
            (Val::Unknown, _) | (_, Val::Unknown) => Val::Unknown,
            (Val::Bool(_), other) | (other, _) => other.in_place_of_bool(),
        })
    }

    fn call(&mut self, function: Function, arguments: &[u16]) -> Result<Val<'v>, Stop> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.eval(*argument)?);
        }
        // cel-go folds calls of constants when it compiles a program, and makes a set of a list of constants.
        let is_set = function == Function::In && arguments.get(1..).is_some_and(all_constant);
        let is_free = is_set || all_constant(arguments);
        self.pay(if is_free { 0 } else { functions::cost(function, &values) })?;
        Ok(functions::call(function, values))
    }

    fn fold(&mut self, fold: &'static Fold) -> Result<Val<'v>, Stop> {
        let range = self.eval(fold.range)?;
        let (items, gap) = match range.items() {
            Ok(items) => items,
            Err(other) => return Ok(other),
        };
        let depth = self.scope.len();
        let init = self.eval(fold.init)?;
        self.scope.push((ACCUMULATOR, init));
        // Behind what is known of a list with a gap there may be anything.
        let rest = (gap == Gap::Some).then_some(Val::Unknown);
        for value in items.into_iter().chain(rest) {
            self.scope.push((fold.var, value));
            if matches!(self.eval(fold.cond)?, Val::Bool(false)) {
                break;
            }
            let next = self.eval(fold.step)?;
            self.scope.truncate(depth);
            self.scope.push((ACCUMULATOR, next));
        }
        self.scope.truncate(depth + 1);
        let result = self.eval(fold.result);
        self.scope.truncate(depth);
        result
    }
}

impl<'v> Val<'v> {
    pub(super) fn from_item(item: &'v Item<'v>) -> Self {
        match &item.datum {
            Datum::Hole => Val::Unknown,
            Datum::Null => Val::Null,
            Datum::Bool(b) => Val::Bool(*b),
            Datum::Int(n) => Val::Int(*n),
            Datum::Float(f) => Val::Double(*f),
            Datum::Str(text) => Val::Str(Cow::Borrowed(text)),
            Datum::List(..) | Datum::Map(..) => Val::Data(item),
        }
    }

    fn from_literal(literal: Literal) -> Self {
        match literal {
            Literal::Bool(b) => Val::Bool(b),
            Literal::Int(n) => Val::Int(n),
            Literal::Str(text) => Val::Str(Cow::Borrowed(text)),
            // Programs have these as expressions of their own.
            Literal::List(_) | Literal::Map(_) => Val::Null,
        }
    }

    /// What comes of a value where a boolean is needed.
    fn in_place_of_bool(self) -> Self {
        match self {
            Val::Unknown | Val::Failed(_) => self,
            _ => Val::Failed(Fault::Overload),
        }
    }

    fn select(&self, field: &str) -> Self {
        match self {
            Val::Data(item) => match (item.get(field), &item.datum) {
                (Some(value), _) => Val::from_item(value),
                (None, Datum::Map(_, Gap::Some)) => Val::Unknown,
                (None, _) => no_such_key(field),
            },
            Val::EmptyMap => no_such_key(field),
            Val::Unknown => Val::Unknown,
            Val::Failed(fault) => Val::Failed(fault.clone()),
            _ => Val::Failed(Fault::Overload),
        }
    }

    fn has(&self, field: &str) -> Self {
        match self.select(field) {
            Val::Failed(Fault::Text(_)) if matches!(self, Val::Data(_) | Val::EmptyMap) => Val::Bool(false),
            Val::Failed(fault) => Val::Failed(fault),
            // A masked value is there all the same.
            Val::Unknown if matches!(self, Val::Data(item) if item.get(field).is_some()) => Val::Bool(true),
            Val::Unknown => Val::Unknown,
            _ => Val::Bool(true),
        }
    }

    /// What a macro goes through: items, or keys of a mapping.
    fn items(self) -> Result<(Vec<Val<'v>>, Gap), Val<'v>> {
        match self {
            Val::List(items) => Ok((items, Gap::None)),
            Val::EmptyMap => Ok((Vec::new(), Gap::None)),
            Val::Data(item) => match &item.datum {
                Datum::List(items, gap) => Ok((items.iter().map(Val::from_item).collect(), *gap)),
                Datum::Map(entries, gap) => {
                    Ok((entries.iter().map(|entry| Val::Str(Cow::Borrowed(entry.key))).collect(), *gap))
                }
                _ => Err(Val::Failed(Fault::Overload)),
            },
            other => Err(other.in_place_of_bool()),
        }
    }
}

/// Whether expressions are constants, or calls of such.
fn all_constant(ids: &[u16]) -> bool {
    ids.iter().all(|id| match expr(*id) {
        Some(Expr::Const(_)) => true,
        Some(Expr::List(items) | Expr::Call(_, items)) => all_constant(items),
        _ => false,
    })
}

fn no_such_key<'v>(field: &str) -> Val<'v> {
    Val::Failed(Fault::Text(format!("no such key: {field}")))
}
