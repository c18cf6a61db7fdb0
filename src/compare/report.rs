//! The report: pure functions of the findings. The same findings give the same bytes.

mod answer;
mod costs;
mod mark;
mod matrix;
mod number;
#[cfg(test)]
pub(crate) mod sample;
mod tally;
mod terminal;

pub use terminal::terminal;
