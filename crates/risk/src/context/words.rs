//! The words of context, each an ordered list.

use std::fmt;
use std::str::FromStr;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$item:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$item])* $variant),+ }

        impl $name {
            /// Every value, the mildest first.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The value as it is written.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }

        impl FromStr for $name {
            type Err = String;

            /// Reads a value; the error tells what was expected.
            fn from_str(text: &str) -> Result<$name, String> {
                let words: Vec<&str> = $name::ALL.iter().map(|value| value.word()).collect();
                $name::ALL.iter().find(|value| value.word() == text).copied().ok_or_else(|| {
                    format!("{} {:?}: expected one of {}", $what, text.chars().take(60).collect::<String>(), words.join(", "))
                })
            }
        }
    };
}

words! {
    /// Where an asset stands in the life of software.
    Environment, "environment" {
        /// A developer's own machine or sandbox.
        Development = "development",
        /// Runs tests.
        Test = "test",
        /// Stands in for production before a release.
        Staging = "staging",
        /// Serves its users.
        Production = "production",
    }
}

words! {
    /// Who can reach an asset over a network.
    Exposure, "exposure" {
        /// Nobody but its operators.
        Isolated = "isolated",
        /// People and machines inside the organisation.
        Internal = "internal",
        /// Known parties outside.
        Partner = "partner",
        /// Anybody.
        Internet = "internet",
    }
}

words! {
    /// The most sensitive data on an asset.
    DataClass, "data class" {
        /// Anybody may see it.
        Public = "public",
        /// The organisation's own.
        Internal = "internal",
        /// Of persons.
        Personal = "personal",
        /// Of cards and payments.
        Payment = "payment",
        /// Of patients.
        Health = "health",
        /// Keys and passwords that open other systems.
        Secrets = "secrets",
    }
}

words! {
    /// A compensating control: what stands between an attacker and the flaw.
    Control, "control" {
        /// A web application firewall filters every request.
        Waf = "waf",
        /// The process is confined: what it loses stays inside.
        Sandbox = "sandbox",
        /// The vulnerable code is installed but not used.
        NotLoaded = "not-loaded",
        /// Nobody reaches it without having logged in elsewhere.
        Authenticated = "authenticated",
    }
}
