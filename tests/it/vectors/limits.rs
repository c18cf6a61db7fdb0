//! The limits of ours that keep good chains out, read from the chains and their lists, and not from our answers.
//! `docs/threat-model.md` states each.

use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    parse_x509_certificate, parse_x509_crl,
    revocation_list::CertificateRevocationList,
};

use super::chains::Chain;

/// What webpki knows of the critical extensions: key usage, alternative name, basic and name constraints, points, purposes.
const KNOWN: [&str; 6] = ["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.37"];
/// RSA, elliptic curves, Ed25519: the keys that are taken.
const KEYS: [&str; 3] = ["1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.3.101.112"];

/// The stated limits that a chain meets; `None` when it should be accepted, if it is good.
pub(super) fn of(chain: &Chain) -> Option<String> {
    let path: Vec<_> = [&chain.leaf].into_iter().chain(&chain.rest).map(|der| certificate(der)).collect();
    let anchors: Vec<_> = chain.anchors.iter().map(|der| certificate(der)).collect();
    let lists: Vec<_> = chain.lists.iter().flatten().map(|der| parse_x509_crl(der).unwrap().1).collect();
    let cas: Vec<_> = path[1..].iter().chain(&anchors).collect();
    let met = [
        (!path.iter().all(has_key_of_ours), "keys other than RSA, EC and Ed25519"),
        (!path.iter().all(|one| is_named_by(one, &cas)), "names are compared octet by octet"),
        (path[0].is_ca(), "no CA's own certificate as a caller's"),
        (path.iter().any(has_unknown_critical), "no critical extension for policies"),
        (cas.iter().any(|ca| constrains_others(ca)), "no name constraints but for DNS names"),
        (is_counted_twice(&path[1..]), "self-issued certificates count for the path length"),
        (!cas.iter().all(|ca| has_list(ca, &lists)), "each issuer has a list of its own"),
        (!lists.iter().all(|list| is_signed_by_path(list, &cas)), "a list is signed with the key of its CA's certificate"),
        (lists.iter().any(is_partial), "no list of a part: delta, indirect, of one distribution point"),
    ];
    let met: Vec<_> = met.into_iter().filter(|(is_met, _)| *is_met).map(|(_, limit)| limit).collect();
    (!met.is_empty()).then(|| met.join("; "))
}

fn certificate(der: &[u8]) -> X509Certificate<'_> {
    parse_x509_certificate(der).unwrap().1
}

fn has_key_of_ours(one: &X509Certificate<'_>) -> bool {
    KEYS.contains(&one.public_key().algorithm.algorithm.to_id_string().as_str())
}

fn is_named_by(one: &X509Certificate<'_>, cas: &[&X509Certificate<'_>]) -> bool {
    cas.iter().any(|ca| ca.subject().as_raw() == one.issuer().as_raw())
}

fn has_unknown_critical(one: &X509Certificate<'_>) -> bool {
    one.extensions().iter().any(|extension| extension.critical && !KNOWN.contains(&extension.oid.to_id_string().as_str()))
}

fn constrains_others(ca: &X509Certificate<'_>) -> bool {
    let Ok(Some(constraints)) = ca.name_constraints() else { return false };
    let trees = [&constraints.value.permitted_subtrees, &constraints.value.excluded_subtrees];
    trees.into_iter().flatten().flatten().any(|tree| !matches!(tree.base, GeneralName::DNSName(_)))
}

fn is_counted_twice(cas: &[X509Certificate<'_>]) -> bool {
    let is_bounded = |ca: &X509Certificate<'_>| {
        ca.basic_constraints().unwrap().is_some_and(|constraints| constraints.value.path_len_constraint.is_some())
    };
    cas.iter().any(|ca| ca.subject() == ca.issuer()) && cas.iter().any(is_bounded)
}

fn has_list(ca: &X509Certificate<'_>, lists: &[CertificateRevocationList<'_>]) -> bool {
    lists.is_empty() || lists.iter().any(|list| list.issuer().as_raw() == ca.subject().as_raw())
}

/// By the identifier of the key: whether the signature is good is another question.
fn is_signed_by_path(list: &CertificateRevocationList<'_>, cas: &[&X509Certificate<'_>]) -> bool {
    let signer = list.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref(),
        _ => None,
    });
    let own = |ca: &X509Certificate<'_>| {
        ca.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        })
    };
    signer.is_none_or(|signer| cas.iter().any(|ca| own(ca).as_deref() == Some(signer.0)))
}

/// `deltaCRLIndicator` or `issuingDistributionPoint`.
fn is_partial(list: &CertificateRevocationList<'_>) -> bool {
    list.extensions().iter().any(|extension| ["2.5.29.27", "2.5.29.28"].contains(&extension.oid.to_id_string().as_str()))
}
