//! The program as its users meet it: every test runs the binary on a small world of its own.
//!
//! One test binary on purpose (each would be linked anew). `world` makes a mirror of the feeds with a handful of
//! invented advisories, targets that they touch, and a knowledge base that is built once and copied.

#[cfg(test)]
mod cli {
    mod acceptance;
    mod applying;
    mod bad_input;
    mod bundles;
    mod changing;
    mod crashes;
    mod database;
    mod deciding;
    mod documents;
    mod exit_codes;
    mod explaining;
    mod filters;
    mod formats;
    mod hostile_names;
    mod mirror;
    mod news;
    mod planning;
    mod recording;
    mod resolving;
    mod run;
    mod scanning;
    mod settings;
    mod suppressing;
    mod targets;
    mod up;
    mod without_knowledge;
    mod world;
}
