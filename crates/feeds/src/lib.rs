//! Fetches vulnerability feeds: conditional, resumable, polite and bounded.
//!
//! One file per feed under `feed/`. A feed knows its publisher's layout and what has changed there since the last
//! time; it hands bytes to the readers of `patchward-advisory` and the records to a [`Sink`]. It stores nothing of its
//! own but a small [`State`] per feed, so a lost state costs a full download and nothing else.
//!
//! What holds for each of them:
//! - What has not changed is not sent again (`ETag`, `Last-Modified`), and a download goes on where it stopped, also
//!   after a crash, as long as the server's strong entity tag says that it is the same document.
//! - Busy servers are asked again when they say; where nobody answers, two quick tries must do, and the other documents
//!   of that host are left alone for the rest of the run.
//! - Documents, what they inflate to, archives and the whole run have limits. A publisher's path never leads out of its
//!   feed, and a CSAF provider's address never names a file of this machine.
//! - Parts of a feed (an ecosystem, a branch, a provider) stand for themselves: one that fails keeps what it had and is
//!   asked for again, and the others go on. A record that cannot be read is a problem, and the rest stands.
//!
//! A name and password in a URL of the settings go into the requests to that host, and into nothing that is shown or kept.
//!
//! Every base URL can be replaced by a mirror: a server or a folder with one folder per feed, whose layout below is
//! the publisher's own (see [`Config::mirror`]), or alone by a place of its own ([`Config::urls`]).

mod archive;
mod base;
mod client;
mod credentials;
mod feed;
mod location;
mod registry;
mod run;
mod sink;
mod state;

pub use base::{BASES, Base};
pub use credentials::redacted;
pub use registry::{Config, FEEDS, Feed, FeedError, Outcome};
pub use sink::{Sink, SinkError};
pub use state::{State, Validator};
