//! Certificates as somebody else makes them: another CA, the client CA itself, a server's for a tap.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::chain;
use crate::{
    caller::{Identity, certificates},
    clock,
    compare::scenario::{Chain, Flaw, Forge, Minter, Purpose},
    files,
    key_type::KeyType,
};

/// A certificate chain, leaf first, with the private key of the leaf.
#[derive(Debug)]
pub(in crate::compare) struct Minted {
    pub(in crate::compare) chain: Vec<CertificateDer<'static>>,
    pub(in crate::compare) key: PrivateKeyDer<'static>,
}

impl Minted {
    pub(in crate::compare) fn identity(self) -> Result<Identity, String> {
        Identity::new(self.chain, &self.key)
    }
}

/// A client certificate in the name of another. `ca` is the directory of the true client CA, `held` what the other one has.
pub(in crate::compare) fn forge(one: &Forge, ca: &Path, held: Option<&Identity>) -> Result<Identity, String> {
    match (one.chain, held) {
        (Some(Chain::Reversed), Some(held)) => Ok(chain::reversed(held, true_certificate(ca)?)),
        (Some(Chain::Alone), Some(held)) => Ok(held.with_chain(held.chain().first().cloned().into_iter().collect())),
        (Some(Chain::Extra), Some(held)) => chain::with_a_stray(held),
        _ => made(one, ca)?.identity(),
    }
}

fn made(one: &Forge, ca: &Path) -> Result<Minted, String> {
    let maker = match (one.by, one.flaw) {
        (_, Some(Flaw::Garbage)) => {
            let chain = vec![CertificateDer::from(b"this is no certificate".to_vec())];
            return Ok(Minted { chain, key: private(&fresh()?) });
        }
        (Minter::Trusted | Minter::Maker, _) => true_ca(ca)?,
        (Minter::Stranger, Some(Flaw::SameName)) => namesake(ca)?,
        (Minter::Stranger, _) => stranger()?,
    };
    let mut params = client_params(&one.like, one.flaw)?;
    if let Some(purposes) = &one.purpose {
        params.extended_key_usages = purposes.iter().copied().map(usage).collect();
    }
    match one.chain {
        None => sign(&params, &maker.issuer),
        Some(chain) => chain::send(chain, &params, maker),
    }
}

/// Who signs, with the own certificate.
pub(super) struct Maker {
    pub(super) issuer: Issuer<'static, KeyPair>,
    pub(super) certificate: CertificateDer<'static>,
}

fn usage(purpose: Purpose) -> ExtendedKeyUsagePurpose {
    match purpose {
        Purpose::Client => ExtendedKeyUsagePurpose::ClientAuth,
        Purpose::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Purpose::Any => ExtendedKeyUsagePurpose::Any,
        Purpose::Code => ExtendedKeyUsagePurpose::CodeSigning,
    }
}

/// A certificate by the client CA in `ca`, in the name of another and with the serial number of the one that it has.
pub(in crate::compare) fn twin(name: &str, held: &Identity, ca: &Path) -> Result<Minted, String> {
    let leaf = held.chain().first().ok_or("there is no certificate")?;
    let (_, parsed) = X509Certificate::from_der(leaf).map_err(|error| error.to_string())?;
    let mut params = client_params(name, None)?;
    params.serial_number = Some(parsed.raw_serial().to_vec().into());
    sign(&params, &true_ca(ca)?.issuer)
}

/// A certificate for `localhost` by the server CA in `ca`: what a load balancer in front of the server has.
pub(in crate::compare) fn server_of(ca: &Path) -> Result<Minted, String> {
    sign(&server_params()?, &true_ca(ca)?.issuer)
}

/// The same with a key of this kind: certificate and key, PEM.
pub(in crate::compare) fn server_with(ca: &Path, kind: KeyType) -> Result<(String, String), String> {
    let key = match kind {
        KeyType::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        KeyType::Ed25519 => KeyPair::generate_for(&PKCS_ED25519),
        KeyType::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072),
        KeyType::Rsa2048 => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
    };
    let key = key.map_err(|error| error.to_string())?;
    let leaf = server_params()?.signed_by(&key, &true_ca(ca)?.issuer).map_err(|error| error.to_string())?;
    Ok((leaf.pem(), key.serialize_pem()))
}

/// A certificate for `localhost` by a CA that nobody knows.
pub(in crate::compare) fn fake_server() -> Result<Minted, String> {
    sign(&server_params()?, &stranger()?.issuer)
}

/// A captured chain with a key of the thief's own: all that the chain is worth to it.
pub(in crate::compare) fn captured(chain: Vec<CertificateDer<'static>>) -> Result<Identity, String> {
    Identity::new(chain, &private(&fresh()?))
}

/// The certificate with its first letter of `name` changed everywhere, under the old signature.
pub(in crate::compare) fn renamed(identity: &Identity, name: &str) -> Result<Identity, String> {
    let (leaf, rest) = identity.chain().split_first().ok_or("there is no certificate")?;
    let mut der = leaf.to_vec();
    let at: Vec<usize> =
        der.windows(name.len()).enumerate().filter(|(_, text)| *text == name.as_bytes()).map(|(at, _)| at).collect();
    if at.is_empty() {
        return Err(format!("the certificate does not hold the name `{name}`"));
    }
    for place in at {
        der[place] ^= 1;
    }
    let chain = std::iter::once(CertificateDer::from(der)).chain(rest.iter().cloned()).collect();
    Ok(identity.with_chain(chain))
}

fn client_params(name: &str, flaw: Option<Flaw>) -> Result<CertificateParams, String> {
    let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(|error| error.to_string())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![match flaw {
        Some(Flaw::NotForThisServer) => ExtendedKeyUsagePurpose::ServerAuth,
        _ => ExtendedKeyUsagePurpose::ClientAuth,
    }];
    let now = OffsetDateTime::from(clock::now());
    let (from, until) = match flaw {
        Some(Flaw::NotYetValid) => (Duration::HOUR, 2 * Duration::HOUR),
        Some(Flaw::Expired) => (-2 * Duration::HOUR, -Duration::HOUR),
        _ => (-Duration::HOUR, Duration::HOUR),
    };
    (params.not_before, params.not_after) = (now + from, now + until);
    Ok(params)
}

fn server_params() -> Result<CertificateParams, String> {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).map_err(|error| error.to_string())?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = OffsetDateTime::from(clock::now());
    (params.not_before, params.not_after) = (now - Duration::HOUR, now + Duration::HOUR);
    Ok(params)
}

pub(super) fn true_ca(directory: &Path) -> Result<Maker, String> {
    let key = KeyPair::from_pem(&pem(&directory.join("key.pem"))?).map_err(|error| error.to_string())?;
    holding(directory, key)
}

/// The true CA's name over a key that is not its own.
fn namesake(directory: &Path) -> Result<Maker, String> {
    holding(directory, fresh()?)
}

/// The CA's certificate with some key.
fn holding(directory: &Path, key: KeyPair) -> Result<Maker, String> {
    let certificate = true_certificate(directory)?;
    let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|error| error.to_string())?;
    Ok(Maker { issuer, certificate })
}

fn true_certificate(directory: &Path) -> Result<CertificateDer<'static>, String> {
    Ok(certificates(pem(&directory.join("cert.pem"))?.as_bytes())?.swap_remove(0))
}

fn stranger() -> Result<Maker, String> {
    let key = fresh()?;
    let params = authority("a CA that nobody knows");
    let certificate = params.self_signed(&key).map_err(|error| error.to_string())?.der().clone();
    Ok(Maker { issuer: Issuer::new(params, key), certificate })
}

/// What a certificate that may sign others looks like.
pub(super) fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(super) fn sign(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Result<Minted, String> {
    let key = fresh()?;
    let leaf = params.signed_by(&key, issuer).map_err(|error| error.to_string())?;
    Ok(Minted { chain: vec![leaf.der().clone()], key: private(&key) })
}

pub(super) fn fresh() -> Result<KeyPair, String> {
    KeyPair::generate().map_err(|error| error.to_string())
}

pub(super) fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(key.serialize_der().into())
}

fn pem(path: &Path) -> Result<String, String> {
    let octets = files::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(octets).map_err(|_| format!("{} is no PEM file", path.display()))
}

#[cfg(test)]
pub(in crate::compare) mod tests;
