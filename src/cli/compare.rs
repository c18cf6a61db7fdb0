//! `authbench compare` and `authbench report`

use std::path::PathBuf;

use clap::Args;

use crate::mode::Mode;

/// `compare`
#[derive(Debug, Args)]
pub struct Compare {
    /// All scenarios of the standard profile and a first measurement, within a minute
    #[arg(long, conflicts_with = "thorough")]
    pub quick: bool,
    /// Every scenario three times, distributions, and how the costs grow, within twelve minutes
    #[arg(long)]
    pub thorough: bool,
    /// Where findings.json, report.md, index.html and junit.xml go
    #[arg(long, value_name = "DIR", default_value = "authbench-report")]
    pub out: PathBuf,
    /// Only this mode; repeat for more
    #[arg(long, value_name = "MODE")]
    pub mode: Vec<Mode>,
    /// Only the scenarios of this group; or `effort`, `drills`, `cost`, or `sweeps`
    #[arg(long, value_name = "GROUP")]
    pub only: Option<String>,
    /// What your team needs (TOML, see docs/needs.md): the locks are ranked by it, each with the reasons
    #[arg(long, value_name = "FILE")]
    pub needs: Option<PathBuf>,
}

/// `report`
#[derive(Debug, Args)]
pub struct Report {
    /// The findings.json of an earlier run
    #[arg(required_unless_present = "schema")]
    pub findings: Option<PathBuf>,
    /// Where report.md, index.html and junit.xml go [default: beside the findings]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Also say what changed since this earlier findings.json
    #[arg(long, value_name = "OLD.json")]
    pub against: Option<PathBuf>,
    /// Print the JSON Schema of findings.json instead
    #[arg(long, conflicts_with_all = ["findings", "out", "against", "needs"])]
    pub schema: bool,
    /// What your team needs (TOML, see docs/needs.md): the locks are ranked by it, each with the reasons
    #[arg(long, value_name = "FILE")]
    pub needs: Option<PathBuf>,
}
