//! What tests share: the corpus folders, mutations of seed inputs, temporary trees, a Debian root.

mod debian;
mod folders;
mod mutate;
mod overlay;
mod schema;
mod toy_repo;

pub use debian::{debian_root, is_root_user};
pub use folders::{corpus, feeds};
pub use mutate::mutate;
pub use overlay::RootCopy;
pub use schema::violations;
pub use toy_repo::{ToyPackage, toy_repo};
