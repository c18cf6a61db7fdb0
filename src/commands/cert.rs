//! `authbench cert …`: client certificates, and the development CAs that sign them.

mod crl;
mod init;
mod issue;
mod revoke;
mod show;

use crate::{
    cli::{self, Common},
    config::Config,
    exit::Failure,
    store::Store,
};

/// Does what `cert …` asks.
///
/// # Errors
/// As the store's and the PKI's.
pub fn run(common: &Common, command: &cli::Cert) -> Result<(), Failure> {
    let config = Config::load(common)?;
    let mut store = Store::open(&common.state)?;
    match command {
        cli::Cert::Init => init::run(common, &mut store),
        cli::Cert::Issue { name, san, ttl, key_type, flaw, grants } => {
            let wanted = issue::Wanted { name, sans: san, ttl: *ttl, key_type: *key_type, flaw: flaw.as_deref() };
            issue::run(common, &mut store, wanted, super::grant::read(grants, &config)?)
        }
        cli::Cert::Renew { name, ttl } => issue::run_renew(common, &mut store, name, *ttl),
        cli::Cert::List => show::list(common, &store),
        cli::Cert::Show { name } => show::one(common, &store, name),
        cli::Cert::Revoke { name, serial } => revoke::run(common, &mut store, name.as_deref(), serial.as_deref()),
        cli::Cert::Crl => crl::run(common, &mut store),
    }
}

#[cfg(test)]
mod tests;
