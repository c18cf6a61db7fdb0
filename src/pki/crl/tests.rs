use std::fs;

use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::CertificateRevocationListDer;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

/// A CA of our own, so that lists can be forged in every way.
struct Ca {
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn ca(name: &str, usages: &[KeyUsagePurpose]) -> Ca {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = usages.to_vec();
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    params.key_usages = Vec::new();
    Ca { der, issuer: Issuer::new(params, key) }
}

fn params(number: u64, serials: &[&[u8]]) -> CertificateRevocationListParams {
    CertificateRevocationListParams {
        this_update: (clock::now() - HOUR).into(),
        next_update: (clock::now() + HOUR).into(),
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs: serials.iter().map(|serial| entry(&Serial((*serial).into()), clock::now() - HOUR)).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

fn signed(params: &CertificateRevocationListParams, by: &Ca) -> Vec<u8> {
    CertificateRevocationListDer::from(params.signed_by(&by.issuer).unwrap()).to_vec()
}

fn load_bytes(content: &[u8], authorities: &[&Ca]) -> Result<Vec<RevocationList>, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crl");
    fs::write(&path, content).unwrap();
    let authorities: Vec<_> = authorities.iter().map(|ca| ca.der.as_slice()).collect();
    load(&path, &authorities, clock::now()).map_err(|failure| {
        let message = failure.to_string();
        let line = message.lines().next().unwrap().to_owned();
        line.split_once("cannot be trusted: ").map(|(_, why)| why.to_owned()).unwrap_or(line)
    })
}

fn refused(content: &[u8], authorities: &[&Ca]) -> String {
    load_bytes(content, authorities).unwrap_err()
}

#[test]
fn a_list_gives_issuer_number_end_and_serials() {
    let ca = ca("one", &[KeyUsagePurpose::CrlSign]);
    let shapes: [&[u8]; 4] = [&[1], &[0x7f, 1], &[0, 0x80, 1], &[0x40; 16]];
    let params = params(300, &shapes);
    for content in [signed(&params, &ca), params.signed_by(&ca.issuer).unwrap().pem().unwrap().into_bytes()] {
        let list = load_bytes(&content, &[&ca]).unwrap().pop().unwrap();
        assert_eq!(list.counter(), Some(300));
        assert!(list.is_current(clock::now()));
        let mut serials: Vec<_> = list.revoked.keys().map(ToString::to_string).collect();
        serials.sort();
        assert_eq!(
            serials,
            ["008001", "01", "40404040404040404040404040404040", "7f01"],
            "with the leading zero, as in a certificate"
        );
    }
}

#[test]
fn an_empty_list_with_number_zero_can_be_read() {
    let ca = ca("one", &[]);
    let list = load_bytes(&signed(&params(0, &[]), &ca), &[&ca]).unwrap().pop().unwrap();
    assert_eq!((list.counter(), list.revoked.len()), (Some(0), 0));
}

#[test]
fn a_list_past_its_end_is_kept_to_be_judged_by_time() {
    let ca = ca("one", &[]);
    let mut params = params(1, &[]);
    params.next_update = (clock::now() - Duration::from_secs(60)).into();
    let list = load_bytes(&signed(&params, &ca), &[&ca]).unwrap().pop().unwrap();
    assert!(!list.is_current(clock::now()));
}

#[test]
fn several_lists_in_one_file_belong_to_several_cas() {
    let (one, two) = (ca("one", &[]), ca("two", &[]));
    let pem = |ca: &Ca| params(1, &[]).signed_by(&ca.issuer).unwrap().pem().unwrap();
    let lists = load_bytes((pem(&one) + &pem(&two)).as_bytes(), &[&two, &one]).unwrap();
    assert_eq!(lists.len(), 2);
    assert_ne!(lists[0].issuer, lists[1].issuer);
}

#[test]
fn after_a_new_key_of_the_same_name_either_may_have_signed() {
    let (old, new) = (ca("one", &[]), ca("one", &[]));
    let load = |by: &Ca| load_bytes(&signed(&params(1, &[]), by), &[&new, &old]).unwrap().pop().unwrap();
    assert_eq!(load(&old).issuer, load(&new).issuer);
    assert!(!load(&old).is_of_the_same_ca(&load(&new)), "whose list it is, the key says");
    assert!(load(&old).is_of_the_same_ca(&load(&old)));
}

#[test]
fn a_list_that_is_not_to_be_believed_is_refused_with_the_reason() {
    let (own, other, twin) = (ca("one", &[]), ca("two", &[]), ca("one", &[]));
    let no_sign = ca("three", &[KeyUsagePurpose::KeyCertSign]);
    let good = signed(&params(1, &[&[1]]), &own);
    assert_eq!(refused(&good, &[&other]), "its issuer is none of the client CAs");
    assert_eq!(refused(&good, &[]), "its issuer is none of the client CAs");
    assert_eq!(refused(&good, &[&twin]), "its signature is not that of the CA");
    let bad = signed(&params(1, &[]), &no_sign);
    assert_eq!(refused(&bad, &[&no_sign]), "its CA may not sign lists (keyUsage without cRLSign)");
    let mut early = params(1, &[]);
    early.this_update = (clock::now() + HOUR / 2).into();
    assert_eq!(refused(&signed(&early, &own), &[&own]), "it is from the future: is the clock right?");
    assert_eq!(refused(&[&good[..], b"x"].concat(), &[&own]), "something follows its end");
    assert_eq!(refused(b"", &[&own]), "it holds no list, in PEM or DER");
    assert_eq!(refused(b"hello", &[&own]), "it holds no list, in PEM or DER");
    for cut in [1, good.len() / 2, good.len() - 1] {
        assert!(refused(&good[..cut], &[&own]).contains("read"), "cut at {cut}");
    }
}

#[test]
fn no_single_flipped_bit_gets_through() {
    let own = ca("one", &[]);
    let good = signed(&params(1, &[&[0x41; 16]]), &own);
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(load_bytes(&bad, &[&own]).is_err(), "octet {at}");
    }
}

#[test]
fn a_list_without_a_number_is_refused() {
    let own = ca("one", &[]);
    let good = signed(&params(1, &[]), &own);
    // 2.5.29.20 becomes 2.5.29.21, which is no extension of a list; then it is signed again.
    let unnumbered = resign(&own, &good, |tbs| {
        let at = tbs.windows(5).position(|octets| octets == [6, 3, 0x55, 0x1d, 0x14]).unwrap();
        tbs[at + 4] = 0x15;
    });
    assert_eq!(refused(&unnumbered, &[&own]), "it has no number (cRLNumber)");
}

#[test]
fn a_list_with_a_critical_number_is_refused() {
    let own = ca("one", &[]);
    let good = signed(&params(1, &[]), &own);
    // `OID, OCTET STRING { INTEGER 1 }` as rcgen has it, at the end; `critical` goes before the string.
    let critical = resign(&own, &good, |tbs| {
        let at = tbs.windows(5).position(|octets| octets == [6, 3, 0x55, 0x1d, 0x14]).unwrap();
        assert_eq!(tbs[at + 5..], [4, 3, 2, 1, 1]);
        tbs.splice(at + 5..at + 5, [1, 1, 0xff]);
        grow(tbs, at);
    });
    assert_eq!(refused(&critical, &[&own]), "its number (cRLNumber) is marked critical (RFC 5280 §5.2.3)");
}

/// Adds three octets to the lengths of the last extension, of all extensions, and of what is signed.
fn grow(tbs: &mut [u8], last: usize) {
    let all = tbs.windows(11).position(|octets| octets[0] == 0xa0 && octets[6..] == [6, 3, 0x55, 0x1d, 0x23]).unwrap();
    for at in [last - 1, all + 1, all + 3, 1] {
        assert!(tbs[at] < 0x7d);
        tbs[at] += 3;
    }
}

/// A list of one part is silent about the others: taken for the whole it would clear them.
#[test]
fn a_list_of_one_part_is_refused() {
    let own = ca("one", &[]);
    for scope in [None, Some(CrlScope::UserCertsOnly), Some(CrlScope::CaCertsOnly)] {
        let distribution_point = CrlDistributionPoint { uris: vec!["http://pki.example/1.crl".into()] };
        let point = CrlIssuingDistributionPoint { distribution_point, scope };
        let params = CertificateRevocationListParams { issuing_distribution_point: Some(point), ..params(1, &[]) };
        assert_eq!(
            refused(&signed(&params, &own), &[&own]),
            "it is of one distribution point or one kind of certificate only (issuingDistributionPoint)"
        );
    }
}

/// Changes what is signed and signs it again.
fn resign(by: &Ca, der: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (_, list) = CertificateRevocationList::from_der(der).unwrap();
    let mut tbs = list.tbs_cert_list.as_ref().to_vec();
    change(&mut tbs);
    let signature = rcgen::SigningKey::sign(by.issuer.key(), &tbs).unwrap();
    let algorithm = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let bits = [&[0x03, u8::try_from(signature.len() + 1).unwrap(), 0][..], &signature].concat();
    let content = [&tbs[..], &algorithm, &bits].concat();
    let length = u8::try_from(content.len()).unwrap();
    assert!(length > 127, "below, its length has another form");
    [&[0x30, 0x81, length][..], &content].concat()
}
