//! One hello-world behind three locks: `OAuth2` JWT, mutual TLS and API keys, and a bench that compares them.
//!
//! # The story of one request
//!
//! 1. `transport` accepts the connection, shakes hands, and says who the other end is: a [`peer::Peer`].
//! 2. `server` finds the route, and lets `policy` prepare: nearly always nothing. Only a token that names a key which is not
//!    here yet waits, at most a second, until `federation` has asked its issuer.
//! 3. `policy` decides, from memory: it looks at the address, lets `authn` turn what was presented into a
//!    [`principal::Principal`], then looks at the caller's networks, scopes and rate. It returns a permit, or a
//!    [`denial::Denial`].
//! 4. `server` answers with the resource, or with the refusal, and writes exactly one record.
//!
//! Beside it: `issuer` gives tokens and looks after the keys that sign them, `pki` gives certificates, `store` remembers what
//! commands and requests must leave behind, and [`compare`] tries all of it from outside, over sockets.

pub mod algorithm;
pub mod allowance;
pub mod audit;
pub mod authn;
pub mod calendar;
pub mod caller;
pub mod census;
pub mod chain;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod compare;
pub mod config;
pub mod deed;
pub mod denial;
pub mod document;
pub mod exit;
pub mod federation;
pub mod files;
pub mod guard;
pub mod histogram;
pub mod issuer;
pub mod key_type;
pub mod lifetime;
pub mod metrics;
pub mod mode;
pub mod name_pattern;
pub mod network;
pub mod peer;
pub mod pki;
pub mod policy;
pub mod principal;
pub mod revocation;
pub mod secret;
pub mod server;
pub mod store;
pub mod trace_context;
pub mod transport;
pub mod wire;
mod words;
