use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use x509_parser::{certificate::X509Certificate, prelude::ParsedExtension};

use super::*;
use crate::key_type::KeyType;

const DAY: Duration = Duration::from_secs(86_400);

fn fresh() -> (tempfile::TempDir, Pki) {
    let directory = tempfile::tempdir().unwrap();
    let pki = Pki::open(directory.path()).unwrap();
    (directory, pki)
}

fn der(path: &Path) -> Vec<u8> {
    issue::single_certificate(path, &fs::read(path).unwrap()).unwrap()
}

fn with<T>(path: &Path, look: impl FnOnce(&X509Certificate<'_>) -> T) -> T {
    let der = der(path);
    look(&x509_parser::parse_x509_certificate(&der).unwrap().1)
}

fn order(name: &str) -> Order<'_> {
    Order { name, sans: &[], ttl: DAY, key: OrderKey::Fresh(KeyType::P256), flaw: None, existing: Existing::Refuse }
}

fn issue(pki: &Pki, name: &str, sans: &[String]) -> Issued {
    let issued = pki.issue(&Order { sans, ..order(name) }).unwrap();
    issued.stage().unwrap().publish().unwrap();
    issued
}

/// The message with the directory cut out.
fn told(directory: &tempfile::TempDir, failure: &Failure) -> String {
    failure.to_string().replace(&directory.path().display().to_string(), "CERTS")
}

#[test]
fn what_is_missing_is_made_once_and_keys_are_private() {
    let (directory, pki) = fresh();
    let files = ["server-ca/cert.pem", "server-ca/key.pem", "client-ca/cert.pem", "client-ca/crl.pem", "server/cert.pem"];
    let before: Vec<_> = files.iter().map(|file| fs::read(directory.path().join(file)).unwrap()).collect();
    Pki::open(directory.path()).unwrap();
    let after: Vec<_> = files.iter().map(|file| fs::read(directory.path().join(file)).unwrap()).collect();
    assert_eq!(before, after);
    let issued = issue(&pki, "partner", &[]);
    for key in ["server-ca/key.pem", "client-ca/key.pem", "server/key.pem", "clients/partner/key.pem"] {
        assert_eq!(fs::metadata(directory.path().join(key)).unwrap().permissions().mode() & 0o777, 0o600, "{key}");
    }
    assert_eq!(issued.chain, directory.path().join("clients/partner/chain.pem"));
}

#[test]
fn processes_that_start_at_once_agree_on_one_ca() {
    let directory = tempfile::tempdir().unwrap();
    let paths = std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..8).map(|_| scope.spawn(|| Pki::open(directory.path()).map(|pki| der(&pki.client_ca())))).collect();
        starts.into_iter().map(|start| start.join().unwrap().unwrap()).collect::<std::collections::HashSet<_>>()
    });
    assert_eq!(paths.len(), 1);
    Pki::open(directory.path()).unwrap();
}

#[test]
fn a_client_certificate_says_what_the_profile_of_rfc_5280_asks() {
    let (_directory, pki) = fresh();
    let sans = ["DNS:a.example".to_owned(), "URI:spiffe://x/y".to_owned(), "IP:192.0.2.1".to_owned()];
    let issued = issue(&pki, "partner", &sans);
    with(&issued.cert, |read| {
        assert_eq!(read.raw_serial(), &*issued.serial.0);
        assert_eq!(issued.serial.0.len(), 16);
        let ca = issued.issuer.as_ref().expect("ours");
        assert_eq!(read.issuer().as_raw(), &**ca);
        assert_eq!(pki.client_issuers().unwrap(), [Arc::clone(ca)]);
        assert_eq!(read.subject().to_string(), "CN=partner");
        let usage = read.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.client_auth && !usage.server_auth && !usage.any);
        let constraints = read.basic_constraints().unwrap().expect("present, and says no");
        assert!(!constraints.value.ca);
        let names = &read.subject_alternative_name().unwrap().unwrap().value.general_names;
        assert_eq!(names.len(), 3);
        let identifier = |extension: &ParsedExtension<'_>| matches!(extension, ParsedExtension::AuthorityKeyIdentifier(_));
        assert!(read.extensions().iter().any(|extension| identifier(extension.parsed_extension())));
        assert_eq!(issue::validity(read), (issued.not_before, issued.not_after));
    });
    assert!(issued.not_before < clock::now() - Duration::from_secs(59));
    assert!(issued.not_after >= clock::now() + DAY - Duration::from_secs(5));
}

#[test]
fn without_names_the_name_is_the_dns_name() {
    let (_directory, pki) = fresh();
    let issued = issue(&pki, "partner", &[]);
    let names = with(&issued.cert, |read| format!("{:?}", read.subject_alternative_name().unwrap().unwrap().value.general_names));
    assert_eq!(names, r#"[DNSName("partner")]"#);
}

#[test]
fn what_cannot_be_issued_leaves_no_file() {
    let (directory, pki) = fresh();
    let refuse = |name: &str, sans: &[&str], ttl| {
        let sans: Vec<_> = sans.iter().map(|&san| san.to_owned()).collect();
        told(&directory, &pki.issue(&Order { sans: &sans, ttl, ..order(name) }).unwrap_err())
    };
    insta::assert_snapshot!(refuse("../up", &[], DAY), @"
    `../up` cannot be the name of a certificate
      mend: use 1 to 64 letters, digits, `.`, `_` or `-`, not beginning with `.`
    ");
    insta::assert_snapshot!(refuse("a", &[], Duration::from_millis(900)), @"
    a certificate lives for at least one second
      mend: give a --ttl such as 10m or 90d
    ");
    assert!(refuse("a", &[], DAY * 365 * 11).starts_with("the certificate would outlive the CA that signs it"));
    assert!(refuse("a", &[], Duration::MAX).starts_with("the certificate would outlive the CA that signs it"));
    assert!(refuse("a", &["b"], DAY).contains("DNS:host"));
    assert!(!directory.path().join("clients").exists());
}

#[test]
fn a_key_that_is_there_is_replaced_only_when_asked() {
    let (directory, pki) = fresh();
    let first = issue(&pki, "partner", &[]);
    let failure = pki.issue(&order("partner")).unwrap_err();
    insta::assert_snapshot!(told(&directory, &failure), @"
    CERTS/clients/partner is there already, with somebody's key
      mend: take another name, or move that directory away
    ");
    let second = pki.issue(&Order { existing: Existing::Replace, ..order("partner") }).unwrap();
    assert_eq!(with(&first.cert, |read| read.raw_serial().to_vec()), &*first.serial.0, "nothing is written yet");
    second.stage().unwrap().publish().unwrap();
    assert_ne!(first.serial, second.serial);
    assert_eq!(with(&second.cert, |read| read.raw_serial().to_vec()), &*second.serial.0);
}

#[test]
fn a_lost_revocation_list_is_not_made_again_as_an_empty_one() {
    let (directory, pki) = fresh();
    assert_eq!(pki.read_revocation_lists().unwrap()[0].counter(), Some(0));
    fs::remove_file(pki.revocation_list()).unwrap();
    let again = Pki::open(directory.path()).unwrap();
    assert!(again.read_revocation_lists().unwrap().is_empty());
}

#[test]
fn a_lost_ca_certificate_is_made_again_on_its_own_key() {
    let (directory, pki) = fresh();
    let key = fs::read(directory.path().join("client-ca/key.pem")).unwrap();
    fs::remove_file(pki.client_ca()).unwrap();
    Pki::open(directory.path()).unwrap();
    assert_eq!(fs::read(directory.path().join("client-ca/key.pem")).unwrap(), key);
}

#[test]
fn files_that_cannot_be_used_are_named_with_the_remedy() {
    let told_after = |file: &str, content: &str| {
        let (directory, _) = fresh();
        let content = match content {
            "other key" => rcgen::KeyPair::generate().unwrap().serialize_pem(),
            "leaf" => fs::read_to_string(directory.path().join("server/cert.pem")).unwrap(),
            text => text.to_owned(),
        };
        fs::write(directory.path().join(file), content).unwrap();
        told(&directory, &Pki::open(directory.path()).unwrap_err())
    };
    insta::assert_snapshot!(told_after("client-ca/key.pem", "other key"), @"
    the CA certificate CERTS/client-ca/cert.pem cannot be used: it does not match key.pem beside it
      mend: move CERTS/client-ca away and run `authbench cert init`; what it signed must be issued again
    ");
    insta::assert_snapshot!(told_after("server-ca/cert.pem", "leaf"), @"
    the CA certificate CERTS/server-ca/cert.pem cannot be used: it is no CA certificate (RFC 5280 §4.2.1.9)
      mend: move CERTS/server-ca away and run `authbench cert init`; what it signed must be issued again
    ");
    insta::assert_snapshot!(told_after("server/key.pem", "other key"), @"
    the server's certificate CERTS/server/cert.pem does not match key.pem beside it
      mend: put the right pair there, or delete it: the next start makes a new one
    ");
    for (file, content) in [("client-ca/key.pem", ""), ("server/key.pem", "-----BEGIN"), ("server/cert.pem", "nonsense")] {
        let message = told_after(file, content);
        assert!(message.contains(&format!("CERTS/{file}")) && message.contains("mend: "), "{message}");
    }
}

#[test]
fn an_expired_ca_is_refused_by_name() {
    let (directory, pki) = fresh();
    let failure = Authority::load(&directory.path().join("client-ca"), None, clock::now() + DAY * 365 * 11).err().unwrap();
    assert!(
        told(&directory, &failure).starts_with("the CA certificate CERTS/client-ca/cert.pem cannot be used: it expired at 20")
    );
    let early = Authority::load(&directory.path().join("client-ca"), None, clock::now() - DAY).err().unwrap();
    assert!(early.to_string().contains("is the clock right?"));
    drop(pki);
}

#[test]
fn the_server_certificate_is_renewed_in_its_last_third_on_the_same_key() {
    let (directory, pki) = fresh();
    let authority = Authority::load(&directory.path().join("server-ca"), None, clock::now()).unwrap();
    let (first, key) = (der(&pki.server().cert), fs::read(pki.server().key).unwrap());
    let renew_after = |days: u32| {
        server::keep(&pki.server(), &pki.profile.server, &authority, clock::now() + DAY * days).unwrap();
        der(&pki.server().cert)
    };
    assert_eq!(renew_after(59), first);
    assert_ne!(renew_after(61), first);
    assert_eq!(fs::read(pki.server().key).unwrap(), key);
}

#[test]
fn a_server_certificate_of_another_ca_is_replaced() {
    let (directory, pki) = fresh();
    let first = der(&pki.server().cert);
    fs::remove_dir_all(directory.path().join("server-ca")).unwrap();
    let again = Pki::open(directory.path()).unwrap();
    assert_ne!(der(&again.server().cert), first);
}

#[test]
fn openssl_agrees() {
    let (_directory, pki) = fresh();
    let issued = issue(&pki, "partner", &[]);
    let openssl = |arguments: &[&str], files: &[&Path]| {
        let run = Command::new("openssl").args(arguments).args(files).output();
        run.ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    let ca = pki.client_ca();
    let Some(said) = openssl(&["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile"], &[&ca, &issued.cert]) else {
        assert!(std::env::var_os("AUTHBENCH_REQUIRE_TOOLS").is_none(), "openssl is required here");
        return eprintln!("skipped: needs openssl");
    };
    assert!(said.ends_with("cert.pem: OK\n"), "{said}");
    let said = openssl(&["verify", "-purpose", "sslserver", "-CAfile"], &[&ca, &issued.cert]).unwrap();
    assert!(said.contains("unsuitable certificate purpose") || said.contains("unsupported certificate purpose"), "{said}");
    let newest = pki.generations(clock::now()).unwrap().remove(0);
    let list = Kept::sign(newest.issuer(), 7, &HashMap::from([(issued.serial, clock::now())]), DAY, clock::now()).unwrap();
    pki.write_lists([&list].into_iter()).unwrap();
    let list = pki.revocation_list();
    let said = openssl(&["verify", "-crl_check", "-CRLfile"], &[&list, Path::new("-CAfile"), &ca, &issued.cert]).unwrap();
    assert!(said.contains("certificate revoked"), "{said}");
}

/// What stands in a directory when the CAs' keys are kept elsewhere.
fn without_ca_keys() -> (tempfile::TempDir, Pki) {
    let (directory, _) = fresh();
    for ca in ["client-ca", "server-ca"] {
        fs::remove_file(directory.path().join(ca).join("key.pem")).unwrap();
    }
    let pki = Pki::open(directory.path()).unwrap();
    (directory, pki)
}

#[test]
fn without_the_keys_of_the_cas_all_can_be_read_and_nothing_signed() {
    let (directory, pki) = without_ca_keys();
    assert_eq!(pki.client_issuers().unwrap().len(), 1);
    assert_eq!(pki.read_revocation_lists().unwrap().len(), 1);
    insta::assert_snapshot!(told(&directory, &pki.issue(&order("partner")).unwrap_err()), @"
    the key of the CA in CERTS/client-ca is not here, and this cannot be done without it
      mend: put key.pem back into CERTS/client-ca, or run the command where it is
    ");
    assert!(!directory.path().join("clients").exists());
}

#[test]
fn a_server_certificate_is_used_to_its_end_when_nobody_can_renew_it() {
    let (directory, pki) = without_ca_keys();
    let authority = Authority::load(&directory.path().join("server-ca"), None, clock::now()).unwrap();
    let keep = |days: u32| server::keep(&pki.server(), &pki.profile.server, &authority, clock::now() + DAY * days);
    keep(89).unwrap();
    assert!(told(&directory, &keep(91).unwrap_err()).starts_with("the key of the CA in CERTS/server-ca is not here"));
    fs::remove_file(pki.server().cert).unwrap();
    assert!(Pki::open(directory.path()).is_err());
}

#[test]
fn keys_are_of_the_kind_that_was_asked_for() {
    let (_directory, pki) = fresh();
    for (key_type, algorithm) in
        [(KeyType::P256, "P256"), (KeyType::Ed25519, "Ed25519"), (KeyType::Rsa, "RSA 3072"), (KeyType::Rsa2048, "RSA 2048")]
    {
        let issued = pki.issue(&Order { key: OrderKey::Fresh(key_type), ..order(key_type.as_str()) }).unwrap();
        issued.stage().unwrap().publish().unwrap();
        let found = with(&issued.cert, |read| match read.public_key().parsed().unwrap() {
            x509_parser::public_key::PublicKey::RSA(key) => format!("RSA {}", key.key_size()),
            x509_parser::public_key::PublicKey::EC(point) => format!("P{}", point.key_size()),
            _ => "Ed25519".to_owned(),
        });
        assert_eq!(found, algorithm);
        assert_eq!(with(&issued.cert, |read| read.public_key().raw.to_vec()), {
            use rcgen::PublicKeyData;
            key::read(issued.key.as_ref().unwrap()).unwrap().subject_public_key_info()
        });
    }
}
