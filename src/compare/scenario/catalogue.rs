//! Where scenarios come from: built into the binary, a directory, or a file.

use std::path::{Path, PathBuf};

use super::{Scenario, claims};
use crate::document::{self, Fault};

macro_rules! built_in {
    ($($id:literal,)+) => {
        &[$(($id, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/", $id, ".toml"))),)+]
    };
}

/// Every file of `scenarios/`, with its id, in the order of the matrix.
const BUILT_IN: &[(&str, &str)] = built_in![
    "shared/right-credential",
    "shared/nothing-presented",
    "shared/forged-certificate-header",
    "shared/unreadable-credential",
    "shared/another-host",
    "shared/credential-in-address",
    "jwt/second-issuer",
    "jwt/token-request-right",
    "jwt/client-authentication",
    "jwt/bearer-place",
    "apikey/one-header",
    "mtls/names",
    "mtls/callers",
    "mtls/nameless",
    "mtls/no-purpose-said",
    "mtls/key-types",
    "mtls/chain-untidy",
    "mtls/issuing-ca",
    "mtls/issuing-ca-missing",
    "mtls/default-endpoint-absent",
    "mtls/default-endpoint",
    "shared/expired",
    "shared/expired-on-open-connection",
    "shared/not-yet-valid",
    "shared/revoked-new-connection",
    "shared/revoked-open-connection",
    "shared/revoked-http2-connection",
    "shared/revoked-resumed-session",
    "shared/disabled",
    "shared/enabled-again",
    "jwt/no-grace",
    "jwt/revoked-token-new-token",
    "jwt/revoked-at-endpoint",
    "jwt/client-removed",
    "mtls/short-life",
    "mtls/revoked-by-list",
    "mtls/list-that-forgets",
    "mtls/optional-revoked-open",
    "apikey/without-end",
    "shared/wire-recorded",
    "shared/replayed-from-elsewhere",
    "shared/replayed-outside-allowlist",
    "shared/files-copied",
    "shared/files-copied-allowlist",
    "shared/store-stolen",
    "shared/fake-server",
    "shared/fake-server-unchecked",
    "shared/server-ca-key-stolen",
    "jwt/token-request-seen",
    "jwt/signing-key-stolen",
    "mtls/ca-key-stolen",
    "mtls/optional-without-key",
    "shared/made-by-a-stranger",
    "shared/made-in-our-name",
    "shared/tampered",
    "shared/made-for-someone-else",
    "jwt/no-signature",
    "jwt/public-key-as-secret",
    "jwt/key-of-its-own",
    "jwt/hostile-key-id",
    "jwt/signature-form",
    "jwt/another-spelling",
    "jwt/must-understand",
    "jwt/said-twice",
    "jwt/wrong-type",
    "jwt/wrong-issuer",
    "jwt/wrong-audience",
    "jwt/end-that-is-none",
    "jwt/beginning-that-is-none",
    "jwt/claims-missing",
    "mtls/made-for-another-purpose",
    "mtls/authority-as-caller",
    "mtls/authority-below",
    "mtls/chain-of-its-own",
    "mtls/chain-reversed",
    "mtls/default-endpoint-other-host",
    "mtls/default-endpoint-session",
    "shared/outside-own-allowlist",
    "shared/within-own-denylist",
    "shared/outside-server-allowlist",
    "shared/within-server-denylist",
    "shared/forged-forwarded-for",
    "shared/forged-behind-proxy",
    "shared/missing-scope",
    "shared/flood",
    "shared/quota-edge",
    "shared/noisy-neighbour",
    "jwt/token-request-wrong",
    "jwt/scope-asked",
    "jwt/revoked-by-another",
    "jwt/revocation-requests",
    "apikey/guessing",
    "shared/rotated",
    "shared/rotated-with-overlap",
    "shared/maker-succeeded",
    "shared/maker-retired",
    "shared/revoked-neighbour",
    "shared/restarted",
    "shared/killed-after-revoking",
    "jwt/rotated-token-lives",
    "shared/log-stolen",
    "jwt/introspected",
    "apikey/which-exist",
    "mtls/refused-by-alert",
    "mtls/refused-with-a-reason",
];

/// The scenarios of this binary.
///
/// # Errors
/// The first fault; the tests see to it that there is none.
pub fn built_in() -> Result<Vec<Scenario>, Fault> {
    BUILT_IN.iter().map(|(id, text)| Scenario::parse(id, &format!("scenarios/{id}.toml"), text)).collect()
}

/// All scenarios below a directory, by group and then by id. The article's claims may lie beside them.
///
/// # Errors
/// The first fault, or that there is none.
pub fn directory(root: &Path) -> Result<Vec<Scenario>, Fault> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    let all: Result<Vec<_>, _> = files.iter().map(|path| file(path, &id_below(root, path))).collect();
    let mut all = all?;
    all.sort_by_key(|scenario| scenario.group);
    if all.is_empty() { Err(unreadable(root, "there is no scenario in it")) } else { Ok(all) }
}

/// One file.
///
/// # Errors
/// What is wrong with it.
pub fn file(path: &Path, id: &str) -> Result<Scenario, Fault> {
    Scenario::parse(id, &path.display().to_string(), &document::read(path)?)
}

fn collect(directory: &Path, into: &mut Vec<PathBuf>) -> Result<(), Fault> {
    let entries = std::fs::read_dir(directory).map_err(|error| unreadable(directory, &error.to_string()))?;
    for entry in entries {
        let path = entry.map_err(|error| unreadable(directory, &error.to_string()))?.path();
        if path.is_dir() {
            collect(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") && !path.ends_with(claims::FILE) {
            into.push(path);
        }
    }
    Ok(())
}

fn id_below(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path).with_extension("");
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn unreadable(directory: &Path, why: &str) -> Fault {
    Fault {
        file: directory.display().to_string(),
        line: 0,
        key: String::new(),
        message: why.to_owned(),
        remedy: "name a directory of scenario files (*.toml), or leave --scenarios away for the built-in ones".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_is_built_in_and_right() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let on_disk: BTreeSet<String> = directory(&here).unwrap().into_iter().map(|scenario| scenario.id).collect();
        let listed: BTreeSet<String> = built_in().unwrap().into_iter().map(|scenario| scenario.id).collect();
        assert_eq!(listed, on_disk);
        assert_eq!(listed.len(), BUILT_IN.len(), "an id is listed twice");
    }

    #[test]
    fn the_matrix_is_ordered_by_group() {
        let groups: Vec<_> = built_in().unwrap().iter().map(|scenario| scenario.group).collect();
        assert!(groups.is_sorted(), "{groups:?}");
    }

    #[test]
    fn a_directory_without_scenarios_is_named() {
        let empty = tempfile::tempdir().unwrap();
        let fault = directory(empty.path()).unwrap_err();
        assert_eq!(fault.file, empty.path().display().to_string());
        assert!(directory(Path::new("/no/such/place")).is_err());
    }
}
