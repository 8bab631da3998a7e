//! From words to a tree.
use super::token::{Token, tokens};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    /// A value.
    Null,
    /// A value.
    Bool(bool),
    /// A value.
    Int(i64),
    /// A value.
    Uint(u64),
    /// A value.
    Double(f64),
    /// A value.
    Text(String),
    /// A list of values.
    List(Vec<Expr>),
    /// A name.
    Name(String),
    /// A field of a value.
    Select(Box<Expr>, String),
    /// An element of a value.
    Index(Box<Expr>, Box<Expr>),
    /// Whether a value has a field.
    Has(Box<Expr>, String),
    /// A function with its arguments; that of a method comes first.
    Call(String, Vec<Expr>),
    /// `!`
    Not(Box<Expr>),
    /// `-`
    Minus(Box<Expr>),
    /// An operator between two values.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `a ? b : c`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// Operators from the loosest to the tightest; `in` is a name among them.
const LEVELS: &[&[&str]] =
    &[&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];

/// Deeper expressions are refused, so that none exhausts the stack.
const MAX_DEPTH: usize = 64;
/// More operators than these are refused: in a chain each makes the tree one deeper.
const MAX_OPERATORS: usize = 1000;

/// Parses an expression.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, operators: 0 };
    let expr = parser.choice()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some(token) => Err(format!("{token:?} stands after the end of the expression")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    operators: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn eat(&mut self, mark: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Mark(m)) if *m == mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Result<(), String> {
        if self.eat(mark) { Ok(()) } else { Err(format!("`{mark}` is missing")) }
    }

    fn choice(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the expression is nested too deeply".to_owned());
        }
        let condition = self.binary(0)?;
        let expr = if self.eat("?") {
            let yes = self.choice()?;
            self.expect(":")?;
            Expr::If(Box::new(condition), Box::new(yes), Box::new(self.choice()?))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn operator(&mut self, level: &[&'static str]) -> Option<&'static str> {
        let found = match self.peek()? {
            Token::Mark(mark) => level.iter().find(|known| *known == mark),
            Token::Name(name) => level.iter().find(|known| *known == name),
            _ => None,
        }?;
        self.at += 1;
        Some(found)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            self.operators += 1;
            if self.operators > MAX_OPERATORS {
                return Err(format!("the expression has more than {MAX_OPERATORS} operators"));
            }
            let right = self.binary(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        let mut marks = Vec::new();
        loop {
            if self.eat("!") {
                marks.push(true);
            } else if self.eat("-") {
                marks.push(false);
            } else {
                break;
            }
            if marks.len() > MAX_DEPTH {
                return Err("the expression is nested too deeply".to_owned());
            }
        }
        let mut expr = self.member()?;
        for not in marks.into_iter().rev() {
            expr = if not { Expr::Not(Box::new(expr)) } else { Expr::Minus(Box::new(expr)) };
        }
        Ok(expr)
    }

    fn member(&mut self) -> Result<Expr, String> {
        let mut expr = self.primary()?;
        let mut steps = 0;
        loop {
            steps += 1;
            if steps > MAX_DEPTH {
                return Err("the expression is nested too deeply".to_owned());
            }
            if self.eat(".") {
                let Some(Token::Name(name)) = self.next() else {
                    return Err("a name is missing after `.`".to_owned());
                };
                expr = if self.eat("(") {
                    let mut arguments = vec![expr];
                    arguments.extend(self.list(")")?);
                    Expr::Call(name, arguments)
                } else {
                    Expr::Select(Box::new(expr), name)
                };
            } else if self.eat("[") {
                let index = self.choice()?;
                self.expect("]")?;
                expr = Expr::Index(Box::new(expr), Box::new(index));
            } else {
                return Ok(expr);
            }
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expr>, String> {
        let mut items = Vec::new();
        if self.eat(end) {
            return Ok(items);
        }
        loop {
            items.push(self.choice()?);
            if self.eat(end) {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }

    fn primary(&mut self) -> Result<Expr, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Expr::Text(text)),
            Some(Token::Int(value)) => Ok(Expr::Int(value)),
            Some(Token::Uint(value)) => Ok(Expr::Uint(value)),
            Some(Token::Double(value)) => Ok(Expr::Double(value)),
            Some(Token::Mark("(")) => {
                let expr = self.choice()?;
                self.expect(")")?;
                Ok(expr)
            }
            Some(Token::Mark("[")) => Ok(Expr::List(self.list("]")?)),
            Some(Token::Name(name)) => self.name(name),
            Some(token) => Err(format!("{token:?} cannot begin a value")),
            None => Err("the expression ends too early".to_owned()),
        }
    }

    fn name(&mut self, name: String) -> Result<Expr, String> {
        match name.as_str() {
            "true" => return Ok(Expr::Bool(true)),
            "false" => return Ok(Expr::Bool(false)),
            "null" => return Ok(Expr::Null),
            "in" => return Err("`in` cannot begin a value".to_owned()),
            _ => {}
        }
        if !self.eat("(") {
            return Ok(Expr::Name(name));
        }
        let arguments = self.list(")")?;
        if name != "has" {
            return Ok(Expr::Call(name, arguments));
        }
        match <[Expr; 1]>::try_from(arguments) {
            Ok([Expr::Select(value, field)]) => Ok(Expr::Has(value, field)),
            _ => Err("`has` asks for a field".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_chains_are_refused_before_they_exhaust_the_stack() {
        assert!(parse(&vec!["true"; 900].join(" && ")).is_ok());
        assert!(parse(&vec!["true"; 200_000].join(" && ")).is_err_and(|why| why.contains("1000 operators")));
        assert!(parse(&"(a + ".repeat(200_000)).is_err_and(|why| why.contains("too deeply")));
    }
}
