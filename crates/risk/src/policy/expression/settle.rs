//! What an expression comes to on one asset: parts that read nothing but the asset have one value for all its findings.

use super::evaluate::{Truth, evaluate};
use super::node::{Compared, Expression, Node};
use crate::policy::field::{Root, Scope};

/// A condition for the findings of one asset.
#[derive(Debug)]
pub struct Settled(Node);

impl Settled {
    /// Whether the condition holds; the same as [`Expression::holds`] on any finding of that asset.
    pub fn holds<'a>(&'a self, scope: &Scope<'a>) -> Truth {
        evaluate(&self.0, scope)
    }

    /// It holds for no finding of the asset.
    pub fn never(&self) -> bool {
        matches!(self.0, Node::Bool(false))
    }
}

impl Expression {
    /// The condition for the asset of `scope`; what else stands in the scope is not looked at.
    pub fn settled(&self, scope: &Scope<'_>) -> Settled {
        Settled(settled(&self.node, scope))
    }
}

fn settled(node: &Node, scope: &Scope<'_>) -> Node {
    if is_of_the_asset(node) {
        match evaluate(node, scope) {
            Truth::Yes => return Node::Bool(true),
            Truth::No => return Node::Bool(false),
            Truth::Unknown(_) => {}
        }
    }
    match node {
        Node::All(parts) => many(parts, false, scope),
        Node::Any(parts) => many(parts, true, scope),
        Node::Not(inner) => match settled(inner, scope) {
            Node::Bool(known) => Node::Bool(!known),
            open => Node::Not(Box::new(open)),
        },
        Node::Shared(inner) => settled(inner, scope),
        other => other.clone(),
    }
}

/// One part that decides is enough; parts that do not are left out. A part that nobody knows stays.
fn many(parts: &[Node], decides: bool, scope: &Scope<'_>) -> Node {
    let mut open = Vec::new();
    for part in parts {
        match settled(part, scope) {
            Node::Bool(known) if known == decides => return Node::Bool(decides),
            Node::Bool(_) => {}
            part => open.push(part),
        }
    }
    match (open.len(), decides) {
        (0, _) => Node::Bool(!decides),
        (1, _) => open.swap_remove(0),
        (_, true) => Node::Any(open),
        (_, false) => Node::All(open),
    }
}

fn is_of_the_asset(node: &Node) -> bool {
    match node {
        Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::Texts(_) | Node::Numbers(_) => true,
        Node::Field(field) | Node::Has(field) => field.root == Root::Asset,
        Node::Item(_) => true,
        Node::Not(inner)
        | Node::Negate(inner)
        | Node::SizeOfText(inner)
        | Node::SizeOfTexts(inner)
        | Node::SizeOfNumbers(inner)
        | Node::Matches(inner, _) => is_of_the_asset(inner),
        Node::All(parts) | Node::Any(parts) => parts.iter().all(is_of_the_asset),
        Node::If(parts) => parts.iter().all(is_of_the_asset),
        Node::Compare(
            _,
            Compared::Bools(sides) | Compared::Numbers(sides) | Compared::Texts(sides),
        )
        | Node::Calculate(_, sides)
        | Node::InTexts(sides)
        | Node::InNumbers(sides)
        | Node::Search(_, sides) => sides.iter().all(is_of_the_asset),
        Node::Each { list, body, .. } => is_of_the_asset(list) && is_of_the_asset(body),
        Node::Shared(inner) => is_of_the_asset(inner),
    }
}
