//! `authbench cert …`: client certificates, and the development CAs that sign them.

mod ca;
mod crl;
mod init;
mod issue;
mod make;
mod renew;
mod request;
mod revoke;
mod show;

use crate::{
    cli::{self, Common},
    config::Config,
    exit::Failure,
    pki::{Existing, Order, OrderKey},
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
        cli::Cert::Init { intermediate } => init::run(common, &mut store, *intermediate),
        cli::Cert::Issue { wanted, key_type, flaw } => {
            let order = order(wanted, OrderKey::Fresh(*key_type), flaw.as_deref());
            issue::run(common, &mut store, order, super::grant::read(&wanted.grants, &config)?)
        }
        cli::Cert::Sign { wanted, csr } => {
            let own = request::read(csr)?;
            let order = order(wanted, OrderKey::Own(&own), None);
            issue::run(common, &mut store, order, super::grant::read(&wanted.grants, &config)?)
        }
        cli::Cert::Renew { name, ttl, csr } => renew::run(common, &mut store, name, *ttl, csr.as_deref()),
        cli::Cert::List => show::list(common, &store),
        cli::Cert::Show { name } => show::one(common, &store, name),
        cli::Cert::Revoke { name, serial } => revoke::run(common, &mut store, name.as_deref(), serial.as_deref()),
        cli::Cert::Crl => crl::run(common, &mut store),
        cli::Cert::Ca(command) => ca::run(common, &mut store, command),
    }
}

fn order<'a>(wanted: &'a cli::Wanted, key: OrderKey<'a>, flaw: Option<&'a str>) -> Order<'a> {
    Order { name: &wanted.name, sans: &wanted.san, ttl: wanted.ttl, key, flaw, existing: Existing::Refuse }
}

#[cfg(test)]
mod tests;
