//! One HTTP exchange as a caller makes it, over real sockets.
//!
//! [`Origin`] says where, [`Tls`] whom to believe and who to be, [`Dial`] opens a [`Connection`], and that sends requests one
//! after the other. Two dials with the same [`Tls`] share its session tickets: the second one resumes. Everything has a deadline.
//! What goes wrong on the way is a [`Broken`], which says at which stage; a refusal in HTTP is an [`Exchange`] like any other.

mod broken;
mod connection;
mod dial;
mod origin;
mod sessions;
mod streams;
#[cfg(test)]
mod tests;
mod tls;
pub mod token;

pub use broken::{Broken, Stage, alert_name};
pub use connection::{Connection, Exchange};
pub use dial::{Deadlines, Dial, Octets, Protocol};
pub use origin::Origin;
pub use streams::Meter;
pub use tls::{Identity, Tls, TlsVersion, Trust, certificates};
