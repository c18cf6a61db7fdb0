//! The front page: its commands work as they stand, and strangers learn nothing of the disk.

use std::{path::Path, process::Command};

use crate::lab::{Ended, Lab, tool};

/// The commands of a page, as a reader copies them.
fn commands(page: &str) -> Vec<String> {
    let pieces = page.split("<pre><code>").skip(1).filter_map(|rest| rest.split_once("</code>")).map(|(command, _)| command);
    pieces.map(|command| command.replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&")).collect()
}

/// Types them one after the other in another directory.
fn type_in(lab: &Lab, commands: &[String]) -> Ended {
    let elsewhere = lab.path("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_authbench")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let script = format!("set -e\n{}", commands.join("\nsleep 0.2\n"));
    Ended::of(&Command::new("sh").args(["-c", &script]).current_dir(elsewhere).env("PATH", path).output().unwrap())
}

#[test]
fn what_it_says_to_type_ends_in_a_greeting() {
    if tool("curl").is_none() {
        return;
    }
    for mode in ["open", "mtls", "apikey"] {
        let lab = Lab::new();
        let server = lab.serve(mode);
        let ended = type_in(&lab, &commands(&server.admin("/")));
        assert!(ended.stdout.ends_with(authbench::wire::HELLO_BODY), "{mode}: {ended:?}");
    }
}

#[test]
fn with_the_printed_id_the_commands_of_jwt_do_too() {
    if tool("curl").is_none() {
        return;
    }
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let page = server.line(None).get("/", &[]).unwrap().body;
    let [add, token, call] = &commands(&page)[..] else { panic!("{page}") };
    let made = type_in(&lab, std::slice::from_ref(add));
    let id = made.stdout.split_whitespace().find(|word| word.len() == 20).unwrap_or_else(|| panic!("{made:?}"));
    let ended = type_in(&lab, &[token.replace("CLIENT_ID", id), call.clone()]);
    assert_eq!(ended.stdout, authbench::wire::HELLO_BODY, "{ended:?}");
}

#[test]
fn a_stranger_reads_no_path_of_the_disk() {
    let lab = Lab::new();
    lab.configure("[network]\ntrusted_proxies = [\"127.0.0.1\"]\n");
    let inside = lab.path("").display().to_string();
    for mode in ["open", "jwt", "apikey"] {
        let server = lab.serve(mode);
        let page = |from: &str| server.line(None).get("/", &[("x-forwarded-for", from)]).unwrap().body;
        assert!(page("127.0.0.1").contains(&inside), "{mode}");
        assert!(!page("192.0.2.1").contains(&inside) && page("192.0.2.1").contains("--cacert ca.pem"), "{mode}");
    }
}
