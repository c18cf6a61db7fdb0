//! Certificate requests (RFC 2986): all that is taken from one is the public key, once its holder has proved to have the
//! private one.

use rcgen::SubjectPublicKeyInfo;
use x509_parser::{certification_request::X509CertificationRequest, oid_registry, prelude::FromDer, public_key::PublicKey, x509};

use crate::exit::Failure;

/// More than any request needs.
pub const LONGEST: usize = 64 * 1024;

/// A public key whose holder has shown to have the private one.
#[derive(Debug)]
pub struct OwnKey(pub(super) SubjectPublicKeyInfo);

impl OwnKey {
    /// Reads a request, PEM. What it asks for (subject, names, purposes, to be a CA) is not looked at.
    ///
    /// # Errors
    /// Exit 2 for what is no single request, one that its key did not sign, and a key that is weak or of a kind that callers'
    /// certificates are not made for. `source` is the file, for the message.
    pub fn from_request(octets: &[u8], source: &str) -> Result<Self, Failure> {
        read(octets).map(Self).map_err(|why| {
            Failure::usage(format!("the certificate request {source} cannot be taken: {why}"))
                .remedy("make one with `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=NAME -keyout key.pem`")
        })
    }
}

fn read(octets: &[u8]) -> Result<SubjectPublicKeyInfo, String> {
    let der = single_block(octets)?;
    let (rest, request) = X509CertificationRequest::from_der(&der).map_err(|error| format!("it cannot be read: {error}"))?;
    if !rest.is_empty() {
        return Err("something follows its end".into());
    }
    let key = &request.certification_request_info.subject_pki;
    check(key)?;
    request.verify_signature().map_err(|_| "its signature is not that of the key in it".to_owned())?;
    SubjectPublicKeyInfo::from_der(key.raw).map_err(|_| OTHER_KIND.to_owned())
}

fn single_block(octets: &[u8]) -> Result<Vec<u8>, String> {
    if octets.len() > LONGEST {
        return Err(format!("it has more than {LONGEST} octets"));
    }
    let mut blocks = pem::parse_many(octets).map_err(|error| format!("broken PEM: {error}"))?;
    match (blocks.pop(), blocks.len()) {
        (None, _) => Err("it holds no PEM".into()),
        (Some(block), 0) if LABELS.contains(&block.tag()) => Ok(block.into_contents()),
        (Some(block), 0) => Err(format!("it holds a {}", block.tag().to_lowercase().escape_debug())),
        _ => Err("it holds several PEM blocks".into()),
    }
}

/// RFC 7468 §7 has the second one as what some programs write.
const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

const OTHER_KIND: &str = "its key is of another kind than RSA, ECDSA on P-256 or P-384, and Ed25519";

/// What a server's verifier would not take later, and what is too weak for it to matter.
fn check(key: &x509::SubjectPublicKeyInfo<'_>) -> Result<(), String> {
    let algorithm = key.algorithm.oid();
    if *algorithm == oid_registry::OID_SIG_ED25519 {
        return if key.subject_public_key.data.len() == 32 { Ok(()) } else { Err("its key is no Ed25519 key".into()) };
    }
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => match bits(rsa.modulus) {
            bits if bits < 2048 => Err(format!("its RSA key has {bits} bits, and 2048 are the least")),
            bits if bits > 8192 => Err(format!("its RSA key has {bits} bits, and 8192 are the most")),
            _ if rsa.try_exponent().is_ok_and(|exponent| exponent >= 3 && exponent % 2 == 1) => Ok(()),
            _ => Err("its RSA key has an exponent that cannot be".into()),
        },
        Ok(PublicKey::EC(_)) => {
            let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
            let known = [oid_registry::OID_EC_P256, oid_registry::OID_NIST_EC_P384];
            // The short form of a point is lawful, and nobody's TLS takes it (RFC 8422 §5.1.1).
            let is_whole = key.subject_public_key.data.first() == Some(&4);
            if is_whole && curve.is_some_and(|curve| known.contains(&curve)) { Ok(()) } else { Err(OTHER_KIND.into()) }
        }
        _ => Err(OTHER_KIND.into()),
    }
}

/// As an integer has them, without leading zeros.
fn bits(integer: &[u8]) -> usize {
    let zeros = integer.iter().take_while(|octet| **octet == 0).count();
    let first = integer.get(zeros).map_or(0, |octet| octet.leading_zeros() as usize);
    (integer.len() - zeros) * 8 - first
}

#[cfg(test)]
mod tests;
