//! `authbench config …`: the settings, as a file and as they are in force.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::output;
use crate::{
    cli::{self, Common},
    config::{Config, TEMPLATE},
    exit::Failure,
    files::{self, Readers},
};

/// Does what `config …` asks.
///
/// # Errors
/// Exit 2 with the first fault of the file; exit 3 when it cannot be written.
pub fn run(common: &Common, command: &cli::Config) -> Result<(), Failure> {
    match command {
        cli::Config::Check => check(common),
        cli::Config::Show => show(common),
        cli::Config::Init => init(common),
    }
}

fn check(common: &Common) -> Result<(), Failure> {
    Config::load(common)?;
    let path = Some(file(common)).filter(|path| path.exists());
    output::show(common.json, &json!({"valid": true, "file": path}), || match &path {
        Some(path) => format!("{} is valid", path.display()),
        None => "there is no authbench.toml here, so every default is in force".to_owned(),
    })
}

fn show(common: &Common) -> Result<(), Failure> {
    let config = Config::load(common)?;
    if common.json {
        output::json(&config)
    } else {
        let text = toml::to_string(&config).map_err(|error| Failure::environment(format!("cannot show it: {error}")))?;
        output::line(text.trim_end())
    }
}

fn init(common: &Common) -> Result<(), Failure> {
    let path = file(common);
    if path.exists() {
        return Err(Failure::usage(format!("{} is there already", path.display()))
            .remedy("change it by hand, or name another file with --config"));
    }
    files::write(&path, TEMPLATE.as_bytes(), Readers::Everyone)?;
    output::show(common.json, &json!({"written": path}), || format!("{} is written, with every default", path.display()))
}

fn file(common: &Common) -> PathBuf {
    common.config.clone().unwrap_or_else(|| Path::new("authbench.toml").into())
}
