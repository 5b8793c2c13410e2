//! What tests share: the corpus folders, mutations of seed inputs, temporary trees, Debian roots, hosts.

mod debian;
mod folders;
mod host;
mod mutate;
mod overlay;
mod schema;
mod toy_repo;
mod web_root;

pub use debian::{debian_root, is_root_user};
pub use folders::{corpus, feeds};
pub use host::{Host, Init, no_hosts};
pub use mutate::mutate;
pub use overlay::{RootCopy, layers_beside};
pub use schema::violations;
pub use toy_repo::{ToyPackage, toy_repo};
pub use web_root::{place, shop, shop_program, shop_with, web_root};
