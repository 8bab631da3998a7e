//! The syntax of CEL as cel-go parses it without declarations (`parser/gen/CEL.g4`, `parser/parser.go`, `parser/macro.go`): whether a
//! text is an expression. The words of the simple mistakes are its own.

mod snippet;
mod token;

use snippet::shown;
use token::{Token, tokens};

/// Nesting that cel-go refuses.
const DEPTH: usize = 250;

/// Words that are no identifiers.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Macros whose first argument is the name of a variable, with the numbers of arguments that they take.
const BINDERS: &[(&str, &[usize])] =
    &[("all", &[2]), ("exists", &[2]), ("exists_one", &[2]), ("filter", &[2]), ("map", &[2, 3])];

/// What may begin an operand, as the parser lists it.
const OPERAND: &str = "expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/// Reads one expression.
///
/// # Errors
/// `LINE:COLUMN: why`, and the line with a mark under the place (`common/error.go`, `ToDisplayString`). cel-go goes on after a mistake; here
/// the first is the last.
pub(super) fn check(text: &str) -> Result<(), String> {
    let read =
        tokens(text).and_then(|all| {
            let mut parser = Parser { text, all: &all, at: 0, depth: 0 };
            parser.expression()?;
            match parser.all.get(parser.at..) {
                None | Some([]) => Ok(()),
                Some([_]) => parser
                    .fault(format!("Syntax error: extraneous input '{}' expecting <EOF>", parser.word())),
                Some(_) => parser
                    .fault(format!("Syntax error: mismatched input '{}' expecting <EOF>", parser.word())),
            }
        });
    read.map_err(|(at, why)| shown(text, at, &why))
}

/// Where, and why.
type Fault = (usize, String);

/// What an expression is, as far as macros ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Name,
    Field,
    Other,
}

struct Parser<'t> {
    text: &'t str,
    all: &'t [(Token<'t>, usize)],
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<Token<'t>> {
        self.all.get(self.at).map(|(token, _)| *token)
    }

    fn is(&self, sign: &str) -> bool {
        self.peek() == Some(Token::Sign(sign))
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn fault<T>(&self, why: impl Into<String>) -> Result<T, Fault> {
        Err((self.all.get(self.at).map_or(self.text.len(), |(_, at)| *at), why.into()))
    }

    /// The word that is next.
    fn word(&self) -> &'t str {
        let Some((_, at)) = self.all.get(self.at) else { return "<EOF>" };
        let rest = self.text.get(*at..).unwrap_or_default();
        token::one(rest).ok().and_then(|(_, length)| rest.get(..length)).unwrap_or(rest)
    }

    fn need(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take(sign) {
            Ok(())
        } else {
            self.fault(format!("Syntax error: mismatched input '{}' expecting '{sign}'", self.word()))
        }
    }

    fn expression(&mut self) -> Result<Shape, Fault> {
        if self.depth >= DEPTH {
            return self.fault("expression recursion limit exceeded: 250");
        }
        self.depth += 1;
        let mut shape = self.binary()?;
        if self.take("?") {
            self.binary()?;
            self.need(":")?;
            self.expression()?;
            shape = Shape::Other;
        }
        self.depth -= 1;
        Ok(shape)
    }

    /// Operands with operators between them: which binds closer changes nothing about what is an expression.
    fn binary(&mut self) -> Result<Shape, Fault> {
        const OPERATORS: &[&str] =
            &["||", "&&", "<", "<=", ">=", ">", "==", "!=", "in", "+", "-", "*", "/", "%"];
        let mut shape = self.unary()?;
        while OPERATORS.iter().any(|sign| self.take(sign)) {
            self.unary()?;
            shape = Shape::Other;
        }
        Ok(shape)
    }

    fn unary(&mut self) -> Result<Shape, Fault> {
        let sign = ["!", "-"].into_iter().find(|sign| self.is(sign));
        let Some(sign) = sign else { return self.member() };
        let mut signs = 0;
        while self.take(sign) {
            signs += 1;
        }
        // A number may have a minus of its own: `-9223372036854775808`, `!-1`.
        let own = if sign == "!" { self.take("-") } else { signs == 1 };
        match self.peek() {
            Some(Token::Int(fits)) if fits || own => {
                self.at += 1;
                self.followed(Shape::Other, false)?;
            }
            Some(Token::Float) => drop(self.member()?),
            _ if own && sign == "!" => return self.fault("Syntax error: extraneous input '-'"),
            _ => drop(self.member()?),
        }
        Ok(Shape::Other)
    }

    fn member(&mut self) -> Result<Shape, Fault> {
        let dot = self.take(".");
        match self.peek() {
            Some(Token::Name(name)) => self.named(name, dot),
            _ if dot => self.fault("Syntax error: no viable alternative at input '.'"),
            Some(Token::Int(false)) => self.fault("invalid int literal"),
            Some(Token::Int(true) | Token::Float | Token::Literal) => {
                self.at += 1;
                self.followed(Shape::Other, false)
            }
            Some(Token::Sign("(")) => {
                self.at += 1;
                let shape = self.expression()?;
                self.need(")")?;
                self.followed(shape, false)
            }
            Some(Token::Sign("[")) => {
                self.at += 1;
                self.listed("]", |parser| parser.expression().map(drop))?;
                self.followed(Shape::Other, false)
            }
            Some(Token::Sign("{")) => {
                self.at += 1;
                self.listed("}", Self::entry)?;
                self.followed(Shape::Other, false)
            }
            Some(_) => self.fault(format!("Syntax error: extraneous input '{}' {OPERAND}", self.word())),
            None => self.fault(format!("Syntax error: mismatched input '<EOF>' {OPERAND}")),
        }
    }

    /// A name, or a call of one.
    fn named(&mut self, name: &str, dot: bool) -> Result<Shape, Fault> {
        if RESERVED.contains(&name) && !self.begins_message() {
            return self.fault(format!("reserved identifier: {name}"));
        }
        self.at += 1;
        if !self.is("(") {
            return self.followed(Shape::Name, true);
        }
        let args = self.call()?;
        if name == "has" && !dot && args.len() == 1 && args.first() != Some(&Shape::Field) {
            return self.fault("invalid argument to has() macro");
        }
        self.followed(Shape::Other, false)
    }

    /// Whether only names and dots stand before a brace: any word may be part of a message's name.
    fn begins_message(&self) -> bool {
        let mut rest = self.all.get(self.at + 1..).unwrap_or_default().iter().map(|(token, _)| *token);
        loop {
            match (rest.next(), rest.next()) {
                (Some(Token::Sign("{")), _) => return true,
                (Some(Token::Sign(".")), Some(Token::Name(_))) => {}
                _ => return false,
            }
        }
    }

    /// Fields, calls and indices behind an expression; `names` while it is only names, which may begin a message.
    fn followed(&mut self, mut shape: Shape, mut names: bool) -> Result<Shape, Fault> {
        loop {
            if self.take(".") {
                let name = match self.peek() {
                    Some(Token::Name(name)) => name,
                    Some(Token::Escaped) => {
                        self.at += 1;
                        (shape, names) = (Shape::Field, false);
                        continue;
                    }
                    _ => return self.fault("Syntax error: expecting IDENTIFIER"),
                };
                self.at += 1;
                shape = Shape::Field;
                if self.is("(") {
                    let args = self.call()?;
                    let binds =
                        |(known, counts): &(&str, &[usize])| *known == name && counts.contains(&args.len());
                    if BINDERS.iter().any(binds) && args.first() != Some(&Shape::Name) {
                        return self.fault("argument must be a simple name");
                    }
                    (shape, names) = (Shape::Other, false);
                }
            } else if self.take("[") {
                self.expression()?;
                self.need("]")?;
                (shape, names) = (Shape::Other, false);
            } else if names && self.take("{") {
                self.listed("}", Self::field)?;
                (shape, names) = (Shape::Other, false);
            } else {
                return Ok(shape);
            }
        }
    }

    /// `(a, b)`: what its arguments are.
    fn call(&mut self) -> Result<Vec<Shape>, Fault> {
        self.need("(")?;
        let mut args = Vec::new();
        if self.take(")") {
            return Ok(args);
        }
        loop {
            args.push(self.expression()?);
            if !self.take(",") {
                self.need(")")?;
                return Ok(args);
            }
        }
    }

    /// Items to a closing sign; a comma may stand behind the last one, or alone.
    fn listed(&mut self, close: &str, item: impl Fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        while !self.take(close) {
            if self.take(",") {
                return self.need(close);
            }
            item(self)?;
            if !self.take(",") {
                return self.need(close);
            }
        }
        Ok(())
    }

    fn entry(&mut self) -> Result<(), Fault> {
        self.expression()?;
        self.need(":")?;
        self.expression().map(drop)
    }

    fn field(&mut self) -> Result<(), Fault> {
        let Some(Token::Name(_) | Token::Escaped) = self.peek() else {
            return self.fault("Syntax error: expecting IDENTIFIER");
        };
        self.at += 1;
        self.need(":")?;
        self.expression().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        for text in [
            "response.code >= 400 || (connection.mtls && request.url_path.contains('v1beta3'))",
            "!has(response.code) ? 'a' : -1 in [1, 2u, 0x1F,] ? 1.5e3 : b'\\x41'",
            "--a != !!b // why",
            "a.b.C{d: 1, e: [],}.f[0].g()",
            "{'a': 1, 2: null,}.all(k, k != '') && [].map(x, x > 1, x)",
            ".a.b(c, d)",
            "r'\\d' + \"\"\"a\"b\"\"\" + '''\n'''",
            "-9223372036854775808 < 18446744073709551615u",
            "!-1 || !!-1.5",
            "1.e",
            "a.while",
            "a.`b-c`.d[0]",
            "a{`b/c`: 1}",
            "package.a{}",
            "[,]",
            "f(x).exists(y, y)",
            "list.map(x)",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    /// Texts that are no expressions, one a row.
    const OTHER: &[&str] = &[
        "",
        "a ==",
        "a = 1",
        "(a",
        "a b",
        "a.",
        "[1",
        "{'a'}",
        "f(a,)",
        "'a",
        "'\\q'",
        "a ? b",
        "while",
        "if(a)",
        "9223372036854775808",
        "--9223372036854775808",
        "1e400",
        "!-a",
        "1u2",
        "a.1",
        "has(a)",
        "[].all(1, true)",
        "a..b",
        "a @ b",
        "\"a\nb\"",
        "a.?b",
        "[?a]",
        "f().g{}",
        "a[",
        "`a`",
        "- !a",
        "a.`b`()",
        "a.`b",
        "a.``",
        "package.a",
        "'\\400'",
        "b'\\u0041'",
    ];

    #[test]
    fn other_texts() {
        for text in OTHER {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check(&"(".repeat(100_000)).is_err());
        assert_eq!(
            check("a\n =="),
            Err(format!("2:4: Syntax error: mismatched input '<EOF>' {OPERAND}\n |  ==\n | ...^"))
        );
        assert_eq!(check(""), Err(format!("1:0: Syntax error: mismatched input '<EOF>' {OPERAND}")));
        assert_eq!(
            check("'\u{e9}' b"),
            Err("1:5: Syntax error: extraneous input 'b' expecting <EOF>\n | '\u{e9}' b\n | .\u{ff0e}..^"
                .to_owned())
        );
        assert_eq!(
            check("a\t@"),
            Err("1:3: Syntax error: token recognition error at: '@'\n | a @\n | ..^".to_owned())
        );
    }
}
