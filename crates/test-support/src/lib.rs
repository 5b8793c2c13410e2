//! What tests share: the corpus folders, mutations of seed inputs, temporary trees, a Debian root.

mod debian;
mod folders;
mod mutate;
mod schema;

pub use debian::{debian_root, is_root_user};
pub use folders::{corpus, feeds};
pub use mutate::mutate;
pub use schema::violations;
