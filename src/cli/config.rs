//! `authbench config …`

use clap::Subcommand;

/// `config …`
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Read the file and say what is wrong, if anything
    Check,
    /// Print every setting with the value in force
    Show,
    /// Write a commented authbench.toml with every default
    Init,
}
