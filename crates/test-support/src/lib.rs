//! What tests share: the corpus folders, mutations of seed inputs, temporary trees.

mod folders;
mod mutate;

pub use folders::{corpus, feeds};
pub use mutate::mutate;
