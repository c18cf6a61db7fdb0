//! One thin file per subcommand: read the arguments, call a room, print what came of it.

pub mod output;
