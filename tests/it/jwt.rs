//! Tokens that must be refused, forged here with keys of the test's own, and the exact answer to each. A name begins with the
//! id of the threat that it tries.

mod algorithm;
mod bearer;
mod cache;
mod claims;
mod header;
mod inspect;
mod mac;
mod record;
mod signature;
mod stage;
mod time;

pub(crate) use self::stage::own_mint;
