//! A caller's key and chain, taken out in one file.

use std::path::Path;

use rcgen::{KeyPair, PublicKeyData};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use x509_parser::parse_x509_certificate;

use super::{
    Pki, issue,
    p12::{self, Contents},
};
use crate::{
    exit::Failure,
    files::{self, Readers},
    secret::Secret,
};

/// Holds the passphrase of what is exported, where no file is named.
pub const P12_PASSPHRASE: &str = "AUTHBENCH_P12_PASSPHRASE";

impl Pki {
    /// Writes the caller's key, its certificate and those above it to a PKCS #12 file of mode 0600, under a passphrase.
    ///
    /// # Errors
    /// Exit 2 when the key is not here, or not that of the certificate; exit 3 when a file cannot be read or written.
    pub fn export(&self, name: &str, to: &Path, passphrase: &Secret) -> Result<(), Failure> {
        issue::check_name(name)?;
        let directory = self.directory.join("clients").join(name);
        let key = private_key(&directory.join("key.pem"))?;
        let chain = chain(&directory.join("chain.pem"), &key)?;
        let contents = Contents { name, key: key.serialized_der(), chain: &chain };
        let file = p12::write(&contents, passphrase).map_err(Failure::environment)?;
        files::write(to, &file, Readers::Owner)
    }
}

fn private_key(path: &Path) -> Result<KeyPair, Failure> {
    if !path.exists() {
        return Err(Failure::usage(format!("there is no {}, and no key to export", path.display()))
            .remedy("who keeps the key makes the file: `openssl pkcs12 -export -inkey KEY -in chain.pem -out FILE`"));
    }
    let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
    let is_pkcs8 = pem::parse(&text).is_ok_and(|block| block.tag() == "PRIVATE KEY");
    KeyPair::from_pem(&text).ok().filter(|_| is_pkcs8).ok_or_else(|| {
        Failure::usage(format!("{} is no private key in PKCS #8", path.display()))
            .remedy("`openssl pkcs8 -topk8 -nocrypt -in key.pem` turns others into one")
    })
}

fn chain(path: &Path, key: &KeyPair) -> Result<Vec<Vec<u8>>, Failure> {
    let content = files::read(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).map(|der| der.map(|der| der.to_vec())).collect();
    let chain = chain.ok().filter(|chain| chain.first().is_some_and(|leaf| is_for(leaf, key)));
    chain.ok_or_else(|| {
        Failure::usage(format!("{} does not begin with the certificate of key.pem beside it", path.display()))
            .remedy("put the right pair there, or make one: `authbench cert renew NAME`")
    })
}

fn is_for(leaf: &[u8], key: &KeyPair) -> bool {
    parse_x509_certificate(leaf).is_ok_and(|(_, read)| read.public_key().raw == key.subject_public_key_info())
}
