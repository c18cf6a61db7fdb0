//! M16: certificates issued by parallel commands. `AUTHBENCH_CERTIFICATES=10000` makes so many instead of a few hundred.

use std::{
    collections::HashSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use x509_parser::{certificate::X509Certificate, parse_x509_certificate, pem::parse_x509_pem};

use super::listed;
use crate::lab::{Lab, text};

/// Commands at once.
const LANES: usize = 8;

fn wanted() -> usize {
    std::env::var("AUTHBENCH_CERTIFICATES").ok().and_then(|number| number.parse().ok()).unwrap_or(240)
}

fn with<T>(path: &Path, look: impl FnOnce(&X509Certificate<'_>) -> T) -> T {
    let (_, pem) = parse_x509_pem(&fs::read(path).unwrap()).unwrap();
    look(&parse_x509_certificate(&pem.contents).unwrap().1)
}

#[test]
fn no_serial_comes_twice_and_every_certificate_is_for_callers_only() {
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    let (next, wanted, began) = (AtomicUsize::new(0), wanted(), Instant::now());
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < wanted) {
                    lab.json(&["cert", "issue", &format!("caller-{number}")]);
                }
            });
        }
    });
    let took = began.elapsed().as_secs_f64();
    println!("{wanted} certificates by {LANES} commands at once in {took:.1} s");

    let (mut serials, mut keys) = (HashSet::new(), HashSet::new());
    for number in 0..wanted {
        let directory = lab.path(&format!("certs/clients/caller-{number}"));
        let mode = fs::metadata(directory.join("key.pem")).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        with(&directory.join("cert.pem"), |read| {
            assert!(read.raw_serial().len() == 16 && read.raw_serial()[0] & 0xc0 == 0x40, "126 random bits, positive");
            serials.insert(read.raw_serial().to_vec());
            keys.insert(read.public_key().raw.to_vec());
            let usage = read.extended_key_usage().unwrap().unwrap().value;
            assert!(usage.client_auth && !usage.server_auth && !usage.any && usage.other.is_empty(), "{usage:?}");
            assert!(!read.basic_constraints().unwrap().unwrap().value.ca);
        });
    }
    assert_eq!((serials.len(), keys.len()), (wanted, wanted));
    let recorded: HashSet<_> = listed(&lab).iter().map(|one| text(one, "serial").to_owned()).collect();
    assert_eq!(recorded.len(), wanted);
    let path_length =
        with(&lab.path("certs/client-ca/cert.pem"), |read| read.basic_constraints().unwrap().unwrap().value.path_len_constraint);
    assert_eq!(path_length, Some(0));
}
