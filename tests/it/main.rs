//! The integration tests: the real binary, started and called as a user would.

#![cfg(test)]

mod add_many;
mod addresses;
mod apikey;
mod architecture;
mod article;
mod audit;
mod aws;
mod bad_input;
mod broken;
mod certificate_names;
mod certificates;
mod clients;
mod comparing;
mod cost;
mod delivery;
mod docs;
mod doors;
mod drills;
mod effect;
mod effort;
mod federation;
mod json;
mod jwt;
mod lab;
mod leaks;
mod limits;
mod monitoring;
mod mtls;
mod oauth;
mod refusals;
mod report;
mod revocation_lists;
mod rotation;
mod scenarios;
mod side_by_side;
mod signing_keys;
mod sweeps;
mod traces;
mod unread;
mod usage;
mod vectors;
mod walkthrough;
