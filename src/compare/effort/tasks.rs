//! The tasks: what an operator and a caller do, lock by lock, as `docs/operations.md` says.

use serde_json::Value;

use super::{
    own_key::OwnKey,
    partner::{KEY, Partner},
    site::Site,
    trail::Trail,
};
use crate::{
    compare::{
        credential::Credential,
        findings::{Effort, Task},
    },
    mode::Mode,
};

/// How many callers there are when the key that makes credentials is stolen.
const CALLERS: u32 = 3;
/// How long the old credential goes on beside the new one.
const OVERLAP: &str = "1s";

/// Whether a task has a meaning behind a lock. Behind the open door nobody has a credential; an API key is a secret of both sides, and
/// nobody signs it.
pub(super) fn has(task: Task, mode: Mode) -> bool {
    match task {
        Task::Onboard => true,
        Task::OnboardOwnKey | Task::RecoverMaker => matches!(mode, Mode::Jwt | Mode::Mtls),
        Task::Rotate | Task::Revoke | Task::RecoverFiles => mode != Mode::Open,
    }
}

/// Does a task once. Returns also what was left to end by itself.
///
/// # Errors
/// A sentence when a command failed, or the calls did not end as they should.
pub(super) async fn perform(site: &Site, task: Task, round: u32) -> Result<(Effort, Option<Credential>), String> {
    let name = format!("{}-{round}", task.as_str().replace('_', "-"));
    let mut left = None;
    let effort = match task {
        Task::Onboard => {
            let mut trail = Trail::begin(site, task, &[&name])?;
            onboard(&mut trail, &mut site.partner(&name)?).await?;
            trail.end()
        }
        Task::OnboardOwnKey => own_key(site, &name).await,
        Task::Rotate => {
            let (effort, old) = rotate(site, &name).await?;
            left = old;
            Ok(effort)
        }
        Task::Revoke => revoke(site, &name).await,
        Task::RecoverFiles => recover_files(site, &name).await,
        Task::RecoverMaker => recover_maker(site, &name).await,
    };
    Ok((effort?, left))
}

/// The commands that give a caller a credential.
async fn onboard(trail: &mut Trail<'_>, partner: &mut Partner) -> Result<Value, String> {
    let answer = match trail.site.mode {
        Mode::Open => Value::Null,
        Mode::Jwt => trail.command(&["client", "add", &partner.name]).await?,
        Mode::Mtls => trail.command(&["cert", "issue", &partner.name]).await?,
        Mode::Apikey => trail.command(&["key", "add", &partner.name]).await?,
    };
    trail.hand_over(partner, &answer)?;
    trail.served(partner).await?;
    Ok(answer)
}

/// A caller that was there before the task began, and the answer that gave it its credential.
async fn known(site: &Site, name: &str) -> Result<(Partner, Value), String> {
    let mut partner = site.partner(name)?;
    let answer = onboard(&mut Trail::begin(site, Task::Onboard, &[name])?, &mut partner).await?;
    Ok((partner, answer))
}

async fn own_key(site: &Site, name: &str) -> Result<Effort, String> {
    let mut trail = Trail::begin(site, Task::OnboardOwnKey, &[name])?;
    let mut partner = site.partner(name)?;
    let key = OwnKey::new()?;
    std::fs::write(partner.directory.join(KEY), key.pem().expose()).map_err(|error| error.to_string())?;
    let answer = if site.mode == Mode::Jwt {
        let set = key.jwks(name)?.to_string();
        let file = trail.send_in(&partner, "public key set", "jwks.json", &set)?;
        partner.own = Some(key);
        trail.command(&["client", "add", name, "--jwks", &file]).await?
    } else {
        let file = trail.send_in(&partner, "certificate request", "request.pem", &key.request()?)?;
        trail.command(&["cert", "sign", name, "--csr", &file]).await?
    };
    trail.hand_over(&mut partner, &answer)?;
    trail.served(&mut partner).await?;
    trail.end()
}

/// The caller is served all the time; the old credential ends, by a command or by itself.
async fn rotate(site: &Site, name: &str) -> Result<(Effort, Option<Credential>), String> {
    let (mut partner, before) = known(site, name).await?;
    // A token is not replaced with the secret that it was got with: it goes on until its own end.
    let old = Credential { token: None, ..partner.credential()? };
    let mut trail = Trail::begin(site, Task::Rotate, &[name])?;
    let args: &[&str] = match site.mode {
        Mode::Jwt => &["client", "rotate", name, "--overlap", OVERLAP],
        Mode::Mtls => &["cert", "renew", name],
        Mode::Open | Mode::Apikey => &["key", "rotate", name, "--overlap", OVERLAP],
    };
    let answer = trail.command(args).await?;
    trail.hand_over(&mut partner, &answer)?;
    trail.served(&mut partner).await?;
    if site.mode != Mode::Mtls {
        return Ok((trail.end()?, Some(old)));
    }
    // A renewed certificate leaves the old one valid.
    trail.command(&["cert", "revoke", "--serial", before["serial"].as_str().unwrap_or_default()]).await?;
    trail.refused("who still has the old one", &old).await?;
    Ok((trail.end()?, None))
}

async fn revoke(site: &Site, name: &str) -> Result<Effort, String> {
    let (partner, _) = known(site, name).await?;
    let mut trail = Trail::begin(site, Task::Revoke, &[name])?;
    // A client whose token is revoked gets another one: the client has to go.
    let verb: [&str; 2] = match site.mode {
        Mode::Jwt => ["client", "remove"],
        Mode::Mtls => ["cert", "revoke"],
        Mode::Open | Mode::Apikey => ["key", "revoke"],
    };
    trail.command(&[verb[0], verb[1], name]).await?;
    trail.refused(name, &partner.credential()?).await?;
    trail.end()
}

/// The thief has the caller's files, and a token that was got with them.
async fn recover_files(site: &Site, name: &str) -> Result<Effort, String> {
    let (mut partner, _) = known(site, name).await?;
    let thief = partner.credential()?;
    let mut trail = Trail::begin(site, Task::RecoverFiles, &[name])?;
    let answer = match site.mode {
        // A new secret would leave the thief's token, so the client goes and comes again.
        Mode::Jwt => {
            trail.command(&["client", "remove", name]).await?;
            trail.command(&["client", "add", name]).await?
        }
        Mode::Mtls => {
            trail.command(&["cert", "revoke", name]).await?;
            trail.command(&["cert", "issue", name]).await?
        }
        Mode::Open | Mode::Apikey => trail.command(&["key", "rotate", name]).await?,
    };
    trail.hand_over(&mut partner, &answer)?;
    trail.served(&mut partner).await?;
    trail.refused("the thief", &thief).await?;
    trail.end()
}

/// The thief has what the stolen key made.
async fn recover_maker(site: &Site, name: &str) -> Result<Effort, String> {
    let mut partners = Vec::new();
    for number in 1..=CALLERS {
        partners.push(known(site, &format!("{name}-{number}")).await?.0);
    }
    let first = partners.first().ok_or("there is no caller")?.credential()?;
    let thief = Credential { client: None, ..first };
    let names: Vec<String> = partners.iter().map(|partner| partner.name.clone()).collect();
    let mut trail = Trail::begin(site, Task::RecoverMaker, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    replace_maker(&mut trail).await?;
    // Until the server has seen the change, it still makes credentials with the stolen key.
    trail.refused("the thief", &thief).await?;
    for partner in &mut partners {
        partner.token = None;
        if site.mode == Mode::Mtls {
            let answer = trail.command(&["cert", "renew", &partner.name]).await?;
            trail.hand_over(partner, &answer)?;
        }
        trail.served(partner).await?;
    }
    trail.end()
}

/// A new key makes credentials, and what lay beside the stolen one goes with it.
async fn replace_maker(trail: &mut Trail<'_>) -> Result<(), String> {
    let text = |one: &Value, member: &str| one[member].as_str().unwrap_or_default().to_owned();
    if trail.site.mode == Mode::Mtls {
        let all = trail.command(&["cert", "ca", "list"]).await?;
        trail.command(&["cert", "ca", "rotate"]).await?;
        for one in all.as_array().into_iter().flatten() {
            trail.command(&["cert", "ca", "retire", &text(one, "name"), "--force"]).await?;
        }
        return Ok(());
    }
    let all = trail.command(&["signing-key", "list"]).await?;
    let of = |state: &[&str]| -> Vec<String> {
        let all = all.as_array().into_iter().flatten();
        all.filter(|one| state.contains(&text(one, "state").as_str())).map(|one| text(one, "kid")).collect()
    };
    for kid in of(&["published", "spare"]) {
        trail.command(&["signing-key", "retire", &kid]).await?;
    }
    trail.command(&["signing-key", "rotate", "--wait", "0s"]).await?;
    for kid in of(&["signs", "verifies"]) {
        trail.command(&["signing-key", "retire", &kid]).await?;
    }
    Ok(())
}
