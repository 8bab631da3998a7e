//! CEL rules of the CRDs as tables: parsed here, so that nothing has to be parsed when an object is checked.

use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, LiteralValue};
use cel::parser::Parser;

use super::intern::Interner;

/// CEL names and the variants of the table's `Function`.
const FUNCTIONS: &[(&str, &str)] = &[
    ("!_", "Not"),
    ("@not_strictly_false", "NotStrictlyFalse"),
    ("_==_", "Equals"),
    ("_!=_", "NotEquals"),
    ("_<_", "Less"),
    ("_<=_", "LessEquals"),
    ("_>_", "Greater"),
    ("_>=_", "GreaterEquals"),
    ("_+_", "Add"),
    ("_[_]", "Index"),
    ("@in", "In"),
    ("size", "Size"),
    ("startsWith", "StartsWith"),
    ("endsWith", "EndsWith"),
    ("contains", "Contains"),
    ("substring", "Substring"),
    ("split", "Split"),
    ("duration", "Duration"),
    ("int", "Int"),
    ("isIP", "IsIp"),
    ("isURL", "IsUrl"),
    ("url", "Url"),
    ("getScheme", "GetScheme"),
];

/// All programs with the patterns that they and the schemas match.
#[derive(Default)]
pub(crate) struct Programs {
    pub(crate) exprs: Interner,
    pub(crate) patterns: Interner,
}

impl Programs {
    /// The place of a rule's program.
    pub(crate) fn add(&mut self, rule: &str) -> Result<u16, String> {
        let fault = |e: String| format!("the rule `{rule}`: {e}");
        let parsed = Parser::new().parse(rule).map_err(|e| fault(e.to_string()))?;
        self.expr(&parsed).map_err(fault)
    }

    /// The place of a pattern.
    pub(crate) fn pattern(&mut self, text: &str) -> Result<u16, String> {
        self.patterns.place(format!("{text:?}"))
    }

    fn expr(&mut self, node: &IdedExpr) -> Result<u16, String> {
        let text = match &node.expr {
            Expr::Literal(literal) => format!("E::Const({})", constant(literal)?),
            Expr::Ident(name) => format!("E::Ident({name:?})"),
            Expr::Select(select) => {
                let operand = self.expr(&select.operand)?;
                let word = if select.test { "Has" } else { "Select" };
                format!("E::{word}({operand}, {:?})", unescaped(&select.field))
            }
            Expr::List(list) => format!("E::List({})", self.places(list.elements.iter())?),
            Expr::Map(map) if map.entries.is_empty() => "E::EmptyMap".to_owned(),
            Expr::Call(call) => {
                let arguments: Vec<&IdedExpr> =
                    call.target.as_deref().into_iter().chain(&call.args).collect();
                self.call(&call.func_name, &arguments)?
            }
            Expr::Comprehension(fold) => self.fold(fold)?,
            Expr::Unspecified | Expr::Map(_) | Expr::Struct(_) => {
                return Err("an expression that the tables have no form for".to_owned());
            }
        };
        self.exprs.place(text)
    }

    fn call(&mut self, name: &str, arguments: &[&IdedExpr]) -> Result<String, String> {
        if let ("matches", [text, pattern]) = (name, arguments) {
            let Expr::Literal(LiteralValue::String(pattern)) = &pattern.expr else {
                return Err("a pattern that is no constant".to_owned());
            };
            let (text, pattern) = (self.expr(text)?, self.pattern(pattern)?);
            return Ok(format!("E::Matches({text}, {pattern})"));
        }
        let mut places = Vec::new();
        for argument in arguments {
            places.push(self.expr(argument)?.to_string());
        }
        let list = places.join(", ");
        match (name, places.len()) {
            ("_&&_", 2) => return Ok(format!("E::And({list})")),
            ("_||_", 2) => return Ok(format!("E::Or({list})")),
            ("_?_:_", 3) => return Ok(format!("E::If({list})")),
            _ => {}
        }
        let function = FUNCTIONS.iter().find(|(known, _)| *known == name);
        let (_, function) =
            function.ok_or_else(|| format!("the function `{name}`, which nobody evaluates"))?;
        Ok(format!("E::Call(F::{function}, &[{list}])"))
    }

    fn fold(&mut self, fold: &ComprehensionExpr) -> Result<String, String> {
        if fold.iter_var2.is_some() || fold.accu_var != "@result" {
            return Err("a macro that the tables have no form for".to_owned());
        }
        let (range, init) = (self.expr(&fold.iter_range)?, self.expr(&fold.accu_init)?);
        let (cond, step) = (self.expr(&fold.loop_cond)?, self.expr(&fold.loop_step)?);
        let (result, var) = (self.expr(&fold.result)?, &fold.iter_var);
        Ok(format!(
            "E::Fold(&Fold {{ range: {range}, var: {var:?}, init: {init}, cond: {cond}, step: {step}, result: {result} }})"
        ))
    }

    fn places<'a>(&mut self, nodes: impl Iterator<Item = &'a IdedExpr>) -> Result<String, String> {
        let places =
            nodes.map(|node| Ok(self.expr(node)?.to_string())).collect::<Result<Vec<_>, String>>()?;
        Ok(format!("&[{}]", places.join(", ")))
    }
}

fn constant(literal: &LiteralValue) -> Result<String, String> {
    Ok(match literal {
        LiteralValue::Boolean(b) => format!("L::Bool({})", b.inner()),
        LiteralValue::Int(n) => format!("L::Int({})", n.inner()),
        LiteralValue::String(text) => format!("L::Str({:?})", text.inner()),
        LiteralValue::Null | LiteralValue::Double(_) | LiteralValue::Bytes(_) | LiteralValue::UInt(_) => {
            return Err("a constant that the tables have no form for".to_owned());
        }
    })
}

/// The name of a field that CEL has to write in another way (k8s.io/apiserver `pkg/cel/escaping.go`, `Escape`).
fn unescaped(field: &str) -> String {
    let mut name = field.to_owned();
    for (escaped, plain) in [("__dot__", "."), ("__dash__", "-"), ("__slash__", "/")] {
        name = name.replace(escaped, plain);
    }
    let reserved = name.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    reserved.map_or_else(|| name.replace("__underscores__", "__"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_interned() {
        let mut programs = Programs::default();
        let first = programs.add("self.a == 'x' || self.a == 'y'").expect("a program");
        let size = programs.exprs.len();
        assert_eq!(programs.add("self.a == 'x' || self.a == 'y'"), Ok(first));
        assert_eq!(programs.exprs.len(), size);
        assert!(programs.add("self.a ==").is_err());
        assert!(programs.add("self.a.fly()").is_err());
    }

    #[test]
    fn reserved_names() {
        assert_eq!(unescaped("__namespace__"), "namespace");
        assert_eq!(unescaped("a__dash__b"), "a-b");
        assert_eq!(unescaped("plain"), "plain");
    }
}
