//! Runs a checked expression, each part by its type. It cannot fail: what nobody knows names its field.

use std::cmp::Ordering;

use super::node::{Arithmetic, Compared, Node, Order, Search};
use crate::policy::field::{Field, Read, Scope};

/// The outcome of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// Nobody knows this value, and it would decide.
    Unknown(&'static str),
}

/// Evaluates a condition.
pub fn evaluate<'a>(node: &'a Node, scope: &Scope<'a>) -> Truth {
    let mut run = Run {
        scope,
        items: Vec::new(),
        unknown: "",
    };
    match run.holds(node) {
        Some(true) => Truth::Yes,
        Some(false) => Truth::No,
        None => Truth::Unknown(run.unknown),
    }
}

/// One evaluation. The value of a part is `None` where nobody knows it; `unknown` then is the field that would decide.
struct Run<'a, 's> {
    scope: &'s Scope<'a>,
    /// The entries at which the macros around a part are, the outermost first.
    items: Vec<&'a str>,
    unknown: &'static str,
}

impl<'a> Run<'a, '_> {
    /// Whether a part holds.
    fn holds(&mut self, node: &'a Node) -> Option<bool> {
        match node {
            Node::Bool(value) => Some(*value),
            Node::Field(field) => match field.read {
                Read::Bool(read) => self.known(field, read(self.scope)),
                _ => mistyped(false),
            },
            Node::Has(field) => Some(field.is_known(self.scope)),
            Node::Not(inner) => self.holds(inner).map(|holds| !holds),
            Node::All(parts) => self.many(parts, false, Self::holds),
            Node::Any(parts) => self.many(parts, true, Self::holds),
            Node::If(parts) => {
                let part = self.branch(parts)?;
                self.holds(part)
            }
            Node::Compare(order, sides) => self.compare(*order, sides),
            Node::InTexts(sides) => {
                let item = self.text(&sides[0])?;
                let mut list = self.texts(&sides[1])?.iter();
                Some(list.any(|text| text == item))
            }
            Node::InNumbers(sides) => {
                let item = self.number(&sides[0])?;
                Some(self.numbers(&sides[1])?.contains(&item))
            }
            Node::Search(how, sides) => {
                let text = self.text(&sides[0])?;
                Some(search(*how, text, self.text(&sides[1])?))
            }
            Node::Matches(inner, pattern) => Some(pattern.is_match(self.text(inner)?)),
            Node::Each { all, list, body } => {
                let list = self.texts(list)?.iter().take(super::check::MOST_ITEMS);
                self.many(list, !all, |run, item| {
                    run.items.push(item);
                    let holds = run.holds(body);
                    run.items.pop();
                    holds
                })
            }
            Node::Shared(inner) => self.holds(inner),
            _ => mistyped(false),
        }
    }

    /// `&&` and `||`: one part that decides is enough, whatever the others are. Else the first that nobody knows counts.
    fn many<T>(
        &mut self,
        parts: impl IntoIterator<Item = T>,
        decides: bool,
        holds: impl Fn(&mut Self, T) -> Option<bool>,
    ) -> Option<bool> {
        let mut unknown = None;
        for part in parts {
            match holds(self, part) {
                Some(found) if found == decides => return Some(decides),
                Some(_) => {}
                None => unknown = unknown.or(Some(self.unknown)),
            }
        }
        self.unknown = match unknown {
            Some(first) => first,
            None => return Some(!decides),
        };
        None
    }

    fn compare(&mut self, order: Order, sides: &'a Compared) -> Option<bool> {
        let ordering = match sides {
            Compared::Texts(sides) => {
                let left = self.text(&sides[0])?;
                let right = self.text(&sides[1])?;
                // Most conditions ask whether two texts are the same; their lengths mostly tell that they are not.
                match order {
                    Order::Equal => return Some(left == right),
                    Order::NotEqual => return Some(left != right),
                    _ => Some(left.cmp(right)),
                }
            }
            Compared::Numbers(sides) => {
                let left = self.number(&sides[0])?;
                left.partial_cmp(&self.number(&sides[1])?)
            }
            Compared::Bools(sides) => {
                let left = self.holds(&sides[0])?;
                Some(left.cmp(&self.holds(&sides[1])?))
            }
        };
        Some(match order {
            Order::Equal => ordering.is_some_and(Ordering::is_eq),
            Order::NotEqual => ordering.is_none_or(Ordering::is_ne),
            Order::Less => ordering.is_some_and(Ordering::is_lt),
            Order::AtMost => ordering.is_some_and(Ordering::is_le),
            Order::Greater => ordering.is_some_and(Ordering::is_gt),
            Order::AtLeast => ordering.is_some_and(Ordering::is_ge),
        })
    }

    fn number(&mut self, node: &'a Node) -> Option<f64> {
        match node {
            Node::Number(value) => Some(*value),
            Node::Field(field) => match field.read {
                Read::Number(read) => self.known(field, read(self.scope)),
                _ => mistyped(0.0),
            },
            Node::If(parts) => {
                let part = self.branch(parts)?;
                self.number(part)
            }
            Node::Negate(inner) => self.number(inner).map(|value| -value),
            Node::Calculate(how, sides) => {
                let left = self.number(&sides[0])?;
                let right = self.number(&sides[1])?;
                Some(match how {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                })
            }
            Node::SizeOfText(inner) => Some(self.text(inner)?.chars().count() as f64),
            Node::SizeOfTexts(inner) => Some(self.texts(inner)?.len() as f64),
            Node::SizeOfNumbers(inner) => Some(self.numbers(inner)?.len() as f64),
            _ => mistyped(0.0),
        }
    }

    fn text(&mut self, node: &'a Node) -> Option<&'a str> {
        match node {
            Node::Text(text) => Some(text),
            Node::Field(field) => match field.read {
                Read::Text(read) => self.known(field, read(self.scope)),
                _ => mistyped(""),
            },
            Node::Item(place) => Some(self.items.get(*place).copied().unwrap_or_default()),
            Node::If(parts) => {
                let part = self.branch(parts)?;
                self.text(part)
            }
            _ => mistyped(""),
        }
    }

    fn texts(&mut self, node: &'a Node) -> Option<&'a [String]> {
        match node {
            Node::Texts(texts) => Some(texts),
            Node::Field(field) => match field.read {
                Read::Texts(read) => self.known(field, read(self.scope)),
                _ => mistyped(&[]),
            },
            Node::If(parts) => {
                let part = self.branch(parts)?;
                self.texts(part)
            }
            _ => mistyped(&[]),
        }
    }

    fn numbers(&mut self, node: &'a Node) -> Option<&'a [f64]> {
        match node {
            Node::Numbers(numbers) => Some(numbers),
            Node::If(parts) => {
                let part = self.branch(parts)?;
                self.numbers(part)
            }
            _ => mistyped(&[]),
        }
    }

    /// The part of `? :` that counts.
    fn branch(&mut self, parts: &'a [Node; 3]) -> Option<&'a Node> {
        let [condition, yes, no] = parts;
        Some(match self.holds(condition)? {
            true => yes,
            false => no,
        })
    }

    /// The value of a field; the first that is not known stops the part that needs it.
    fn known<T>(&mut self, field: &'static Field, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.unknown = field.full;
        }
        value
    }
}

fn search(how: Search, text: &str, part: &str) -> bool {
    match how {
        Search::Contains => text.contains(part),
        Search::Starts => text.starts_with(part),
        Search::Ends => text.ends_with(part),
    }
}

/// A part of another type than the one that is asked for: the checker lets none through.
fn mistyped<T>(nothing: T) -> Option<T> {
    debug_assert!(false, "the types of an expression were checked");
    Some(nothing)
}
