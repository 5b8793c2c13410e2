//! Fetches vulnerability feeds: conditional, resumable, polite and bounded.
//!
//! One file per feed under `feed/`. A feed knows its publisher's layout and what has changed there since the last
//! time; it hands bytes to the readers of `patchward-advisory` and the records to a [`Sink`]. It stores nothing of its
//! own but a small [`State`] per feed, so a lost state costs a full download and nothing else.
//!
//! Every base URL can be replaced by a mirror: a server or a folder with one folder per feed, whose layout below is
//! the publisher's own (see [`Config::mirror`]).

mod archive;
mod client;
mod feed;
mod location;
mod registry;
mod run;
mod sink;
mod state;

pub use registry::{Config, FEEDS, Feed, FeedError, Outcome};
pub use sink::{Sink, SinkError};
pub use state::{State, Validator};
