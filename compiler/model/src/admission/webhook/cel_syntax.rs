//! The syntax of CEL as cel-go parses it without declarations (`parser/gen/CEL.g4`, `parser/parser.go`, `parser/macro.go`): whether a
//! text is an expression. Its words are ours, except for an empty text.

mod token;

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

/// Reads one expression.
///
/// # Errors
/// `LINE:COLUMN: why`.
pub(super) fn check(text: &str) -> Result<(), String> {
    let place = |at: usize| {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count();
        format!("{line}:{column}")
    };
    if text.trim().is_empty() {
        return Err(format!(
            "{}: Syntax error: mismatched input '<EOF>' expecting {{'[', '{{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}}",
            place(text.len())
        ));
    }
    let read = tokens(text).and_then(|all| {
        let mut parser = Parser { all: &all, at: 0, end: text.len(), depth: 0 };
        parser.expression()?;
        match parser.all.get(parser.at) {
            None => Ok(()),
            Some((_, at)) => Err((*at, "extraneous input".to_owned())),
        }
    });
    read.map_err(|(at, why)| format!("{}: Syntax error: {why}", place(at)))
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
    all: &'t [(Token<'t>, usize)],
    at: usize,
    end: usize,
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
        Err((self.all.get(self.at).map_or(self.end, |(_, at)| *at), why.into()))
    }

    fn need(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take(sign) { Ok(()) } else { self.fault(format!("expecting '{sign}'")) }
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
            _ if own && sign == "!" => return self.fault("extraneous input '-'"),
            _ => drop(self.member()?),
        }
        Ok(Shape::Other)
    }

    fn member(&mut self) -> Result<Shape, Fault> {
        let dot = self.take(".");
        match self.peek() {
            Some(Token::Name(name)) => self.named(name, dot),
            _ if dot => self.fault("no viable alternative at input '.'"),
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
            Some(_) => self.fault("extraneous input"),
            None => self.fault("mismatched input '<EOF>'"),
        }
    }

    /// A name, or a call of one.
    fn named(&mut self, name: &str, dot: bool) -> Result<Shape, Fault> {
        if RESERVED.contains(&name) {
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

    /// Fields, calls and indices behind an expression; `names` while it is only names, which may begin a message.
    fn followed(&mut self, mut shape: Shape, mut names: bool) -> Result<Shape, Fault> {
        loop {
            if self.take(".") {
                let Some(Token::Name(name)) = self.peek() else { return self.fault("expecting IDENTIFIER") };
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
        let Some(Token::Name(_)) = self.peek() else { return self.fault("expecting IDENTIFIER") };
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
            check("a\n ==").map_err(|why| why.split(':').take(2).collect::<Vec<_>>().join(":")),
            Err("2:3".to_owned())
        );
    }
}
