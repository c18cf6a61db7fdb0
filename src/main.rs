//! The binary: runs the program, ends the process. Nothing else may.

use std::process::ExitCode;

fn main() -> ExitCode {
    authbench::commands::program()
}
