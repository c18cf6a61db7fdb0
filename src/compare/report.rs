//! The report: pure functions of the findings. The same findings give the same bytes.

mod answer;
mod costs;
mod machine;
mod mark;
mod markdown;
mod matrix;
mod number;
#[cfg(test)]
pub(crate) mod sample;
mod tally;
mod terminal;

pub use markdown::markdown;
pub use terminal::terminal;
