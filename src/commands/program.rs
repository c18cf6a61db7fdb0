//! The whole program: reads the command line, does what it asks, says how it ended.

use std::{io::IsTerminal, process::ExitCode};

use clap::Parser;
use tracing_subscriber::filter::LevelFilter;

use super::{output, run};
use crate::{cli::Cli, exit::Failure, guard};

/// Runs it with the arguments of this process. clap ends the process itself, with exit code 2, for what it cannot read.
pub fn program() -> ExitCode {
    let cli = Cli::parse();
    trace(cli.common.verbose);
    match warn().and_then(|()| run(&cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(&format!("authbench: {failure}"));
            failure.code()
        }
    }
}

/// A build that goes without a check says so before it does anything.
fn warn() -> Result<(), Failure> {
    if let Some(warning) = guard::warning().map_err(Failure::usage)? {
        output::note(&format!("authbench: {warning}"));
    }
    Ok(())
}

/// What the program says about itself goes to stderr: text on a terminal, JSON otherwise.
fn trace(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::TRACE,
    };
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false);
    if std::io::stderr().is_terminal() {
        subscriber.init();
    } else {
        subscriber.json().init();
    }
}
