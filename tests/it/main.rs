//! The integration tests: the real binary, started and called as a user would.

#![cfg(test)]

mod architecture;
mod article;
mod bad_input;
mod delivery;
mod effect;
mod federation;
mod json;
mod lab;
mod refusals;
mod scenarios;
mod side_by_side;
mod signing_keys;
mod vectors;
mod walkthrough;
