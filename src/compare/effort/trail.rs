//! One task from its first command to its last call: what was done is written down as it is done, and the counts follow.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use super::{
    files::Snapshot,
    partner::{CA, Partner, Thing, things},
    site::Site,
};
use crate::{
    caller::token,
    compare::{
        credential::Credential,
        findings::{Deed, DeedKind, Effort, Handed, Side, Step, Task},
        proof::Proof,
    },
    secret::Secret,
};

/// How long a change may take until it is seen.
const SEEN_WITHIN: Duration = Duration::from_secs(5);
/// How long is waited between two looks.
const PAUSE: Duration = Duration::from_millis(3);

/// A task under way.
#[derive(Debug)]
pub(super) struct Trail<'s> {
    pub(super) site: &'s Site,
    effort: Effort,
    callers: Vec<String>,
    proof: Proof,
    before: [Snapshot; 2],
    process: u32,
    begun: Instant,
}

impl<'s> Trail<'s> {
    /// Begins a task that concerns these callers.
    pub(super) fn begin(site: &'s Site, task: Task, callers: &[&str]) -> Result<Self, String> {
        let effort = Effort {
            task,
            mode: site.mode,
            callers: u32::try_from(callers.len()).unwrap_or(u32::MAX),
            commands: Vec::new(),
            for_callers: 0,
            handed: Vec::new(),
            deeds: Vec::new(),
            files: Vec::new(),
            restarts: 0,
            waited_ms: Vec::new(),
            proof: Vec::new(),
        };
        let before = snapshots(site)?;
        let callers = callers.iter().map(ToString::to_string).collect();
        Ok(Self { site, effort, callers, proof: Proof::default(), before, process: site.process(), begun: Instant::now() })
    }

    /// The operator types a command. Secrets in its answer are shown by their beginning only.
    pub(super) async fn command(&mut self, args: &[&str]) -> Result<Value, String> {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        let asked = self.site.place.ask(&args, None).await?;
        for thing in things(self.site.mode, &asked.answer)?.iter().filter(|thing| thing.secret) {
            self.proof.hide(&Secret::new(String::from_utf8_lossy(&thing.text)));
        }
        let here = format!("{}/", self.site.place.path().display());
        self.proof.line(format!("$ {}", asked.line));
        self.proof.line(asked.answer.to_string().replace(&here, ""));
        let line = asked.line.trim_end_matches(" --json");
        self.step(&format!("the operator types `{line}`"), None);
        self.effort.for_callers += u32::from(args.iter().any(|arg| self.callers.contains(arg)));
        self.effort.commands.push(line.to_owned());
        Ok(asked.answer)
    }

    /// What a command gave goes to the caller, as far as the caller does not have it already, and the CA that verifies the server.
    pub(super) fn hand_over(&mut self, partner: &mut Partner, answer: &Value) -> Result<(), String> {
        let ca = Thing { what: "server's CA", secret: false, file: CA, text: self.site.ca.clone() };
        let all = things(self.site.mode, answer)?.into_iter().chain([ca]);
        let new: Vec<Thing> = all.filter(|thing| !partner.has(thing)).collect();
        for thing in &new {
            partner_keeps(partner, thing.file, &thing.text)?;
            self.effort.handed.push(Handed { what: thing.what.into(), secret: thing.secret, to: Side::Caller });
            let secret = if thing.secret { ", a secret" } else { "" };
            self.proof.line(format!("* {}{secret}: {} octets in {}/{}", thing.what, thing.text.len(), partner.name, thing.file));
        }
        let names: Vec<_> = new.iter().map(|thing| thing.file).collect();
        self.deed(DeedKind::Keeps, format!("{} keeps {}", partner.name, names.join(", ")));
        partner.token = None;
        Ok(())
    }

    /// The caller makes something for the operator; returns the path of the file that the operator has then.
    pub(super) fn send_in(&mut self, partner: &Partner, what: &str, file: &str, text: &str) -> Result<String, String> {
        let inbox = self.site.inbox();
        let name = format!("{}-{file}", partner.name);
        partner_keeps(partner, file, text.as_bytes())?;
        std::fs::create_dir_all(&inbox)
            .and_then(|()| std::fs::write(inbox.join(&name), text))
            .map_err(|error| error.to_string())?;
        self.effort.handed.push(Handed { what: what.into(), secret: false, to: Side::Operator });
        self.proof.line(format!("* {what}: {} octets in inbox/{name}", text.len()));
        self.deed(DeedKind::Makes, format!("{} makes a key and a {what}", partner.name));
        Ok(format!("inbox/{name}"))
    }

    /// Calls until the caller is served. A client without a token asks for one first.
    pub(super) async fn served(&mut self, partner: &mut Partner) -> Result<(), String> {
        let until = Instant::now() + SEEN_WITHIN;
        loop {
            if partner.token.is_none() {
                partner.token = self.site.token_of(partner, &mut self.proof).await?;
                if partner.token.is_some() {
                    self.deed(DeedKind::Asks, format!("{} asks the token service for a token", partner.name));
                }
            }
            if self.site.call(&partner.credential()?, &mut self.proof).await? {
                self.step(&format!("{} calls", partner.name), Some("allowed"));
                return Ok(());
            }
            let lines = self.proof.take();
            if Instant::now() > until {
                return Err(format!("{} was not served within {SEEN_WITHIN:?}: {}", partner.name, lines.join(" ")));
            }
            sleep(PAUSE).await;
        }
    }

    /// Calls until who holds this credential is refused, and gets no token with it either.
    pub(super) async fn refused(&mut self, who: &str, held: &Credential) -> Result<(), String> {
        let step = refused(self.site, who, held, &mut self.proof).await?;
        self.effort.proof.push(step);
        Ok(())
    }

    /// The task is done.
    pub(super) fn end(mut self) -> Result<Effort, String> {
        self.effort.waited_ms.push((self.begun.elapsed().as_secs_f64() * 1e4).round() / 10.0);
        let [operator, callers] = snapshots(self.site)?;
        self.effort.files = self.before[0].until(&operator, Side::Operator);
        self.effort.files.extend(self.before[1].until(&callers, Side::Caller));
        self.effort.restarts = u32::from(self.site.process() != self.process);
        Ok(self.effort)
    }

    fn deed(&mut self, kind: DeedKind, what: String) {
        self.step(&what, None);
        self.effort.deeds.push(Deed { kind, what });
    }

    fn step(&mut self, did: &str, observed: Option<&str>) {
        let exchange = self.proof.take();
        self.effort.proof.push(step(did, observed, exchange));
    }
}

/// What was left to end by itself has ended: who holds it is refused.
pub(super) async fn ended(site: &Site, held: &Credential) -> Result<Step, String> {
    refused(site, "who still has the old one", held, &mut Proof::default()).await
}

async fn refused(site: &Site, who: &str, held: &Credential, proof: &mut Proof) -> Result<Step, String> {
    let until = Instant::now() + SEEN_WITHIN;
    loop {
        let again = match &held.client {
            Some(client) => site.token(&token::request(&client.id, &client.secret, &[])?, proof).await?.is_some(),
            None => false,
        };
        // A client that has no token has nothing to call with.
        let nothing = held.client.is_some() && held.token.is_none();
        if !again && (nothing || !site.call(held, proof).await?) {
            return Ok(step(&format!("{who} calls"), Some("refused"), proof.take()));
        }
        proof.take();
        if Instant::now() > until {
            return Err(format!("{who} was still served after {SEEN_WITHIN:?}"));
        }
        sleep(PAUSE).await;
    }
}

fn step(did: &str, observed: Option<&str>, exchange: Vec<String>) -> Step {
    Step {
        did: did.to_owned(),
        expected: None,
        observed: observed.map(str::to_owned),
        exchange,
        variants: Vec::new(),
        probe: None,
    }
}

fn partner_keeps(partner: &Partner, file: &str, text: &[u8]) -> Result<(), String> {
    let path = partner.directory.join(file);
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn snapshots(site: &Site) -> Result<[Snapshot; 2], String> {
    let root = site.place.path();
    Ok([Snapshot::of(root, &site.operator())?, Snapshot::of(root, &[site.callers()])?])
}
