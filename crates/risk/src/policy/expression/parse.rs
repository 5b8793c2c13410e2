//! Reads tokens into a tree, by the grammar of the CEL specification ("Syntax").

use super::lex::{Kind, Token, lex};
use super::{ExpressionError, MOST_DEPTH};

/// A part of an expression with its first byte.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub at: usize,
    pub kind: PartKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PartKind {
    Bool(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    List(Vec<Part>),
    Name(String),
    Select(Box<Part>, String),
    Call(Option<Box<Part>>, String, Vec<Part>),
    Not(Box<Part>),
    Negate(Box<Part>),
    Binary(&'static str, Box<Part>, Box<Part>),
    /// `&&` or `||` over two or more.
    Many(&'static str, Vec<Part>),
    If(Box<Part>, Box<Part>, Box<Part>),
}

/// Reads a whole expression.
pub fn parse(text: &str) -> Result<Part, ExpressionError> {
    let tokens = lex(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        depth: 0,
    };
    let part = parser.expression()?;
    match parser.peek() {
        Kind::End => Ok(part),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'a, 't> {
    tokens: &'a [Token<'t>],
    next: usize,
    depth: usize,
}

type Parsed = Result<Part, ExpressionError>;

impl<'t> Parser<'_, 't> {
    fn peek(&self) -> &Kind<'t> {
        self.tokens
            .get(self.next)
            .map_or(&Kind::End, |token| &token.kind)
    }

    fn at(&self) -> usize {
        let last = self.tokens.last();
        let token = self.tokens.get(self.next).or(last);
        token.map_or(0, |token| token.at)
    }

    fn take(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        let Kind::Sign(sign) = *self.peek() else {
            return None;
        };
        let found = signs.iter().find(|wanted| **wanted == sign)?;
        self.next += 1;
        Some(found)
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), ExpressionError> {
        match self.take(&[sign]) {
            Some(_) => Ok(()),
            None => Err(self.unexpected(&format!("{sign:?}"))),
        }
    }

    fn unexpected(&self, expected: &str) -> ExpressionError {
        let found = match self.peek() {
            Kind::Name(name) => format!("{name:?}"),
            Kind::Text(_) => "a text".to_owned(),
            Kind::Whole(_) | Kind::Number(_) => "a number".to_owned(),
            Kind::Sign(sign) => format!("{sign:?}"),
            Kind::End => "the end".to_owned(),
        };
        ExpressionError::new(self.at(), format!("found {found}, expected {expected}"))
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            let message = format!("nested deeper than {MOST_DEPTH}");
            return Err(ExpressionError::new(self.at(), message));
        }
        let part = read(self);
        self.depth -= 1;
        part
    }

    fn expression(&mut self) -> Parsed {
        self.deeper(|parser| {
            let at = parser.at();
            let condition = parser.any()?;
            if parser.take(&["?"]).is_none() {
                return Ok(condition);
            }
            let yes = parser.any()?;
            parser.expect(":")?;
            let no = parser.expression()?;
            let kind = PartKind::If(Box::new(condition), Box::new(yes), Box::new(no));
            Ok(Part { at, kind })
        })
    }

    fn any(&mut self) -> Parsed {
        self.many("||", Self::all)
    }

    fn all(&mut self) -> Parsed {
        self.many("&&", Self::relation)
    }

    fn many(&mut self, sign: &'static str, read: fn(&mut Self) -> Parsed) -> Parsed {
        let at = self.at();
        let first = read(self)?;
        if self.take(&[sign]).is_none() {
            return Ok(first);
        }
        let mut parts = vec![first, read(self)?];
        while self.take(&[sign]).is_some() {
            parts.push(read(self)?);
        }
        let kind = PartKind::Many(sign, parts);
        Ok(Part { at, kind })
    }

    fn relation(&mut self) -> Parsed {
        let at = self.at();
        let left = self.sum()?;
        let sign = match self.peek() {
            Kind::Name("in") => {
                self.next += 1;
                Some("in")
            }
            _ => self.take(&["==", "!=", "<=", ">=", "<", ">"]),
        };
        let Some(sign) = sign else {
            return Ok(left);
        };
        let right = self.sum()?;
        let kind = PartKind::Binary(sign, Box::new(left), Box::new(right));
        // CEL would compare the outcome of a comparison; nobody means that in a policy.
        if matches!(
            self.peek(),
            Kind::Name("in") | Kind::Sign("==" | "!=" | "<=" | ">=" | "<" | ">")
        ) {
            return Err(self.unexpected("\"&&\" between two comparisons"));
        }
        Ok(Part { at, kind })
    }

    fn sum(&mut self) -> Parsed {
        self.chain(&["+", "-"], |parser| {
            parser.chain(&["*", "/", "%"], Self::unary)
        })
    }

    /// Operators of one rank, from the left. Each makes the tree deeper by one.
    fn chain(&mut self, signs: &[&'static str], read: impl Fn(&mut Self) -> Parsed) -> Parsed {
        let at = self.at();
        let mut left = read(self)?;
        let mut length = 0;
        while let Some(sign) = self.take(signs) {
            length += 1;
            if self.depth + length > MOST_DEPTH {
                let message = format!("more than {MOST_DEPTH} operators in a row");
                return Err(ExpressionError::new(self.at(), message));
            }
            let right = read(self)?;
            let kind = PartKind::Binary(sign, Box::new(left), Box::new(right));
            left = Part { at, kind };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        let at = self.at();
        match self.take(&["!", "-"]) {
            Some(sign) => self.deeper(|parser| {
                let inner = Box::new(parser.unary()?);
                let kind = match sign {
                    "!" => PartKind::Not(inner),
                    _ => PartKind::Negate(inner),
                };
                Ok(Part { at, kind })
            }),
            None => self.member(),
        }
    }

    fn member(&mut self) -> Parsed {
        let at = self.at();
        let mut part = self.primary()?;
        let mut length = 0;
        while self.take(&["."]).is_some() {
            length += 1;
            if self.depth + length > MOST_DEPTH {
                let message = format!("more than {MOST_DEPTH} members in a row");
                return Err(ExpressionError::new(self.at(), message));
            }
            let Kind::Name(name) = *self.peek() else {
                return Err(self.unexpected("a name after the dot"));
            };
            self.next += 1;
            let kind = match self.take(&["("]) {
                Some(_) => {
                    let arguments = self.list(")")?;
                    PartKind::Call(Some(Box::new(part)), name.to_owned(), arguments)
                }
                None => PartKind::Select(Box::new(part), name.to_owned()),
            };
            part = Part { at, kind };
        }
        if matches!(self.peek(), Kind::Sign("[")) {
            return Err(
                self.unexpected("an operator; lists are read with \"in\", exists() or all()")
            );
        }
        Ok(part)
    }

    fn primary(&mut self) -> Parsed {
        let at = self.at();
        let kind = match self.peek().clone() {
            Kind::Name("in") => return Err(self.unexpected("a value")),
            Kind::Name(name) => {
                self.next += 1;
                match (name, self.take(&["("])) {
                    ("true", None) => PartKind::Bool(true),
                    ("false", None) => PartKind::Bool(false),
                    (_, Some(_)) => PartKind::Call(None, name.to_owned(), self.list(")")?),
                    (_, None) => PartKind::Name(name.to_owned()),
                }
            }
            Kind::Text(text) => {
                self.next += 1;
                PartKind::Text(text)
            }
            Kind::Whole(number) => {
                self.next += 1;
                PartKind::Whole(number)
            }
            Kind::Number(number) => {
                self.next += 1;
                PartKind::Number(number)
            }
            Kind::Sign("(") => {
                self.next += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(Part { at, ..inner });
            }
            Kind::Sign("[") => {
                self.next += 1;
                PartKind::List(self.list("]")?)
            }
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Part { at, kind })
    }

    fn list(&mut self, end: &'static str) -> Result<Vec<Part>, ExpressionError> {
        let mut parts = Vec::new();
        while self.take(&[end]).is_none() {
            if !parts.is_empty() {
                self.expect(",")?;
                if self.take(&[end]).is_some() {
                    break;
                }
            }
            parts.push(self.expression()?);
        }
        Ok(parts)
    }
}
