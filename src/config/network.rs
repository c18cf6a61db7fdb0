//! Addresses: the same in every mode.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::network_list::{NetworkList, read_file};
use crate::{
    document::{Document, Fault},
    network::{Access, Misfit, Networks},
};

/// Who may call at all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Networks in CIDR form; absent, with `allow_files`: everyone.
    pub allow: Option<NetworkList>,
    /// Networks that may not call, even if they are allowed.
    pub deny: Option<NetworkList>,
    /// Files with more networks of `allow`, one a line.
    pub allow_files: Option<Vec<Spanned<PathBuf>>>,
    /// Files with more networks of `deny`, one a line.
    pub deny_files: Option<Vec<Spanned<PathBuf>>>,
    /// Proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Option<NetworkList>,
    /// Proxies whose connections begin with a PROXY header.
    pub proxy_protocol: Option<NetworkList>,
    /// What all of it comes to.
    #[serde(skip)]
    access: Access,
    #[serde(skip)]
    proxies: Option<Networks>,
    #[serde(skip)]
    speakers: Option<Networks>,
}

impl Network {
    /// Files are named relative to `directory`.
    pub(super) fn resolve(&mut self, directory: &Path) {
        for path in [&mut self.allow_files, &mut self.deny_files].into_iter().flatten().flatten() {
            *path.get_mut() = directory.join(path.get_ref());
        }
    }

    /// Reads the lists and their files.
    ///
    /// # Errors
    /// The first fault of a list or a file.
    pub(super) fn read(&mut self, document: &Document<'_>) -> Result<(), Fault> {
        let allow = together("allow", self.allow.as_ref(), self.allow_files.as_deref(), document)?;
        let deny = together("deny", self.deny.as_ref(), self.deny_files.as_deref(), document)?;
        self.access = Access { allow, deny };
        self.proxies = proxies("trusted_proxies", self.trusted_proxies.as_ref(), document)?;
        self.speakers = proxies("proxy_protocol", self.proxy_protocol.as_ref(), document)?;
        Ok(())
    }

    /// Allows these and no others, whatever was allowed before.
    ///
    /// # Errors
    /// What is wrong with the list, with the remedy.
    pub fn allow_only(&mut self, texts: &[String]) -> Result<(), Misfit> {
        self.access.allow = Some(Networks::parse(texts)?);
        (self.allow, self.allow_files) = (Some(NetworkList::of(texts)), None);
        Ok(())
    }

    /// Who may call, as lists and files have it.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Whose `X-Forwarded-For` counts.
    pub fn proxies(&self) -> Option<&Networks> {
        self.proxies.as_ref()
    }

    /// Whose connections begin with a PROXY header.
    pub fn proxy_protocol(&self) -> Option<&Networks> {
        self.speakers.as_ref()
    }

    /// The files that hold more of it.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.allow_files, &self.deny_files].into_iter().flatten().flatten().map(|path| path.get_ref().as_path())
    }
}

/// A list of proxies, which are some machines and never everybody.
fn proxies(key: &str, list: Option<&NetworkList>, document: &Document<'_>) -> Result<Option<Networks>, Fault> {
    let key = format!("network.{key}");
    let proxies = list.map(|list| list.read(&key, document)).transpose()?;
    match proxies.iter().flat_map(Networks::texts).find(|text| text.ends_with("/0")) {
        Some(all) => {
            let why = format!("`{all}` would believe everybody");
            Err(document.fault_at_key(&key, why, "name the networks that hold nothing but your proxies"))
        }
        None => Ok(proxies),
    }
}

/// A list and its files.
fn together(
    key: &str,
    list: Option<&NetworkList>,
    files: Option<&[Spanned<PathBuf>]>,
    document: &Document<'_>,
) -> Result<Option<Networks>, Fault> {
    let key = format!("network.{key}");
    let mut lists: Vec<_> = list.map(|list| list.read(&key, document)).transpose()?.into_iter().collect();
    let key = format!("{key}_files");
    if files.is_some_and(<[_]>::is_empty) {
        return Err(document.fault_at_key(&key, "names no file", "name at least one, or leave the key away"));
    }
    for path in files.unwrap_or_default() {
        lists.push(read_file(path.get_ref(), &key).map_err(|fault| match fault.line {
            0 => Fault {
                key: key.clone(),
                ..document.fault(&path.span(), format!("{}: {}", fault.file, fault.message), fault.remedy)
            },
            _ => fault,
        })?);
    }
    Ok(Networks::together(&lists))
}
