//! The two times of every fact, and who says it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// When something was so, and when we learnt it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// When it was so in the world.
    pub at: Timestamp,
    /// When we learnt it.
    pub learnt: Timestamp,
}

impl Times {
    /// Learnt as it happened.
    #[must_use]
    pub fn now(now: Timestamp) -> Times {
        Times {
            at: now,
            learnt: now,
        }
    }
}

/// A time as it is stored: microseconds since 1970, UTC.
pub(crate) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A stored time. What no clock can have said reads as 1970.
pub(crate) fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn times(at: i64, learnt: i64) -> Times {
    Times {
        at: time(at),
        learnt: time(learnt),
    }
}

/// A number of the database for one kind of thing.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// An asset.
    AssetId
);
id!(
    /// An inventory.
    InventoryId
);
id!(
    /// A finding of one asset.
    FindingId
);
id!(
    /// A decision on a finding.
    DecisionId
);
id!(
    /// A run.
    RunId
);

/// An enum that is stored as a word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$each])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word that is stored and shown.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The one with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.word().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<$name> {
                $name::from_word(value.as_str()?).ok_or(rusqlite::types::FromSqlError::InvalidType)
            }
        }
    };
}

pub(crate) use words;
