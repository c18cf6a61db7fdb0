//! `authbench audit …`

use std::path::PathBuf;

use clap::Subcommand;

/// `audit …`
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check the audit logs: whether a line was changed, taken away, put in or cut off
    Verify {
        /// The files, those that were put away too [default: all of `STATE/audit`]
        files: Vec<PathBuf>,
        /// Earlier parts are kept elsewhere: a log may begin later, or not be here at all
        #[arg(long)]
        archived: bool,
    },
}
