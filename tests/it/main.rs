//! The integration tests: the real binary, started and called as a user would.

#![cfg(test)]

mod architecture;
