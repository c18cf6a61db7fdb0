//! `authbench cert …`: client certificates, and the development CAs that sign them.

mod ca;
mod crl;
mod export;
mod init;
mod issue;
mod list;
mod make;
mod renew;
mod request;
mod revoke;
mod server;
mod show;
mod watch;

use super::usage;
use crate::{
    cli::{self, Common},
    config::Config,
    exit::Failure,
    pki::{Existing, Order, OrderKey, Pki, Setup, passphrase},
    principal::Kind,
    secret::Secret,
    store::Store,
};

/// What every `cert` command works with.
#[derive(Debug)]
struct Desk<'a> {
    common: &'a Common,
    store: Store,
    /// What the keys of the CAs are encrypted with.
    passphrase: Option<Secret>,
}

impl Desk<'_> {
    fn pki(&self) -> Result<Pki, Failure> {
        self.pki_with(false)
    }

    fn pki_with(&self, intermediate: bool) -> Result<Pki, Failure> {
        let pki = Pki::open_with(&self.common.certs, &Setup { intermediate, passphrase: self.passphrase.clone() })?;
        self.store.tell(pki.made().to_vec())?;
        Ok(pki)
    }
}

/// Does what `cert …` asks.
///
/// # Errors
/// As the store's and the PKI's.
pub fn run(common: &Common, command: &cli::Cert) -> Result<(), Failure> {
    let config = Config::load(common)?;
    let passphrase = match command.ca_key() {
        Some(key) => passphrase::of_ca(key.passphrase_file.as_deref(), config.tls.ca_passphrase_file.as_deref())?,
        None => None,
    };
    let desk = &mut Desk { common, store: Store::open(&common.state)?, passphrase };
    match command {
        cli::Cert::Init { intermediate, .. } => init::run(desk, *intermediate),
        cli::Cert::Issue { wanted, key_type, flaw } => {
            let order = order(wanted, OrderKey::Fresh(*key_type), flaw.as_deref());
            issue::run(desk, order, super::grant::read(&wanted.grants, &config)?)
        }
        cli::Cert::Sign { wanted, csr } => {
            let own = request::read(csr)?;
            let order = order(wanted, OrderKey::Own(&own), None);
            issue::run(desk, order, super::grant::read(&wanted.grants, &config)?)
        }
        cli::Cert::Renew { name, ttl, watch: true, .. } => watch::run(desk, name, *ttl),
        cli::Cert::Renew { name, ttl, csr, .. } => renew::run(desk, name, *ttl, csr.as_deref()),
        cli::Cert::List => list::run(desk),
        cli::Cert::Show { name } => show::one(desk, name),
        cli::Cert::Usage(asked) => usage::show(common, &config, &desk.store, Kind::Certificate, asked),
        cli::Cert::Revoke { name, serial, .. } => revoke::run(desk, name.as_deref(), serial.as_deref()),
        cli::Cert::Server { san, ttl, new_key, .. } => server::run(desk, san, *ttl, *new_key),
        cli::Cert::Export { name, p12, passphrase_file } => export::run(desk, name, p12, passphrase_file.as_deref()),
        cli::Cert::Crl { .. } => crl::run(desk),
        cli::Cert::Ca(command) => ca::run(desk, command),
    }
}

fn order<'a>(wanted: &'a cli::Wanted, key: OrderKey<'a>, flaw: Option<&'a str>) -> Order<'a> {
    Order { name: &wanted.name, sans: &wanted.san, ttl: wanted.ttl, key, flaw, existing: Existing::Refuse }
}

#[cfg(test)]
mod tests;
