//! CAs and certificates, good and bad.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, SerialNumber, SignatureAlgorithm,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::seconds_from_now;
use crate::peer::Serial;

/// A CA that signs what it is asked to.
pub(super) struct Ca {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
    not_after: SystemTime,
}

/// What one end of a connection presents.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    key_pem: String,
    ca_pem: String,
}

pub(super) fn ca(name: &str) -> Ca {
    ca_until(name, seconds_from_now(3600))
}

pub(super) fn ca_until(name: &str, not_after: SystemTime) -> Ca {
    root(authority(name, not_after), not_after)
}

/// One that says how many CAs may be below it.
pub(super) fn ca_with_path(name: &str, most: Option<u8>) -> Ca {
    let not_after = seconds_from_now(3600);
    let mut params = authority(name, not_after);
    params.is_ca = IsCa::Ca(most.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
    root(params, not_after)
}

fn root(params: CertificateParams, not_after: SystemTime) -> Ca {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Ca { certificate, issuer: Issuer::new(params, key), not_after }
}

fn authority(name: &str, not_after: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_after = not_after.into();
    params
}

impl Ca {
    pub(super) fn der(&self) -> CertificateDer<'static> {
        self.certificate.der().clone()
    }

    /// Its distinguished name, DER.
    pub(super) fn name(&self) -> Arc<[u8]> {
        let (_, read) = x509_parser::parse_x509_certificate(self.certificate.der()).unwrap();
        read.subject().as_raw().into()
    }

    /// A good caller.
    pub(super) fn client(&self, name: &str) -> Identity {
        self.client_with(name, |_| {})
    }

    /// A caller with something else about it.
    pub(super) fn client_with(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        self.leaf(name, ExtendedKeyUsagePurpose::ClientAuth, change)
    }

    pub(super) fn server(&self) -> Identity {
        self.server_named(&["localhost"])
    }

    /// The same for several hosts.
    pub(super) fn server_named(&self, names: &[&str]) -> Identity {
        let names = names.iter().map(|name| SanType::DnsName((*name).try_into().unwrap()));
        self.leaf("localhost", ExtendedKeyUsagePurpose::ServerAuth, |leaf| leaf.subject_alt_names = names.collect())
    }

    /// A caller with a key of another kind.
    pub(super) fn client_of(&self, name: &str, kind: &'static SignatureAlgorithm) -> Identity {
        let key = KeyPair::generate_for(kind).unwrap();
        self.leaf_of(name, ExtendedKeyUsagePurpose::ClientAuth, &key, |_| {})
    }

    fn leaf(&self, name: &str, purpose: ExtendedKeyUsagePurpose, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        self.leaf_of(name, purpose, &KeyPair::generate().unwrap(), change)
    }

    fn leaf_of(
        &self,
        name: &str,
        purpose: ExtendedKeyUsagePurpose,
        key: &KeyPair,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![purpose];
        params.not_after = self.not_after.into();
        let mut serial = [0_u8; 16];
        aws_lc_rs::rand::fill(&mut serial).unwrap();
        serial[0] = 0x40;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        change(&mut params);
        self.identity(&params.signed_by(key, &self.issuer).unwrap(), key)
    }

    /// The CA itself, presented as a caller.
    pub(super) fn itself(&self) -> Identity {
        self.identity(&self.certificate, self.issuer.key())
    }

    /// A CA below this one.
    pub(super) fn intermediate(&self, name: &str) -> Ca {
        self.intermediate_for(name, &[])
    }

    /// The same, with a key for something; for nothing means that it does not say.
    pub(super) fn intermediate_for(&self, name: &str, usages: &[KeyUsagePurpose]) -> Ca {
        let (mut params, key) = (authority(name, self.not_after), KeyPair::generate().unwrap());
        params.key_usages = usages.to_vec();
        params.serial_number = Some(SerialNumber::from_slice(&[0x41; 16]));
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Ca { certificate, issuer: Issuer::new(params, key), not_after: self.not_after }
    }

    fn identity(&self, certificate: &rcgen::Certificate, key: &KeyPair) -> Identity {
        Identity {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            key_pem: key.serialize_pem(),
            ca_pem: self.certificate.pem(),
        }
    }
}

impl Identity {
    pub(super) fn serial(&self) -> Serial {
        let (_, read) = x509_parser::parse_x509_certificate(&self.chain[0]).unwrap();
        Serial(read.raw_serial().into())
    }

    /// The same certificate in the hands of somebody with another key.
    pub(super) fn stolen(self) -> Self {
        let key = KeyPair::generate().unwrap();
        Self { key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(), key_pem: key.serialize_pem(), ..self }
    }

    /// Something else where the certificate should be.
    pub(super) fn presenting(self, octets: &[u8]) -> Self {
        Self { chain: vec![octets.to_vec().into()], ..self }
    }

    /// The same with an intermediate CA sent along.
    pub(super) fn with(mut self, ca: &Ca) -> Self {
        self.chain.push(ca.der());
        self
    }

    /// Writes `NAME.pem`, `NAME.key.pem` and `NAME.ca.pem`; gives the first two.
    pub(super) fn write(&self, directory: &Path, name: &str) -> (PathBuf, PathBuf) {
        let file = |end: &str| directory.join(format!("{name}{end}"));
        std::fs::write(file(".pem"), pem(&self.chain[0])).unwrap();
        std::fs::write(file(".key.pem"), &self.key_pem).unwrap();
        std::fs::write(file(".ca.pem"), &self.ca_pem).unwrap();
        (file(".pem"), file(".key.pem"))
    }
}

fn pem(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}
