//! What an operator does: giving, withdrawing, rotating, restarting. Each verb becomes the mode's own command.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use super::{Counted, Lab};
use crate::{
    clock,
    compare::{
        credential::Credential,
        forge::{list, token},
        launch::Server,
        scenario::{Provision, Rotate},
    },
    mode::{Mode, Profile},
    peer::Serial,
    secret::Secret,
};

/// Ends are told in whole seconds: one more, and it is past for everybody.
const PAST: Duration = Duration::from_millis(1100);

impl Lab {
    pub(super) async fn provision(&mut self, one: &Provision) -> Result<(), String> {
        let (words, ttl) = match self.mode {
            Mode::Open => {
                self.proof.line("* nothing to provision: the door has no lock");
                return Ok(());
            }
            Mode::Jwt => (["client", "add"], "--ttl"),
            Mode::Mtls => (["cert", "issue"], "--ttl"),
            Mode::Apikey => (["key", "add"], "--expires"),
        };
        let mut args = command(&words, &one.caller);
        args.extend(one.san.iter().flat_map(|name| ["--san".to_owned(), name.clone()]));
        args.extend(one.key_type.iter().flat_map(|kind| ["--key-type".to_owned(), kind.clone()]));
        args.extend(one.flaw.iter().flat_map(|flaw| ["--flaw".to_owned(), flaw.clone()]));
        args.extend(one.scope.iter().flat_map(|scope| ["--scope".to_owned(), scope.clone()]));
        args.extend(one.allow.iter().flat_map(|network| ["--allow".to_owned(), network.clone()]));
        args.extend(one.deny.iter().flat_map(|network| ["--deny".to_owned(), network.clone()]));
        args.extend(one.plan.iter().flat_map(|plan| ["--plan".to_owned(), plan.clone()]));
        args.extend(one.ttl.iter().flat_map(|time| [ttl.to_owned(), humantime::format_duration(*time).to_string()]));
        args.extend(self.form_of_keys());
        let answer = self.ask(&args, None).await?;
        let mut credential = self.received(&answer)?;
        if self.mode == Mode::Apikey {
            credential.ends = one.ttl.map(|ttl| clock::now() + ttl);
        }
        self.holder(&one.caller).credential = credential;
        Ok(())
    }

    pub(super) async fn revoke(&mut self, caller: &str) -> Result<(), String> {
        match self.mode {
            Mode::Open => self.proof.line("* nothing to revoke"),
            Mode::Jwt => {
                let token = self.token_of(caller).await?;
                self.order(&words(&["token", "revoke", "-"]), Some(&token)).await?;
            }
            Mode::Mtls => self.order(&command(&["cert", "revoke"], caller), None).await?,
            Mode::Apikey => self.order(&command(&["key", "revoke"], caller), None).await?,
        }
        Ok(())
    }

    /// The client CA, wherever it stands, signs a list of its own, and the file with lists is exchanged.
    pub(super) fn list(&mut self, revoked: &[String]) -> Result<(), String> {
        if self.mode == Mode::Open {
            self.proof.line("* nothing to list: nobody looks at certificates");
            return Ok(());
        }
        let serial = |caller: &String| {
            let serial = self.holders.get(caller).and_then(|holder| holder.credential.serial.as_deref());
            serial.and_then(Serial::from_hex).ok_or(format!("{caller} has no certificate"))
        };
        let serials = revoked.iter().map(serial).collect::<Result<Vec<_>, _>>()?;
        let ca = self.ca("client-ca");
        list::publish(&ca, &ca.join("crl.pem"), &serials)?;
        self.changed = Some(Instant::now());
        self.proof.line(format!("* the client CA signs a list of {}, and it takes the place of crl.pem", serials.len()));
        Ok(())
    }

    /// `disable` or `enable`.
    pub(super) async fn switch(&mut self, verb: &str, caller: &str) -> Result<(), String> {
        match self.mode {
            Mode::Open => self.proof.line(format!("* nothing to {verb}")),
            Mode::Jwt => self.order(&command(&["client", verb], caller), None).await?,
            Mode::Apikey => self.order(&command(&["key", verb], caller), None).await?,
            Mode::Mtls => return Err(format!("there is no way to {verb} a certificate")),
        }
        Ok(())
    }

    pub(super) async fn remove(&mut self, caller: &str) -> Result<(), String> {
        match self.mode {
            Mode::Open => self.proof.line("* nothing to remove"),
            Mode::Jwt => self.order(&command(&["client", "remove"], caller), None).await?,
            Mode::Apikey | Mode::Mtls => return Err("only clients are removed; keys and certificates are revoked".into()),
        }
        Ok(())
    }

    pub(super) async fn rotate(&mut self, one: &Rotate) -> Result<(), String> {
        let overlap = one.overlap.map(|time| ["--overlap".to_owned(), humantime::format_duration(time).to_string()]);
        let mut args = match self.mode {
            Mode::Open => {
                self.proof.line("* nothing to rotate");
                return Ok(());
            }
            Mode::Jwt => command(&["client", "rotate"], &one.caller),
            Mode::Mtls => command(&["cert", "renew"], &one.caller),
            Mode::Apikey => command(&["key", "rotate"], &one.caller),
        };
        if self.mode != Mode::Mtls {
            args.extend(overlap.into_iter().flatten());
        }
        args.extend(self.form_of_keys());
        let answer = self.ask(&args, None).await?;
        let new = self.received(&answer)?;
        let old = std::mem::replace(&mut self.holder(&one.caller).credential, new);
        // A renewed certificate leaves the old one valid: without an overlap it is revoked by its serial.
        if let (Mode::Mtls, None, Some(serial)) = (self.mode, one.overlap, &old.serial) {
            let args = words(&["cert", "revoke", "--serial", serial]);
            self.order(&args, None).await?;
        }
        if let Some(name) = &one.old {
            self.holder(name).credential = old;
        }
        Ok(())
    }

    pub(super) async fn expire(&mut self, caller: &str) -> Result<(), String> {
        let ends = match self.mode {
            Mode::Open => None,
            Mode::Jwt => token::ends(&self.token_of(caller).await?).map(clock::from_seconds),
            Mode::Mtls | Mode::Apikey => self.holder(caller).credential.ends,
        };
        match ends {
            None if self.mode == Mode::Open => self.proof.line("* nothing to wait for"),
            None => return Err(format!("the credential of {caller} has no end; give it a `ttl` when it is provisioned")),
            Some(ends) => {
                self.proof.line(format!("* waiting until after {}", clock::rfc3339(ends)));
                sleep(ends.duration_since(clock::now()).unwrap_or_default() + PAST).await;
            }
        }
        Ok(())
    }

    pub(super) async fn restart(&mut self) -> Result<(), String> {
        self.proof.line("* SIGTERM; then started again on the same port and state");
        self.server.stop().await?;
        self.start_again().await
    }

    pub(super) async fn kill(&mut self) -> Result<(), String> {
        self.proof.line("* SIGKILL; then started again on the same port and state");
        self.server.kill().await?;
        self.start_again().await
    }

    async fn start_again(&mut self) -> Result<(), String> {
        let listeners = self.server.listeners()?;
        self.server = Server::start(&self.place, self.profile, self.mode, listeners).await?;
        self.counted = Counted::default();
        Ok(())
    }

    /// The token of a caller, got first if it has none.
    pub(super) async fn token_of(&mut self, caller: &str) -> Result<Secret, String> {
        self.settle().await;
        if let Some(refused) = self.get_token(caller, None, false).await? {
            return Err(format!("{caller} gets no token: {refused}"));
        }
        self.holder(caller).credential.token.clone().ok_or(format!("{caller} has no token"))
    }

    /// Keys are made as the servers of the profile give them out.
    fn form_of_keys(&self) -> impl Iterator<Item = String> + use<> {
        let told = self.mode == Mode::Apikey && self.profile == Profile::Aws;
        ["--profile", Profile::Aws.as_str()].into_iter().filter(move |_| told).map(str::to_owned)
    }

    /// The credential in a command's answer, which is shown without its secrets.
    fn received(&mut self, answer: &Value) -> Result<Credential, String> {
        let credential = Credential::received(self.mode, answer)?;
        let secret = credential.client.as_ref().map(|client| &client.secret);
        for secret in secret.into_iter().chain(&credential.key) {
            self.proof.hide(secret);
        }
        self.show(answer);
        Ok(credential)
    }
}

fn words(parts: &[&str]) -> Vec<String> {
    parts.iter().map(ToString::to_string).collect()
}

fn command(parts: &[&str], caller: &str) -> Vec<String> {
    let mut all = words(parts);
    all.push(caller.to_owned());
    all
}
