//! What tests share: the corpus folders, mutations of seed inputs, temporary trees.

mod folders;
mod mutate;
mod schema;

pub use folders::{corpus, feeds};
pub use mutate::mutate;
pub use schema::violations;
