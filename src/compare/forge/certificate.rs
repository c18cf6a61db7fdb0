//! Certificates as somebody else makes them: another CA, the client CA itself, a server's for a tap.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use crate::{
    caller::Identity,
    clock,
    compare::scenario::{Flaw, Minter},
    files,
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

/// A client certificate in the name of `like`. `ca` is the directory of the true client CA.
pub(in crate::compare) fn forge(like: &str, by: Minter, flaw: Option<Flaw>, ca: &Path) -> Result<Minted, String> {
    let params = client_params(like, flaw)?;
    let issuer = match (by, flaw) {
        (_, Some(Flaw::Garbage)) => {
            let chain = vec![CertificateDer::from(b"this is no certificate".to_vec())];
            return Ok(Minted { chain, key: private(&fresh()?) });
        }
        (Minter::Trusted, _) => true_ca(ca)?,
        (Minter::Stranger, Some(Flaw::SameName)) => namesake(ca)?,
        (Minter::Stranger, _) => stranger()?,
    };
    sign(&params, &issuer)
}

/// A certificate for `localhost` by the server CA in `ca`: what a load balancer in front of the server has.
pub(in crate::compare) fn server_of(ca: &Path) -> Result<Minted, String> {
    sign(&server_params()?, &true_ca(ca)?)
}

/// A certificate for `localhost` by a CA that nobody knows.
pub(in crate::compare) fn fake_server() -> Result<Minted, String> {
    sign(&server_params()?, &stranger()?)
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

fn true_ca(directory: &Path) -> Result<Issuer<'static, KeyPair>, String> {
    let key = KeyPair::from_pem(&pem(&directory.join("key.pem"))?).map_err(|error| error.to_string())?;
    Issuer::from_ca_cert_pem(&pem(&directory.join("cert.pem"))?, key).map_err(|error| error.to_string())
}

/// The true CA's name over a key that is not its own.
fn namesake(directory: &Path) -> Result<Issuer<'static, KeyPair>, String> {
    Issuer::from_ca_cert_pem(&pem(&directory.join("cert.pem"))?, fresh()?).map_err(|error| error.to_string())
}

fn stranger() -> Result<Issuer<'static, KeyPair>, String> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "a CA that nobody knows");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(Issuer::new(params, fresh()?))
}

fn sign(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Result<Minted, String> {
    let key = fresh()?;
    let leaf = params.signed_by(&key, issuer).map_err(|error| error.to_string())?;
    Ok(Minted { chain: vec![leaf.der().clone()], key: private(&key) })
}

fn fresh() -> Result<KeyPair, String> {
    KeyPair::generate().map_err(|error| error.to_string())
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(key.serialize_der().into())
}

fn pem(path: &Path) -> Result<String, String> {
    let octets = files::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(octets).map_err(|_| format!("{} is no PEM file", path.display()))
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;
    use crate::files::Readers;

    fn ca() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let key = fresh().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "true client CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        files::write(&directory.path().join("cert.pem"), certificate.pem().as_bytes(), Readers::Everyone).unwrap();
        files::write(&directory.path().join("key.pem"), key.serialize_pem().as_bytes(), Readers::Owner).unwrap();
        directory
    }

    /// Issuer and purpose, and whether the true CA signed it.
    fn read(by: Minter, flaw: Option<Flaw>) -> (String, bool, bool) {
        let ca = ca();
        let minted = forge("partner", by, flaw, ca.path()).unwrap();
        let (_, leaf) = X509Certificate::from_der(&minted.chain[0]).unwrap();
        let own = crate::caller::certificates(&files::read(&ca.path().join("cert.pem")).unwrap()).unwrap();
        let (_, own) = X509Certificate::from_der(&own[0]).unwrap();
        let client = leaf.extended_key_usage().unwrap().unwrap().value.client_auth;
        (
            leaf.issuer().iter_common_name().last().unwrap().as_str().unwrap().to_owned(),
            client,
            leaf.verify_signature(Some(own.public_key())).is_ok(),
        )
    }

    #[test]
    fn who_signs_and_in_whose_name() {
        assert_eq!(read(Minter::Stranger, None), ("a CA that nobody knows".into(), true, false));
        assert_eq!(read(Minter::Stranger, Some(Flaw::SameName)), ("true client CA".into(), true, false));
        assert_eq!(read(Minter::Trusted, Some(Flaw::NotYetValid)), ("true client CA".into(), true, true));
        assert_eq!(read(Minter::Trusted, Some(Flaw::NotForThisServer)), ("true client CA".into(), false, true));
    }

    #[test]
    fn a_renamed_certificate_differs_in_its_name_alone() {
        let identity = forge("partner", Minter::Stranger, None, Path::new("/none")).unwrap().identity().unwrap();
        let other = renamed(&identity, "partner").unwrap();
        let differing = identity.chain()[0].iter().zip(other.chain()[0].iter()).filter(|(one, two)| one != two).count();
        assert_eq!(differing, 2, "common name and subject alternative name");
        assert!(renamed(&identity, "absent").is_err());
    }
}
