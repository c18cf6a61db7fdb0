//! The binary: reads the command line, does what it asks, ends the process. Nothing else may.

use std::{io::IsTerminal, process::ExitCode};

use authbench::{cli::Cli, commands};
use clap::Parser;
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    // clap ends with exit code 2 itself, for what it cannot read.
    let cli = Cli::parse();
    trace(cli.common.verbose);
    match commands::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            commands::output::note(&format!("authbench: {failure}"));
            failure.code()
        }
    }
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
