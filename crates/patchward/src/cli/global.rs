//! Flags that every command takes.

use std::path::PathBuf;

/// Flags that every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Read this configuration file only
    #[arg(long, global = true, value_name = "FILE", env = "PATCHWARD_CONFIG")]
    pub config: Option<PathBuf>,
    /// Keep the knowledge base and its state here
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Decide by this policy: a file, or the name of a preset
    #[arg(long, global = true, value_name = "FILE|PRESET")]
    pub policy: Option<String>,
    /// Ask no feed and no registry; the package manager still fetches the packages of a change
    #[arg(long, global = true)]
    pub offline: bool,
    /// No progress and no advice on standard error
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to use colours (NO_COLOR is honoured)
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Global {
    /// The settings that these flags overrule: name, flag, value.
    pub fn overrides(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut overrides = Vec::new();
        if let Some(folder) = &self.data_dir {
            overrides.push(("data_dir", "--data-dir", folder.display().to_string()));
        }
        if let Some(policy) = &self.policy {
            overrides.push(("policy.file", "--policy", policy.clone()));
        }
        if self.offline {
            overrides.push(("offline", "--offline", "true".to_owned()));
        }
        if self.quiet {
            overrides.push(("quiet", "--quiet", "true".to_owned()));
        }
        overrides
    }
}
