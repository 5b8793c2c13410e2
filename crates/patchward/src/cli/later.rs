//! Commands whose flags are only defined when they are called: to define those of all takes longer than to scan a
//! lockfile.

use std::ops::Deref;

use clap::error::Error;
use clap::{ArgMatches, Args, Command, FromArgMatches, Id, Subcommand};

/// Flags of a command. What clap defines "for an update" of values that are there, which nobody does here, defines them
/// when the command is called; the whole definition has them at once, for help and completions that name them all.
#[derive(Debug)]
pub struct Later<T>(Box<T>);

impl<T> Deref for Later<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: FromArgMatches> FromArgMatches for Later<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Later<T>, Error> {
        T::from_arg_matches(matches).map(|flags| Later(Box::new(flags)))
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Later<T>, Error> {
        T::from_arg_matches_mut(matches).map(|flags| Later(Box::new(flags)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<T: Args> Args for Later<T> {
    fn group_id() -> Option<Id> {
        T::group_id()
    }

    fn augment_args(command: Command) -> Command {
        named::<T>(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(named::<T>)
    }
}

/// What the command line says of a command counts before what is said at its flags.
fn named<T: Args>(command: Command) -> Command {
    let about = command.get_about().cloned();
    let defined = T::augment_args(command);
    match about {
        Some(about) => defined.about(about),
        None => defined,
    }
}

/// A command that is a group of commands.
#[derive(Debug, clap::Args)]
pub struct Group<C: Subcommand> {
    /// What to do
    #[command(subcommand)]
    pub command: C,
}
