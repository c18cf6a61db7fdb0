//! Certificates as the commands make them, judged by openssl.

mod authorities;
mod crashes;
mod ends;
mod exports;
mod flaws;
mod key_types;
mod many;
mod passphrases;
mod requests;
mod watching;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::lab::{Lab, tool};

/// What openssl says, on both of its outputs. `None`, with a word about it, when there is none.
fn openssl<S: AsRef<OsStr>>(arguments: &[S]) -> Option<String> {
    let output = Command::new(tool("openssl")?).args(arguments).output().unwrap();
    Some(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

/// What `openssl verify` makes of a caller's chain, as a server would.
fn verdict(lab: &Lab, name: &str) -> Option<String> {
    let file = |file: &str| lab.path(&format!("certs/{file}"));
    let (ca, crl, chain) = (file("client-ca/cert.pem"), file("client-ca/crl.pem"), file(&format!("clients/{name}/chain.pem")));
    let cert = file(&format!("clients/{name}/cert.pem"));
    let options = ["verify", "-x509_strict", "-purpose", "sslclient", "-crl_check_all"].map(OsStr::new);
    let files: [(&str, &Path); 3] = [("-CAfile", &ca), ("-CRLfile", &crl), ("-untrusted", &chain)];
    let files = files.iter().flat_map(|(option, path)| [OsStr::new(*option), path.as_os_str()]);
    openssl(&options.into_iter().chain(files).chain([cert.as_os_str()]).collect::<Vec<_>>())
}

/// The certificate of a caller as text.
fn described(lab: &Lab, name: &str) -> Option<String> {
    let cert: PathBuf = lab.path(&format!("certs/clients/{name}/cert.pem"));
    openssl(&["x509".as_ref(), "-noout".as_ref(), "-text".as_ref(), "-in".as_ref(), cert.as_os_str()])
}

/// Every certificate that `cert list` shows.
fn listed(lab: &Lab) -> Vec<Value> {
    lab.json(&["cert", "list"])["certificates"].as_array().unwrap().clone()
}
