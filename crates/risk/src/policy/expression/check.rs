//! Resolves names, checks types and counts steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::node::{Arithmetic, Compared, Expression, Node, Order, Search};
use super::parse::{Part, PartKind, parse};
use super::{ExpressionError, MOST_STEPS};
use crate::document::shown;
use crate::policy::field::{FIELDS, Field, Kind, Root};

/// Most entries of a list that a macro visits; lists of facts have no more.
pub const MOST_ITEMS: usize = 64;
/// Steps that a search in a text counts for.
const SEARCH_STEPS: u64 = 20;
/// Steps that a regular expression counts for.
const MATCH_STEPS: u64 = 200;
/// Most memory of a compiled regular expression, in bytes.
const MOST_PATTERN: usize = 64 * 1024;

/// What an expression may name besides the fields.
#[derive(Debug, Default)]
pub struct Names<'a> {
    /// Values that the policy names, already checked.
    pub values: BTreeMap<String, Expression>,
    /// The field roots that are known where the expression runs.
    pub roots: &'a [Root],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Bool,
    Whole,
    Number,
    Text,
    Texts,
    Numbers,
}

impl Type {
    fn word(self) -> &'static str {
        match self {
            Type::Bool => "true or false",
            Type::Whole => "a whole number",
            Type::Number => "a number",
            Type::Text => "a text",
            Type::Texts => "a list of texts",
            Type::Numbers => "a list of numbers",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Type::Whole | Type::Number)
    }
}

/// Reads and checks a condition.
///
/// # Errors
/// With the byte of the expression and what was expected there.
pub fn check(text: &str, names: &Names<'_>) -> Result<Expression, ExpressionError> {
    let part = parse(text)?;
    let mut checker = Checker {
        names,
        items: Vec::new(),
        fields: Vec::new(),
        steps: 0,
        factor: 1,
    };
    let node = checker.typed(&part, Type::Bool)?;
    Ok(Expression {
        text: text.to_owned(),
        node: Arc::new(node),
        fields: checker.fields,
        steps: checker.steps,
    })
}

struct Checker<'a> {
    names: &'a Names<'a>,
    items: Vec<String>,
    fields: Vec<&'static Field>,
    steps: u64,
    /// How often the part that is being checked may run.
    factor: u64,
}

type Checked<T> = Result<T, ExpressionError>;

impl Checker<'_> {
    fn step(&mut self, steps: u64, at: usize) -> Checked<()> {
        let cost = self.factor.saturating_mul(steps);
        self.steps = self.steps.saturating_add(cost);
        if self.steps > MOST_STEPS {
            let message = format!(
                "the expression may take more than {MOST_STEPS} steps: nest fewer macros or use fewer patterns"
            );
            return Err(ExpressionError::new(at, message));
        }
        Ok(())
    }

    fn typed(&mut self, part: &Part, expected: Type) -> Checked<Node> {
        let (node, found) = self.part(part)?;
        match found == expected {
            true => Ok(node),
            false => Err(wrong(part.at, found, expected.word())),
        }
    }

    fn part(&mut self, part: &Part) -> Checked<(Node, Type)> {
        self.step(1, part.at)?;
        Ok(match &part.kind {
            PartKind::Bool(value) => (Node::Bool(*value), Type::Bool),
            PartKind::Whole(number) => (Node::Number(*number as f64), Type::Whole),
            PartKind::Number(number) => (Node::Number(*number), Type::Number),
            PartKind::Text(text) => (Node::Text(text.clone()), Type::Text),
            PartKind::List(items) => self.list(items, part.at)?,
            PartKind::Name(name) => self.name(name, part.at)?,
            PartKind::Select(..) => {
                let (field, kind) = self.field(part)?;
                (Node::Field(field), kind)
            }
            PartKind::Call(target, name, arguments) => {
                self.call(target.as_deref(), name, arguments, part.at)?
            }
            PartKind::Not(inner) => {
                let inner = self.typed(inner, Type::Bool)?;
                (Node::Not(Box::new(inner)), Type::Bool)
            }
            PartKind::Negate(inner) => {
                let (node, kind) = self.part(inner)?;
                if !kind.is_number() {
                    return Err(wrong(inner.at, kind, "a number"));
                }
                (Node::Negate(Box::new(node)), kind)
            }
            PartKind::Many(sign, parts) => {
                let nodes = parts.iter().map(|part| self.typed(part, Type::Bool));
                let nodes = nodes.collect::<Checked<Vec<_>>>()?;
                let node = match *sign {
                    "&&" => Node::All(nodes),
                    _ => Node::Any(nodes),
                };
                (node, Type::Bool)
            }
            PartKind::If(condition, yes, no) => {
                let condition = self.typed(condition, Type::Bool)?;
                let (yes, kind) = self.part(yes)?;
                let no = self.typed(no, kind)?;
                (Node::If(Box::new([condition, yes, no])), kind)
            }
            PartKind::Binary(sign, left, right) => self.binary(sign, left, right, part.at)?,
        })
    }

    fn binary(
        &mut self,
        sign: &'static str,
        left: &Part,
        right: &Part,
        at: usize,
    ) -> Checked<(Node, Type)> {
        let (a, left_type) = self.part(left)?;
        let (b, right_type) = self.part(right)?;
        let sides = Box::new([a, b]);
        if sign == "in" {
            let expected = match right_type {
                Type::Texts => Type::Text,
                Type::Numbers => Type::Number,
                _ => return Err(wrong(right.at, right_type, "a list")),
            };
            if left_type != expected && !(expected == Type::Number && left_type.is_number()) {
                return Err(wrong(left.at, left_type, expected.word()));
            }
            self.step(MOST_ITEMS as u64, at)?;
            let node = match expected {
                Type::Text => Node::InTexts(sides),
                _ => Node::InNumbers(sides),
            };
            return Ok((node, Type::Bool));
        }
        let arithmetic = match sign {
            "+" => Some(Arithmetic::Add),
            "-" => Some(Arithmetic::Subtract),
            "*" => Some(Arithmetic::Multiply),
            "/" | "%" => {
                return Err(ExpressionError::new(
                    at,
                    format!("{sign:?} is not supported"),
                ));
            }
            _ => None,
        };
        if let Some(how) = arithmetic {
            if !left_type.is_number() {
                return Err(wrong(left.at, left_type, "a number"));
            }
            if right_type != left_type {
                let expected = format!("{} as on the left", left_type.word());
                return Err(wrong(right.at, right_type, &expected));
            }
            return Ok((Node::Calculate(how, sides), left_type));
        }
        let order = match sign {
            "==" => Order::Equal,
            "!=" => Order::NotEqual,
            "<" => Order::Less,
            "<=" => Order::AtMost,
            ">" => Order::Greater,
            _ => Order::AtLeast,
        };
        let fit = left_type == right_type || left_type.is_number() && right_type.is_number();
        if !fit || matches!(left_type, Type::Texts | Type::Numbers) {
            let expected = match left_type {
                Type::Texts | Type::Numbers => "\"in\", exists() or all() with a list".to_owned(),
                other => format!("{} as on the left", other.word()),
            };
            return Err(wrong(right.at, right_type, &expected));
        }
        let sides = match left_type {
            Type::Bool => Compared::Bools(sides),
            Type::Text => Compared::Texts(sides),
            _ => Compared::Numbers(sides),
        };
        Ok((Node::Compare(order, sides), Type::Bool))
    }

    fn list(&mut self, items: &[Part], at: usize) -> Checked<(Node, Type)> {
        if items.len() > MOST_ITEMS {
            let message = format!("a list of more than {MOST_ITEMS} entries");
            return Err(ExpressionError::new(at, message));
        }
        let mut texts = Vec::new();
        let mut numbers = Vec::new();
        for item in items {
            match &item.kind {
                PartKind::Text(text) => texts.push(text.clone()),
                PartKind::Whole(number) => numbers.push(*number as f64),
                PartKind::Number(number) => numbers.push(*number),
                _ => {
                    return Err(ExpressionError::new(
                        item.at,
                        "a list holds constant texts or constant numbers",
                    ));
                }
            }
        }
        match (texts.is_empty(), numbers.is_empty()) {
            (false, false) => Err(ExpressionError::new(
                at,
                "a list holds texts or numbers, not both",
            )),
            (true, false) => Ok((Node::Numbers(numbers), Type::Numbers)),
            _ => Ok((Node::Texts(texts), Type::Texts)),
        }
    }

    fn name(&mut self, name: &str, at: usize) -> Checked<(Node, Type)> {
        if let Some(place) = self.items.iter().rposition(|item| item == name) {
            return Ok((Node::Item(place), Type::Text));
        }
        if let Some(value) = self.names.values.get(name) {
            self.step(value.steps(), at)?;
            for field in value.fields() {
                self.read(field);
            }
            return Ok((Node::Shared(value.node.clone()), Type::Bool));
        }
        let mut known: Vec<&str> = self.names.roots.iter().map(|root| root.word()).collect();
        known.extend(self.names.values.keys().map(String::as_str));
        known.extend(self.items.iter().map(String::as_str));
        let is_root = Root::ALL.iter().find(|root| root.word() == name);
        let message = match is_root {
            Some(root) if self.names.roots.contains(root) => {
                format!(
                    "{name} alone is no value: expected a field of it, such as {}",
                    example(*root)
                )
            }
            Some(_) => format!(
                "{name} is not known here: expected one of {}",
                known.join(", ")
            ),
            None => format!(
                "unknown variable {:?}: expected one of {}",
                shown(name),
                known.join(", ")
            ),
        };
        Err(ExpressionError::new(at, message))
    }

    fn field(&mut self, part: &Part) -> Checked<(&'static Field, Type)> {
        let PartKind::Select(target, name) = &part.kind else {
            return Err(ExpressionError::new(
                part.at,
                "a field was expected, such as signals.epss",
            ));
        };
        let PartKind::Name(root) = &target.kind else {
            return Err(ExpressionError::new(
                part.at,
                "only finding, asset, signals and decision have fields",
            ));
        };
        let known = Root::ALL.iter().find(|known| known.word() == root.as_str());
        let Some(found) = known.filter(|root| self.names.roots.contains(root)) else {
            return self.name(root, part.at).and_then(|_| {
                let message = format!("{} has no fields", shown(root));
                Err(ExpressionError::new(part.at, message))
            });
        };
        let fields = FIELDS.iter().filter(|field| field.root == *found);
        let Some(field) = fields.clone().find(|field| field.name == name.as_str()) else {
            let names: Vec<&str> = fields.map(|field| field.name).collect();
            let message = format!(
                "unknown field {:?} of {root}: expected one of {}",
                shown(name),
                names.join(", ")
            );
            return Err(ExpressionError::new(part.at, message));
        };
        self.read(field);
        let kind = match field.kind {
            Kind::Bool => Type::Bool,
            Kind::Whole => Type::Whole,
            Kind::Number => Type::Number,
            Kind::Text => Type::Text,
            Kind::Texts => Type::Texts,
        };
        Ok((field, kind))
    }

    fn read(&mut self, field: &'static Field) {
        if !self.fields.iter().any(|known| std::ptr::eq(*known, field)) {
            self.fields.push(field);
        }
    }

    fn call(
        &mut self,
        target: Option<&Part>,
        name: &str,
        arguments: &[Part],
        at: usize,
    ) -> Checked<(Node, Type)> {
        match (target, name, arguments) {
            (None, "has", [field]) => {
                let (field, _) = self.field(field)?;
                Ok((Node::Has(field), Type::Bool))
            }
            (None, "size", [what]) | (Some(what), "size", []) => {
                let (node, kind) = self.part(what)?;
                let size = match kind {
                    Type::Text => Node::SizeOfText,
                    Type::Texts => Node::SizeOfTexts,
                    Type::Numbers => Node::SizeOfNumbers,
                    other => return Err(wrong(what.at, other, "a text or a list")),
                };
                self.step(SEARCH_STEPS, at)?;
                Ok((size(Box::new(node)), Type::Whole))
            }
            (Some(text), "contains" | "startsWith" | "endsWith", [part]) => {
                let text = self.typed(text, Type::Text)?;
                let part = self.typed(part, Type::Text)?;
                self.step(SEARCH_STEPS, at)?;
                let how = match name {
                    "contains" => Search::Contains,
                    "startsWith" => Search::Starts,
                    _ => Search::Ends,
                };
                Ok((Node::Search(how, Box::new([text, part])), Type::Bool))
            }
            (Some(text), "matches", [pattern]) | (None, "matches", [text, pattern]) => {
                let text = self.typed(text, Type::Text)?;
                self.step(MATCH_STEPS, at)?;
                let pattern = regex(pattern)?;
                Ok((Node::Matches(Box::new(text), pattern), Type::Bool))
            }
            (Some(list), "all" | "exists", [item, body]) => {
                self.each(name == "all", list, item, body)
            }
            _ => Err(ExpressionError::new(
                at,
                format!(
                    "no function {:?} with {} arguments: expected size(x), has(a.b), x.contains(t), x.startsWith(t), x.endsWith(t), x.matches(\"pattern\"), x.exists(i, …) or x.all(i, …)",
                    shown(name),
                    arguments.len()
                ),
            )),
        }
    }

    fn each(&mut self, all: bool, list: &Part, item: &Part, body: &Part) -> Checked<(Node, Type)> {
        let list_node = self.typed(list, Type::Texts)?;
        let PartKind::Name(name) = &item.kind else {
            return Err(ExpressionError::new(
                item.at,
                "a name for the entry was expected",
            ));
        };
        let outer = self.factor;
        self.factor = outer.saturating_mul(MOST_ITEMS as u64);
        self.items.push(name.clone());
        let body = self.typed(body, Type::Bool);
        self.items.pop();
        self.factor = outer;
        let node = Node::Each {
            all,
            list: Box::new(list_node),
            body: Box::new(body?),
        };
        Ok((node, Type::Bool))
    }
}

fn regex(pattern: &Part) -> Checked<regex_lite::Regex> {
    let PartKind::Text(text) = &pattern.kind else {
        return Err(ExpressionError::new(
            pattern.at,
            "matches() takes a constant pattern in quotes",
        ));
    };
    regex_lite::RegexBuilder::new(text)
        .size_limit(MOST_PATTERN)
        .nest_limit(32)
        .build()
        .map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            ExpressionError::new(
                pattern.at,
                format!("the pattern cannot be used: {}", last.trim()),
            )
        })
}

fn example(root: Root) -> String {
    let field = FIELDS.iter().find(|field| field.root == root);
    field.map_or_else(String::new, |field| {
        format!("{}.{}", root.word(), field.name)
    })
}

fn wrong(at: usize, found: Type, expected: &str) -> ExpressionError {
    ExpressionError::new(at, format!("found {}, expected {expected}", found.word()))
}
