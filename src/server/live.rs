//! The configuration of a running server: of a file that changed, what can be put in force is, and the rest is told.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    signal::unix::Signal,
    time::{MissedTickBehavior, interval},
};
use toml::{Table, Value};

use super::{
    declared,
    door::Door,
    watched::{Stamps, Watched, off_the_runtime},
};
use crate::{
    cli::{Common, Serve},
    config::Config,
    deed::Event,
    document,
    exit::Failure,
};

/// How often the files are looked at: often enough for a change to be in force within 100 ms, after it has rested for a look.
const LOOK: Duration = Duration::from_millis(25);
/// What is put in force while the server runs.
const LIVE: [&str; 4] = ["network", "plans", "all_callers", "guessing"];

/// The file of a running server, with what is in force of it.
#[derive(Debug)]
pub(super) struct Live {
    common: Common,
    serve: Serve,
    path: PathBuf,
    /// What the server began with: of what is not live, that is what is in force.
    begun_with: Config,
    in_force: Config,
    /// The files of networks that the file names, good or not.
    lists: Vec<PathBuf>,
    watched: Watched,
    told: BTreeSet<String>,
}

/// A file as it was read.
struct Read {
    /// The lists that it names, good or not; `None` when it is no configuration.
    lists: Option<Vec<PathBuf>>,
    /// Whether nothing is in it.
    is_blank: bool,
    config: Result<Config, Failure>,
}

impl Read {
    fn of(path: &Path, common: &Common, serve: &Serve) -> Self {
        let is_blank = document::read(path).is_ok_and(|text| text.trim().is_empty());
        Self { lists: Config::lists_of(path), is_blank, config: Config::load_for(common, serve) }
    }
}

impl Live {
    /// Follows the file that the server was started with; `None` when there was none.
    pub(super) fn new(common: &Common, serve: &Serve, config: &Config) -> Option<Self> {
        let path = Config::path(common)?;
        // A file that is gone later is a fault then, not a server without a file.
        let common = Common { config: Some(path.clone()), ..common.clone() };
        let lists = config.network.files().map(Path::to_path_buf).collect();
        // It is read once more at the first look: it may have changed since it was read.
        let watched = Watched::new("the configuration or a list of networks that it names", Stamps::default());
        let (begun_with, in_force) = (config.clone(), config.clone());
        Some(Self { common, serve: serve.clone(), path, begun_with, in_force, lists, watched, told: BTreeSet::new() })
    }

    /// Looks for changes for as long as the server runs. SIGHUP reads everything again.
    pub(super) async fn keep(mut self, door: &Door, mut hangup: Signal) {
        let (mut looks, mut last) = (interval(LOOK), Stamps::default());
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let demanded = tokio::select! {
                _ = looks.tick() => false,
                _ = hangup.recv() => true,
            };
            let found = self.stamps();
            // Who changes a file may have emptied it first: half of a file can be a good one that says less.
            let rests = found == last;
            last = found.clone();
            if (rests || demanded) && self.watched.is_due(found, demanded) {
                self.look(door, &last).await;
            }
        }
    }

    fn stamps(&self) -> Stamps {
        Stamps::of([self.path.as_path()].into_iter().chain(self.lists.iter().map(PathBuf::as_path)))
    }

    async fn look(&mut self, door: &Door, found: &Stamps) {
        let (common, serve, path) = (self.common.clone(), self.serve.clone(), self.path.clone());
        let read = off_the_runtime(move || Ok(Read::of(&path, &common, &serve))).await;
        if self.stamps() != *found {
            // It changed meanwhile: the next look will see that.
            return;
        }
        let taken = read.and_then(|read| self.take(read, door));
        self.watched.settle(taken);
    }

    /// Puts in force what is new, and tells what waits for the next start.
    fn take(&mut self, read: Read, door: &Door) -> Result<(), Failure> {
        self.lists = read.lists.unwrap_or_else(|| std::mem::take(&mut self.lists));
        let config = read.config?;
        if read.is_blank && table(&config) != table(&self.in_force) {
            let remedy = "it was most likely cut short; if every default is meant, write that as a comment";
            return Err(Failure::usage(format!("{}: nothing is in it", self.path.display())).remedy(remedy));
        }
        let changed = differences(&table(&self.begun_with), &table(&config));
        let waiting: BTreeSet<_> = changed.into_iter().filter(|key| !is_live(key)).collect();
        if waiting != self.told && !waiting.is_empty() {
            let keys = waiting.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            tracing::warn!(keys, "the configuration has changed in what needs a restart");
        }
        self.told = waiting;
        declared::put_in_force(&self.in_force, &config, door);
        let changed = differences(&table(&self.in_force), &table(&config));
        if !changed.is_empty() {
            door.log.tell(Event::ConfigurationChanged, changed.join(", "));
        }
        self.in_force = config;
        Ok(())
    }
}

fn is_live(key: &str) -> bool {
    key.split('.').next().is_some_and(|section| LIVE.contains(&section))
}

fn table(config: &Config) -> Table {
    Table::try_from(config).unwrap_or_default()
}

/// The keys, dotted, that one of them has and the other has not, or otherwise.
fn differences(one: &Table, other: &Table) -> Vec<String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differing = names.into_iter().flat_map(|name| match (one.get(name), other.get(name)) {
        (Some(Value::Table(one)), Some(Value::Table(other))) => {
            differences(one, other).into_iter().map(|key| format!("{name}.{key}")).collect()
        }
        (one, other) if one == other => Vec::new(),
        _ => vec![name.clone()],
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_and_what_is_live_is_told_from_the_rest() {
        let read = |text: &str| {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("authbench.toml");
            std::fs::write(&path, text).unwrap();
            table(&Config::read(&path).unwrap())
        };
        let (one, other) = (
            "[limits]\nstreams = 7\n[network]\ndeny = [\"10.0.0.1\"]\n[plans.gold]\nrate = 1\nburst = 1\n[[mtls.callers]]\n\
             caller = \"a\"\nnames = [\"DNS:a\"]\n",
            "profile = \"aws\"\n[guessing]\nfailures = 1\n[listen]\ndomains = [\"a\"]\n",
        );
        let differing = differences(&read(one), &read(other));
        let (live, rest): (Vec<_>, Vec<_>) = differing.iter().map(String::as_str).partition(|key| is_live(key));
        assert_eq!(rest, ["limits.streams", "listen.domains", "mtls.callers", "profile"]);
        assert_eq!(live, ["guessing.failures", "network.deny", "plans.gold"]);
        assert!(differences(&read(one), &read(one)).is_empty());
    }
}
