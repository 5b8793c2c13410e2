//! Runs a checked expression. It cannot fail: what is not known is a value.

use super::node::{Arithmetic, Node, Order, Search};
use crate::policy::field::Scope;

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

/// The value of a part of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// True or false.
    Bool(bool),
    /// A number; whole ones too.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// A list of texts.
    Texts(&'a [String]),
    /// A list of numbers.
    Numbers(&'a [f64]),
    /// Nobody knows it: the name of the field.
    Unknown(&'static str),
}

/// Evaluates a condition.
pub fn evaluate<'a>(node: &'a Node, scope: &Scope<'a>) -> Truth {
    match value(node, scope, &mut Vec::new()) {
        Value::Bool(true) => Truth::Yes,
        Value::Unknown(field) => Truth::Unknown(field),
        _ => Truth::No,
    }
}

/// The value of a part; `items` are those of the macros around it, the outermost first.
pub fn value<'a>(node: &'a Node, scope: &Scope<'a>, items: &mut Vec<&'a str>) -> Value<'a> {
    match node {
        Node::Bool(value) => Value::Bool(*value),
        Node::Number(value) => Value::Number(*value),
        Node::Text(text) => Value::Text(text),
        Node::Texts(texts) => Value::Texts(texts),
        Node::Numbers(numbers) => Value::Numbers(numbers),
        Node::Field(field) => field.value(scope),
        Node::Has(field) => Value::Bool(!matches!(field.value(scope), Value::Unknown(_))),
        Node::Item(place) => Value::Text(items.get(*place).copied().unwrap_or_default()),
        Node::Not(inner) => match value(inner, scope, items) {
            Value::Bool(value) => Value::Bool(!value),
            other => other,
        },
        Node::Negate(inner) => match value(inner, scope, items) {
            Value::Number(value) => Value::Number(-value),
            other => other,
        },
        Node::All(parts) => many(parts, false, scope, items),
        Node::Any(parts) => many(parts, true, scope, items),
        Node::If(parts) => match value(&parts[0], scope, items) {
            Value::Bool(true) => value(&parts[1], scope, items),
            Value::Bool(false) => value(&parts[2], scope, items),
            other => other,
        },
        Node::Compare(order, sides) => pair(sides, scope, items, |a, b| compare(*order, a, b)),
        Node::Calculate(how, sides) => pair(sides, scope, items, |a, b| calculate(*how, a, b)),
        Node::In(sides) => pair(sides, scope, items, contains),
        Node::Search(how, sides) => pair(sides, scope, items, |a, b| search(*how, a, b)),
        Node::Size(inner) => match value(inner, scope, items) {
            Value::Text(text) => Value::Number(text.chars().count() as f64),
            Value::Texts(list) => Value::Number(list.len() as f64),
            Value::Numbers(list) => Value::Number(list.len() as f64),
            other => other,
        },
        Node::Matches(inner, pattern) => match value(inner, scope, items) {
            Value::Text(text) => Value::Bool(pattern.is_match(text)),
            other => other,
        },
        Node::Each { all, list, body } => match value(list, scope, items) {
            Value::Texts(list) => each(*all, list, body, scope, items),
            other => other,
        },
        Node::Shared(inner) => value(inner, scope, items),
    }
}

/// `&&` and `||`: one part that decides is enough, whatever the others are.
fn many<'a>(
    parts: &'a [Node],
    decides: bool,
    scope: &Scope<'a>,
    items: &mut Vec<&'a str>,
) -> Value<'a> {
    let mut outcome = Value::Bool(!decides);
    for part in parts {
        match value(part, scope, items) {
            Value::Bool(found) if found == decides => return Value::Bool(decides),
            unknown @ Value::Unknown(_) if matches!(outcome, Value::Bool(_)) => outcome = unknown,
            _ => {}
        }
    }
    outcome
}

fn each<'a>(
    all: bool,
    list: &'a [String],
    body: &'a Node,
    scope: &Scope<'a>,
    items: &mut Vec<&'a str>,
) -> Value<'a> {
    let mut outcome = Value::Bool(all);
    for item in list.iter().take(super::check::MOST_ITEMS) {
        items.push(item);
        let found = value(body, scope, items);
        items.pop();
        match found {
            Value::Bool(found) if found != all => return Value::Bool(!all),
            unknown @ Value::Unknown(_) if matches!(outcome, Value::Bool(_)) => outcome = unknown,
            _ => {}
        }
    }
    outcome
}

fn pair<'a>(
    sides: &'a [Node; 2],
    scope: &Scope<'a>,
    items: &mut Vec<&'a str>,
    then: impl FnOnce(Value<'a>, Value<'a>) -> Value<'a>,
) -> Value<'a> {
    let left = value(&sides[0], scope, items);
    if let Value::Unknown(_) = left {
        return left;
    }
    let right = value(&sides[1], scope, items);
    if let Value::Unknown(_) = right {
        return right;
    }
    then(left, right)
}

fn compare<'a>(order: Order, left: Value<'a>, right: Value<'a>) -> Value<'a> {
    // Most conditions ask whether two texts are the same; their lengths mostly tell that they are not.
    if let (Value::Text(a), Value::Text(b), Order::Equal | Order::NotEqual) = (left, right, order) {
        return Value::Bool((a == b) == (order == Order::Equal));
    }
    let ordering = match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(&b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(&b)),
        _ => None,
    };
    let Some(ordering) = ordering else {
        return Value::Bool(order == Order::NotEqual);
    };
    Value::Bool(match order {
        Order::Equal => ordering.is_eq(),
        Order::NotEqual => ordering.is_ne(),
        Order::Less => ordering.is_lt(),
        Order::AtMost => ordering.is_le(),
        Order::Greater => ordering.is_gt(),
        Order::AtLeast => ordering.is_ge(),
    })
}

fn calculate<'a>(how: Arithmetic, left: Value<'a>, right: Value<'a>) -> Value<'a> {
    let (Value::Number(a), Value::Number(b)) = (left, right) else {
        return Value::Bool(false);
    };
    Value::Number(match how {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
    })
}

fn contains<'a>(item: Value<'a>, list: Value<'a>) -> Value<'a> {
    Value::Bool(match (item, list) {
        (Value::Text(item), Value::Texts(list)) => list.iter().any(|text| text == item),
        (Value::Number(item), Value::Numbers(list)) => list.contains(&item),
        _ => false,
    })
}

fn search<'a>(how: Search, text: Value<'a>, part: Value<'a>) -> Value<'a> {
    let (Value::Text(text), Value::Text(part)) = (text, part) else {
        return Value::Bool(false);
    };
    Value::Bool(match how {
        Search::Contains => text.contains(part),
        Search::Starts => text.starts_with(part),
        Search::Ends => text.ends_with(part),
    })
}
