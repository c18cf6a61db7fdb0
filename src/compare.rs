//! Comparing the locks: knows the words and the wire, nothing of the server.
//!
//! It starts the binary as a child, as any user would, and from then on has only sockets and commands,
//! so that it cannot pass by reading the server's mind.

mod against;
pub mod bench;
pub mod cost;
mod cpu;
mod credential;
pub mod drill;
pub mod effort;
pub mod findings;
mod forge;
mod judge;
mod lab;
pub mod launch;
pub mod load;
mod machine;
mod memory;
pub mod needs;
mod pin;
mod proof;
mod recorder;
pub mod report;
pub mod run;
pub mod runner;
pub mod scenario;
mod statistics;
pub mod sweep;
mod tap;
