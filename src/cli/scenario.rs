//! `authbench scenario …`

use std::path::PathBuf;

use clap::Subcommand;

use crate::mode::{Mode, Profile};

/// `scenario …`
#[derive(Debug, Subcommand)]
pub enum Scenario {
    /// List the scenarios, by group
    List {
        /// Read them from here [default: the built-in ones]
        #[arg(long, value_name = "DIR")]
        scenarios: Option<PathBuf>,
    },
    /// Show one as it is written
    Show {
        /// Its id, as `list` prints it
        id: String,
        /// Read them from here [default: the built-in ones]
        #[arg(long, value_name = "DIR")]
        scenarios: Option<PathBuf>,
    },
    /// Run some, or all
    Run {
        /// Ids or files [default: all]
        which: Vec<String>,
        /// Only in this mode; repeat for more
        #[arg(long, value_name = "MODE")]
        mode: Vec<Mode>,
        /// Only in this profile; repeat for more
        #[arg(long, value_name = "PROFILE")]
        profile: Vec<Profile>,
        /// Read them from here [default: the built-in ones]
        #[arg(long, value_name = "DIR")]
        scenarios: Option<PathBuf>,
    },
}
