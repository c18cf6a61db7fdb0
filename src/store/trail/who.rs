//! Who runs this process, as far as anybody can say.

use crate::deed::Who;

/// The user and the words of the command. What the environment says is what it says: whoever may write the database may also
/// write that.
pub fn this_process() -> Who {
    let said = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    Who {
        uid: uid(),
        pid: Some(std::process::id()),
        sudo: said("SUDO_USER"),
        // Address and port on both sides: the first is the other one's address.
        ssh: said("SSH_CONNECTION").and_then(|sides| sides.split(' ').next().map(str::to_owned)),
        command: Some(words.join(" ")),
        ..Who::default()
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "where there are no users, there is no number")]
fn uid() -> Option<u32> {
    Some(rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn uid() -> Option<u32> {
    None
}
