//! The key that makes credentials: the issuer's signing key, the client CA. A new one follows it, and it counts no more.

use super::Lab;
use crate::mode::Mode;

impl Lab {
    /// A new key makes credentials from here on; what the one before made goes on.
    pub(super) async fn succeed(&mut self) -> Result<(), String> {
        let Some((list, working, name, rotate)) = self.makers() else {
            self.proof.line("* nothing to follow: nobody makes credentials");
            return Ok(());
        };
        let all = self.place.ask(&self.among_its_own(list), None).await?.answer;
        let present = all.as_array().into_iter().flatten().find(|one| one["state"] == working);
        let present = present.and_then(|one| one[name].as_str()).ok_or("there is no key that makes credentials")?;
        self.maker_before = Some(present.to_owned());
        let args = self.among_its_own(rotate);
        self.order(&args, None).await
    }

    /// What the key before the present one made counts no more.
    pub(super) async fn retire(&mut self) -> Result<(), String> {
        let verb: &[&str] = match self.mode {
            Mode::Jwt => &["signing-key", "retire"],
            Mode::Mtls => &["cert", "ca", "retire", "--force"],
            Mode::Open | Mode::Apikey => {
                self.proof.line("* nothing to retire: nobody makes credentials");
                return Ok(());
            }
        };
        let before = self.maker_before.take().ok_or("no other key has followed the first one")?;
        let args: Vec<String> = self.among_its_own(verb).into_iter().chain([before]).collect();
        self.order(&args, None).await
    }

    /// Each profile has signing keys of its own; a CA is the same for all.
    fn among_its_own(&self, command: &[&str]) -> Vec<String> {
        let profile = ["--profile", self.profile.as_str()].into_iter().filter(|_| self.mode == Mode::Jwt);
        command.iter().copied().chain(profile).map(str::to_owned).collect()
    }

    /// How the makers are listed, the state of the one at work, the member that names it, and how the next one follows.
    fn makers(&self) -> Option<(&'static [&'static str], &'static str, &'static str, &'static [&'static str])> {
        match self.mode {
            Mode::Jwt => Some((&["signing-key", "list"], "signs", "kid", &["signing-key", "rotate", "--wait", "0s"])),
            Mode::Mtls => Some((&["cert", "ca", "list"], "issues", "name", &["cert", "ca", "rotate"])),
            Mode::Open | Mode::Apikey => None,
        }
    }
}
