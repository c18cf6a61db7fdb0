//! What a revocation list costs: read once, and asked in every handshake, by how many it names.

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use authbench::{
    clock,
    pki::crl,
    revocation::RevocationList,
    transport::{ClientVerifier, Purpose, RevocationLists},
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyIdMethod, KeyPair, RevokedCertParams, SerialNumber,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use time::OffsetDateTime;

use super::measure::Case;

/// How many are revoked.
const SIZES: [u32; 3] = [0, 1_000, 100_000];
/// How often a list is read, for the median.
const READS: usize = 9;

/// A CA with one caller, and lists of its own.
struct Ca {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    caller: CertificateDer<'static>,
}

impl Ca {
    fn new() -> Self {
        let (mut params, key) = (CertificateParams::default(), KeyPair::generate().expect("a key"));
        params.distinguished_name.push(DnType::CommonName, "a client CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let certificate = params.self_signed(&key).expect("a CA").der().clone();
        let issuer = Issuer::new(params, key);
        let mut params = CertificateParams::new(vec!["partner".to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(serial(u32::MAX));
        let caller = params.signed_by(&KeyPair::generate().expect("a key"), &issuer).expect("a caller").der().clone();
        Self { certificate, issuer, caller }
    }

    /// A list of so many others, DER.
    fn list(&self, entries: u32) -> Vec<u8> {
        let now = OffsetDateTime::from(clock::now());
        let entry = |number| RevokedCertParams {
            serial_number: serial(number),
            revocation_time: now,
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: now - Duration::from_secs(60),
            next_update: now + Duration::from_secs(86_400),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: (0..entries).map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).expect("a list").der().to_vec()
    }

    fn read(&self, list: &[u8]) -> Vec<RevocationList> {
        crl::parse(list, &[&self.certificate], clock::now()).expect("the list is good")
    }
}

/// Sixteen octets that look random, as serials do.
fn serial(number: u32) -> SerialNumber {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &number.to_be_bytes());
    let mut octets = digest.as_ref()[..16].to_vec();
    octets[0] = octets[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&octets)
}

/// A certificate verified as in a handshake, beside lists of several sizes.
pub(crate) fn cases() -> Vec<Case> {
    let ca = Ca::new();
    let case = |entries: u32| {
        let lists = RevocationLists::default();
        lists.replace(ca.read(&ca.list(entries))).expect("the first list");
        let verifier = ClientVerifier::new(std::slice::from_ref(&ca.certificate), Arc::new(lists), clock::now()).expect("a CA");
        let caller = ca.caller.clone();
        Case::new("a client certificate verified", format!("list of {entries} entries"), move || {
            let now = clock::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
            let judged = verifier.verify(&caller, &[], UnixTime::since_unix_epoch(now), Purpose::ClientAuth);
            black_box(judged).expect("it is good");
        })
    };
    SIZES.map(case).into()
}

/// Reads lists, and prints how long that takes and what is kept.
#[expect(clippy::print_stdout, reason = "this program's only result")]
pub(crate) fn read_and_print() {
    let ca = Ca::new();
    println!("\n| entries | octets, DER | read and verified, ms, median of {READS} | kept in memory, MB |\n|---|---|---|---|");
    for entries in SIZES {
        let list = ca.list(entries);
        let mut took: Vec<Duration> = (0..READS).map(|_| timed(|| ca.read(&list)).0).collect();
        took.sort_unstable();
        let before = resident();
        let kept: Vec<_> = (0..4).map(|_| ca.read(&list)).collect();
        // Of four, so that what the allocator had at hand does not count for much.
        let each = resident().saturating_sub(before) / 4 / 1_000_000;
        println!("| {entries} | {} | {:.2} | {each} |", list.len(), took[READS / 2].as_secs_f64() * 1e3);
        drop::<Vec<Vec<RevocationList>>>(kept);
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let done = work();
    (began.elapsed(), done)
}

/// Octets of this process in memory; zero where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<u64> = status.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or_default() * 4096
}
