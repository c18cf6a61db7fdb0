//! The binary: reads the command line and ends the process, nothing else.

fn main() {}
