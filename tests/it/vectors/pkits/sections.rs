//! Which section a vector is of. The files do not say: their names do.

/// The sections, by what the names of their vectors begin with after `Valid` or `Invalid`.
const SECTIONS: [(&str, &[&str]); 16] = [
    ("4.1 signatures", &["CertificatePath", "CASignature", "EESignature", "DSASignature", "DSAParameter"]),
    ("4.2 validity", &["CAnot", "EEnot", "pre2000UTC", "GeneralizedTimenot"]),
    ("4.3 names", &["NameChaining", "NameUIDs", "RFC3280", "UTF8String", "Rollover"]),
    ("4.4 revocation", &["MissingCRL", "Revoked", "BadCRL", "WrongCRL", "TwoCRLs", "UnknownCRL", "OldCRL", "pre2000CRL"]),
    ("4.4 revocation", &["GeneralizedTimeCRL", "NegativeSerial", "LongSerial", "SeparateCertificateandCRLKeys"]),
    ("4.5 self-issued", &["BasicSelfIssued"]),
    ("4.6 basic constraints", &["MissingbasicConstraints", "cAFalse", "basicConstraints", "pathLen", "SelfIssuedpathLen"]),
    ("4.7 key usage", &["keyUsage"]),
    ("4.8 policies", &["AllCertificates", "AnyPolicy", "DifferentPolicies", "Overlapping", "UserNotice", "CPSPointer"]),
    ("4.9 explicit policy", &["requireExplicitPolicy", "SelfIssuedrequireExplicitPolicy"]),
    ("4.10 policy mappings", &["PolicyMapping", "MappingFrom", "MappingTo"]),
    ("4.11 no policy mapping", &["inhibitPolicyMapping", "SelfIssuedinhibitPolicyMapping"]),
    ("4.12 no anyPolicy", &["inhibitAnyPolicy", "SelfIssuedinhibitAnyPolicy"]),
    ("4.13 name constraints", &["DNname", "DNSname", "RFC822name", "URIname", "DNandRFC822name"]),
    ("4.14 distribution points", &["distributionPoint", "Noissuing", "onlyContains", "onlySome", "IDPwith", "cRLIssuer"]),
    ("4.15 delta lists", &["deltaCRL"]),
];

/// The section of a vector, without `Valid` or `Invalid`.
pub(super) fn section_of(name: &str) -> &'static str {
    let other = "4.16 extensions";
    let begins = |beginnings: &&[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    if name.ends_with("CertificateExtensionTest1EE") || name.ends_with("CertificateExtensionTest2EE") {
        return other;
    }
    SECTIONS.iter().find(|(_, beginnings)| begins(beginnings)).unwrap_or_else(|| panic!("{name} is of no section")).0
}
