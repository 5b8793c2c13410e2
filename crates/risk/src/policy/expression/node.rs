//! A checked expression: every name is resolved, every type fits, the steps are counted.

use std::sync::Arc;

use super::evaluate::{Truth, evaluate};
use crate::policy::field::{Field, Scope};

/// A condition that is ready to run.
#[derive(Debug, Clone)]
pub struct Expression {
    /// As it is written.
    pub text: String,
    pub(super) node: Arc<Node>,
    pub(super) fields: Vec<&'static Field>,
    pub(super) steps: u64,
}

impl Expression {
    /// Whether the condition holds.
    pub fn holds<'a>(&'a self, scope: &Scope<'a>) -> Truth {
        evaluate(&self.node, scope)
    }

    /// The fields that it reads, each once, in the order of the text.
    pub fn fields(&self) -> &[&'static Field] {
        &self.fields
    }

    /// The most steps that an evaluation takes.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

/// A part of an expression. The checker puts only parts of the right type into each other, so that each type has its own
/// evaluation.
#[derive(Debug, Clone)]
pub enum Node {
    Bool(bool),
    Number(f64),
    Text(String),
    Texts(Vec<String>),
    Numbers(Vec<f64>),
    Field(&'static Field),
    Has(&'static Field),
    /// The variable of the macro that is this many macros from the outermost.
    Item(usize),
    Not(Box<Node>),
    Negate(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    If(Box<[Node; 3]>),
    Compare(Order, Compared),
    Calculate(Arithmetic, Box<[Node; 2]>),
    /// A text and a list of texts.
    InTexts(Box<[Node; 2]>),
    /// A number and a list of numbers.
    InNumbers(Box<[Node; 2]>),
    SizeOfText(Box<Node>),
    SizeOfTexts(Box<Node>),
    SizeOfNumbers(Box<Node>),
    Search(Search, Box<[Node; 2]>),
    Matches(Box<Node>, regex_lite::Regex),
    Each {
        all: bool,
        list: Box<Node>,
        body: Box<Node>,
    },
    Shared(Arc<Node>),
}

/// What is compared: two of one type.
#[derive(Debug, Clone)]
pub enum Compared {
    Bools(Box<[Node; 2]>),
    Numbers(Box<[Node; 2]>),
    Texts(Box<[Node; 2]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    Contains,
    Starts,
    Ends,
}
