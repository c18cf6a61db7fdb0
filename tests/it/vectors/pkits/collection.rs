//! The certificates and lists of PKITS, and the path of each vector.

use std::{collections::BTreeMap, fs, path::Path};

use x509_parser::{
    extensions::{ParsedExtension, X509Extension},
    parse_x509_certificate, parse_x509_crl,
};

pub(super) const ROOT: &str = "TrustAnchorRootCertificate";

/// A certificate or a list, with the names and the keys that tie it to others.
struct Item {
    der: Vec<u8>,
    /// Of a list: its issuer.
    subject: Vec<u8>,
    key: Option<Vec<u8>>,
    signer: Option<Vec<u8>>,
}

/// Everything, by the names of the files.
pub(super) struct Collection {
    certificates: BTreeMap<String, Item>,
    lists: BTreeMap<String, Item>,
}

impl Collection {
    pub(super) fn read(directory: &Path) -> Self {
        let certificates = files(&directory.join("certs"), certificate);
        Self { certificates, lists: files(&directory.join("crls"), list) }
    }

    /// The names of what is a vector: the certificates at the ends of paths.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &str> {
        self.certificates.keys().map(String::as_str).filter(|name| name.ends_with("EE"))
    }

    pub(super) fn certificate(&self, name: &str) -> &[u8] {
        &self.certificates[name].der
    }

    /// The CAs between a leaf and the root, by the key identifiers.
    pub(super) fn path(&self, leaf: &str) -> Vec<&str> {
        let (mut path, mut at): (Vec<&str>, _) = (Vec::new(), 0);
        let mut last = leaf;
        loop {
            let signer = &self.certificates[last].signer;
            let signs = |(name, item): &(&String, &Item)| {
                item.key.is_some() && item.key == *signer && *name != ROOT && *name != leaf && !path.contains(&name.as_str())
            };
            let found: Vec<_> = self.certificates.iter().filter(signs).map(|(name, _)| name.as_str()).collect();
            path.extend(found);
            let Some(next) = path.get(at) else { return path };
            (last, at) = (next, at + 1);
        }
    }

    /// The lists of the root and of the CAs of a path: by the issuer, by the key, and by the name of the file.
    pub(super) fn lists(&self, path: &[&str]) -> Vec<Vec<u8>> {
        let of = |list: &Item, file: &str, ca: &str| {
            let item = &self.certificates[ca];
            let stem = ca.trim_end_matches("Cert").trim_end_matches("Certificate");
            list.subject == item.subject
                || (item.key.is_some() && list.signer == item.key)
                || file.strip_suffix("CRL") == Some(stem)
        };
        let wanted = |(file, list): &(&String, &Item)| path.iter().chain([&ROOT]).any(|ca| of(list, file, ca));
        self.lists.iter().filter(wanted).map(|(_, list)| list.der.clone()).collect()
    }
}

fn files(directory: &Path, read: fn(&[u8]) -> Item) -> BTreeMap<String, Item> {
    let item = |path: &Path| (path.file_stem().unwrap().to_string_lossy().into_owned(), read(&fs::read(path).unwrap()));
    fs::read_dir(directory).unwrap().map(|file| item(&file.unwrap().path())).collect()
}

fn certificate(der: &[u8]) -> Item {
    let (_, read) = parse_x509_certificate(der).unwrap();
    let (key, signer) = keys(read.extensions());
    Item { der: der.to_vec(), subject: read.subject().as_raw().to_vec(), key, signer }
}

fn list(der: &[u8]) -> Item {
    let (_, read) = parse_x509_crl(der).unwrap();
    let (key, signer) = keys(read.extensions());
    Item { der: der.to_vec(), subject: read.issuer().as_raw().to_vec(), key, signer }
}

/// The identifiers of its own key and of the one that signed it.
fn keys(extensions: &[X509Extension<'_>]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let (mut key, mut signer) = (None, None);
    for extension in extensions {
        match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => key = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => signer = id.key_identifier.as_ref().map(|id| id.0.to_vec()),
            _ => {}
        }
    }
    (key, signer)
}
