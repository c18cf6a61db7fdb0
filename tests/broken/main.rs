//! The program, built so that one of its checks can be taken away: for `tests/it/broken.rs` alone.

use std::process::ExitCode;

fn main() -> ExitCode {
    authbench::commands::program()
}
