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

/// A value, or the field that nobody knows and that would decide.
type Known<T> = Result<T, &'static Field>;

/// The entries at which the macros around a part are, the outermost first.
type Items<'a> = Vec<&'a str>;

/// Evaluates a condition.
pub fn evaluate<'a>(node: &'a Node, scope: &Scope<'a>) -> Truth {
    match holds(node, scope, &mut Vec::new()) {
        Ok(true) => Truth::Yes,
        Ok(false) => Truth::No,
        Err(field) => Truth::Unknown(field.full),
    }
}

/// Whether a part holds.
pub fn holds<'a>(node: &'a Node, scope: &Scope<'a>, items: &mut Items<'a>) -> Known<bool> {
    match node {
        Node::Bool(value) => Ok(*value),
        Node::Field(field) => match field.read {
            Read::Bool(read) => read(scope).ok_or(field),
            _ => mistyped(false),
        },
        Node::Has(field) => Ok(field.is_known(scope)),
        Node::Not(inner) => holds(inner, scope, items).map(|holds| !holds),
        Node::All(parts) => many(parts, false, |part| holds(part, scope, items)),
        Node::Any(parts) => many(parts, true, |part| holds(part, scope, items)),
        Node::If(parts) => holds(branch(parts, scope, items)?, scope, items),
        Node::Compare(order, sides) => compare(*order, sides, scope, items),
        Node::InTexts(sides) => {
            let item = text(&sides[0], scope, items)?;
            Ok(texts(&sides[1], scope, items)?
                .iter()
                .any(|text| text == item))
        }
        Node::InNumbers(sides) => {
            let item = number(&sides[0], scope, items)?;
            Ok(numbers(&sides[1], scope, items)?.contains(&item))
        }
        Node::Search(how, sides) => {
            let whole = text(&sides[0], scope, items)?;
            Ok(search(*how, whole, text(&sides[1], scope, items)?))
        }
        Node::Matches(inner, pattern) => Ok(pattern.is_match(text(inner, scope, items)?)),
        Node::Each { all, list, body } => {
            let list = texts(list, scope, items)?;
            let list = list.iter().take(super::check::MOST_ITEMS);
            many(list, !all, |item| {
                items.push(item);
                let found = holds(body, scope, items);
                items.pop();
                found
            })
        }
        Node::Shared(inner) => holds(inner, scope, items),
        _ => mistyped(false),
    }
}

/// `&&` and `||`: one part that decides is enough, whatever the others are. Else the first that nobody knows counts.
fn many<T>(
    parts: impl IntoIterator<Item = T>,
    decides: bool,
    mut holds: impl FnMut(T) -> Known<bool>,
) -> Known<bool> {
    let mut outcome = Ok(!decides);
    for part in parts {
        match holds(part) {
            Ok(found) if found == decides => return Ok(decides),
            Ok(_) => {}
            unknown => outcome = outcome.and(unknown),
        }
    }
    outcome
}

fn compare<'a>(
    order: Order,
    sides: &'a Compared,
    scope: &Scope<'a>,
    items: &mut Items<'a>,
) -> Known<bool> {
    let ordering = match sides {
        Compared::Texts(sides) => {
            let left = text(&sides[0], scope, items)?;
            let right = text(&sides[1], scope, items)?;
            // Most conditions ask whether two texts are the same; their lengths mostly tell that they are not.
            match order {
                Order::Equal => return Ok(left == right),
                Order::NotEqual => return Ok(left != right),
                _ => Some(left.cmp(right)),
            }
        }
        Compared::Numbers(sides) => {
            let left = number(&sides[0], scope, items)?;
            left.partial_cmp(&number(&sides[1], scope, items)?)
        }
        Compared::Bools(sides) => {
            let left = holds(&sides[0], scope, items)?;
            Some(left.cmp(&holds(&sides[1], scope, items)?))
        }
    };
    Ok(match order {
        Order::Equal => ordering.is_some_and(Ordering::is_eq),
        Order::NotEqual => ordering.is_none_or(Ordering::is_ne),
        Order::Less => ordering.is_some_and(Ordering::is_lt),
        Order::AtMost => ordering.is_some_and(Ordering::is_le),
        Order::Greater => ordering.is_some_and(Ordering::is_gt),
        Order::AtLeast => ordering.is_some_and(Ordering::is_ge),
    })
}

fn search(how: Search, text: &str, part: &str) -> bool {
    match how {
        Search::Contains => text.contains(part),
        Search::Starts => text.starts_with(part),
        Search::Ends => text.ends_with(part),
    }
}

#[inline]
fn number<'a>(node: &'a Node, scope: &Scope<'a>, items: &mut Items<'a>) -> Known<f64> {
    match node {
        Node::Number(value) => Ok(*value),
        Node::Field(field) => match field.read {
            Read::Number(read) => read(scope).ok_or(field),
            _ => mistyped(0.0),
        },
        Node::If(parts) => number(branch(parts, scope, items)?, scope, items),
        Node::Negate(inner) => number(inner, scope, items).map(|value| -value),
        Node::Calculate(how, sides) => {
            let left = number(&sides[0], scope, items)?;
            let right = number(&sides[1], scope, items)?;
            Ok(match how {
                Arithmetic::Add => left + right,
                Arithmetic::Subtract => left - right,
                Arithmetic::Multiply => left * right,
            })
        }
        Node::SizeOfText(inner) => Ok(text(inner, scope, items)?.chars().count() as f64),
        Node::SizeOfTexts(inner) => Ok(texts(inner, scope, items)?.len() as f64),
        Node::SizeOfNumbers(inner) => Ok(numbers(inner, scope, items)?.len() as f64),
        _ => mistyped(0.0),
    }
}

#[inline]
fn text<'a>(node: &'a Node, scope: &Scope<'a>, items: &mut Items<'a>) -> Known<&'a str> {
    match node {
        Node::Text(text) => Ok(text),
        Node::Field(field) => match field.read {
            Read::Text(read) => read(scope).ok_or(field),
            _ => mistyped(""),
        },
        Node::Item(place) => Ok(items.get(*place).copied().unwrap_or_default()),
        Node::If(parts) => text(branch(parts, scope, items)?, scope, items),
        _ => mistyped(""),
    }
}

#[inline]
fn texts<'a>(node: &'a Node, scope: &Scope<'a>, items: &mut Items<'a>) -> Known<&'a [String]> {
    match node {
        Node::Texts(texts) => Ok(texts),
        Node::Field(field) => match field.read {
            Read::Texts(read) => read(scope).ok_or(field),
            _ => mistyped(&[]),
        },
        Node::If(parts) => texts(branch(parts, scope, items)?, scope, items),
        _ => mistyped(&[]),
    }
}

fn numbers<'a>(node: &'a Node, scope: &Scope<'a>, items: &mut Items<'a>) -> Known<&'a [f64]> {
    match node {
        Node::Numbers(numbers) => Ok(numbers),
        Node::If(parts) => numbers(branch(parts, scope, items)?, scope, items),
        _ => mistyped(&[]),
    }
}

/// The part of `? :` that counts.
fn branch<'a>(parts: &'a [Node; 3], scope: &Scope<'a>, items: &mut Items<'a>) -> Known<&'a Node> {
    let [condition, yes, no] = parts;
    Ok(match holds(condition, scope, items)? {
        true => yes,
        false => no,
    })
}

/// A part of another type than the one that is asked for: the checker lets none through.
fn mistyped<T>(nothing: T) -> Known<T> {
    debug_assert!(false, "the types of an expression were checked");
    Ok(nothing)
}
