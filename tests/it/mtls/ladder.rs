//! A CA of an operator's own with CAs below it, as deep as wanted: deeper than `authbench cert` makes them.

use std::time::{Duration, SystemTime};

use authbench::clock;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber,
};

const DAY: Duration = Duration::from_secs(86_400);

/// The root first, each other signed by the one before.
pub(super) struct Ladder(Vec<Rung>);

struct Rung {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    list: String,
}

impl Ladder {
    /// `depth` CAs, the root included.
    pub(super) fn new(name: &str, depth: usize) -> Self {
        let mut rungs: Vec<Rung> = Vec::new();
        for number in 0..depth {
            rungs.push(Rung::below(rungs.last(), &format!("{name} {number}")));
        }
        Self(rungs)
    }

    /// The certificates of the CAs with these numbers, in this order.
    pub(super) fn pem(&self, numbers: impl IntoIterator<Item = usize>) -> String {
        numbers.into_iter().map(|number| self.0[number].pem.as_str()).collect()
    }

    /// The revocation lists of all of them; nobody is on any.
    pub(super) fn lists(&self) -> String {
        self.0.iter().map(|rung| rung.list.as_str()).collect()
    }

    /// The certificate of a caller below the lowest.
    pub(super) fn leaf(&self, name: &str, key: &KeyPair) -> String {
        let mut params = params(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.signed_by(key, &self.0.last().unwrap().issuer).unwrap().pem()
    }
}

impl Rung {
    fn below(above: Option<&Self>, name: &str) -> Self {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let signed = above.map_or_else(|| params.self_signed(&key), |above| params.signed_by(&key, &above.issuer));
        let (pem, issuer) = (signed.unwrap().pem(), Issuer::new(params, key));
        let list = list(&issuer, clock::now() + DAY, 1);
        Self { issuer, pem, list }
    }
}

/// A list (PEM) that names nobody and counts until `end`.
pub(super) fn list(issuer: &Issuer<'_, KeyPair>, end: SystemTime, number: u64) -> String {
    let list = CertificateRevocationListParams {
        this_update: (end - 2 * DAY).into(),
        next_update: end.into(),
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer).unwrap().pem().unwrap()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = (clock::now() - DAY).into();
    params.not_after = (clock::now() + DAY).into();
    params
}
