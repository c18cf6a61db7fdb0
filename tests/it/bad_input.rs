//! What is wrong is named, with its remedy and the right exit code; nothing panics and nothing is half done.

mod certificates;

use std::{fs, io::Write, net::TcpListener, process::Stdio};

use crate::lab::{Ended, Lab, text};

const EXPECTATION: i32 = 1;
const USAGE: i32 = 2;
const ENVIRONMENT: i32 = 3;

/// One message on stderr that names each thing and a remedy, nothing on stdout, the exit code.
fn refused(ended: &Ended, code: i32, names: &[&str]) {
    let Ended { code: got, stdout, stderr } = ended;
    assert_eq!((*got, stdout.as_str()), (code, ""), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(stderr.contains("mend:"), "no remedy: {stderr}");
    for name in names {
        assert!(stderr.contains(name), "`{name}` is not named: {stderr}");
    }
}

const SERVE: [&str; 6] = ["--mode", "mtls", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

#[test]
fn a_taken_port() {
    let lab = Lab::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(&lab.run(&["--mode", "jwt", "--listen", &address, "--admin", "127.0.0.1:0"]), ENVIRONMENT, &[&address]);
    refused(&lab.run(&["--mode", "jwt", "--listen", "127.0.0.1:0", "--admin", &address]), ENVIRONMENT, &[&address]);
}

#[test]
fn a_configuration_that_is_wrong() {
    for (toml, names) in [
        ("lisen = 1\n", &["authbench.toml:1", "lisen", "listen"] as &[_]),
        ("[listen]\napi = \"somewhere\"\n", &["authbench.toml:2", "listen.api"]),
        ("[network]\nallow = []\n", &["authbench.toml:2", "network.allow"]),
        ("[network]\nallow = [\"10.0.0.1/8\"]\n", &["authbench.toml:2", "10.0.0.0/8"]),
        ("[plans.default]\nrate = 0\n", &["authbench.toml:2", "plans.default.rate"]),
        ("[deadlines]\nidle = \"soon\"\n", &["authbench.toml:2", "deadlines.idle"]),
        ("[listen\n", &["authbench.toml:1"]),
    ] {
        let lab = Lab::new();
        lab.configure(toml);
        for command in [&["config", "check"] as &[_], &SERVE] {
            refused(&lab.run(command), USAGE, names);
        }
    }
}

#[test]
fn a_configuration_that_is_not_there() {
    let lab = Lab::new();
    let ended = lab.run(&["config", "check", "--config", "nowhere.toml"]);
    assert!([USAGE, ENVIRONMENT].contains(&ended.code), "{ended:?}");
    refused(&ended, ended.code, &["nowhere.toml"]);
}

#[test]
fn a_token_request_that_cannot_be_made_or_is_refused() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let made = lab.effective(&["client", "add", "partner", "--save", "secret"]);
    let get = |url: &str, more: &[&str]| {
        let id = text(&made, "client_id");
        lab.run(&[&["token", "get", "--url", url, "--client-id", id, "--secret-file", "secret"], more].concat())
    };
    assert_eq!(get(&server.url, &[]).code, 0);
    refused(&get("http://192.0.2.1", &[]), USAGE, &["http://192.0.2.1", "https"]);
    refused(&get(&server.url, &["--ca", "secret"]), USAGE, &["--ca secret", "PEM"]);
    refused(&get(&server.url, &["--scope", "reports"]), EXPECTATION, &["invalid_scope", "client show"]);
    lab.effective(&["client", "rotate", "partner"]);
    refused(&get(&server.url, &[]), EXPECTATION, &["invalid_client", "client rotate"]);
}

#[test]
fn a_scenario_that_is_wrong() {
    let lab = Lab::new();
    let scenario = lab
        .file("broken.toml", "title = \"x\"\nasks = \"y\"\ngroup = \"proof\"\n[[step]]\nprovison = { caller = \"partner\" }\n");
    refused(&lab.run(&["scenario", "run", &scenario.display().to_string()]), USAGE, &["broken.toml:5", "provison", "provision"]);
    refused(&lab.run(&["scenario", "show", "no-such-scenario"]), USAGE, &["no-such-scenario"]);
}

#[test]
fn an_option_that_does_not_exist() {
    for arguments in [&["--mod", "jwt"] as &[_], &["--mode", "jtw"], &["client", "ad"], &["cert", "revoke"], &[]] {
        let ended = Lab::new().run(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (USAGE, ""), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains("Usage") || ended.stderr.contains("--help"), "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn a_state_directory_that_cannot_be_written() {
    let lab = Lab::new();
    // Root may write anywhere, so a file stands where the directory should be.
    let state = lab.file("state", "not a directory");
    let named = state.display().to_string();
    for command in [
        &["key", "add", "partner"] as &[_],
        &["client", "list"],
        &["--mode", "jwt", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"],
    ] {
        refused(&lab.run(command), ENVIRONMENT, &[&named]);
    }
    assert_eq!(fs::read_to_string(state).unwrap(), "not a directory", "nothing is lost");
}

#[test]
fn a_database_of_a_newer_version() {
    let lab = Lab::new();
    lab.json(&["key", "add", "partner"]);
    let database = lab.path("state/authbench.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 999).unwrap();
    for command in [&["key", "list"] as &[_], &["key", "add", "other"], &SERVE] {
        refused(&lab.run(command), ENVIRONMENT, &["authbench.db", "newer"]);
    }
    let database = rusqlite::Connection::open(&database).unwrap();
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 999, "left as it was");
}

#[test]
fn a_database_that_is_none() {
    let lab = Lab::new();
    let database =
        lab.file("state/authbench.db", "this is no database, and it is longer than a header would be: ".repeat(20).as_str());
    let before = fs::read(&database).unwrap();
    refused(&lab.run(&["key", "list"]), ENVIRONMENT, &["authbench.db"]);
    assert_eq!(fs::read(&database).unwrap(), before, "left as it was");
}

#[test]
fn names_that_are_taken_or_unknown() {
    let lab = Lab::new();
    for kind in ["client", "key"] {
        let made = lab.json(&[kind, "add", "partner"]);
        refused(&lab.run(&[kind, "add", "partner"]), USAGE, &["partner"]);
        refused(&lab.run(&[kind, "show", "nobody"]), USAGE, &["nobody"]);
        refused(&lab.run(&[kind, "disable", "nobody"]), USAGE, &["nobody"]);
        refused(&lab.run(&[kind, "add", "../etc"]), USAGE, &["../etc"]);
        assert_eq!(text(&made, "name"), "partner");
    }
    refused(&lab.run(&["cert", "revoke", "nobody"]), USAGE, &["nobody"]);
    refused(&lab.run(&["cert", "issue", "../etc"]), USAGE, &["../etc"]);
}

#[test]
fn grants_that_cannot_be() {
    let lab = Lab::new();
    for kind in ["client", "key"] {
        refused(&lab.run(&[kind, "add", "a", "--scope", "no-such-scope"]), USAGE, &["no-such-scope"]);
        refused(&lab.run(&[kind, "add", "a", "--plan", "no-such-plan"]), USAGE, &["no-such-plan"]);
        refused(&lab.run(&[kind, "add", "a", "--allow", "10.0.0.1/8"]), USAGE, &["10.0.0.0/8"]);
        assert_eq!(lab.json(&[kind, "list"]), serde_json::json!([]), "nothing half made");
    }
}

#[test]
fn options_that_would_be_lost_or_would_open_a_door() {
    let lab = Lab::new();
    for (arguments, says) in [
        (&["--allow", "10.0.0.0/8", "key", "add", "partner"][..], "stands before a command"),
        (&["--mode", "open", "--admin", "0.0.0.0:0", "--listen", "127.0.0.1:0"], "the admin listener has no lock"),
        (&["--mode", "mtls", "--insecure-http", "--listen", "127.0.0.1:0"], "`mtls` is TLS"),
        (&["token", "revoke", ""], "no `jti`"),
        (&["token", "revoke", "eyJh.eyJi.c2ln"], "no argument"),
    ] {
        let ended = lab.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn a_token_that_nobody_here_signed_is_not_revoked() {
    let lab = Lab::new();
    lab.run(&["client", "list"]);
    for token in ["eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL24iLCJqdGkiOiJ4IiwiZXhwIjoxfQ.", "nonsense", ""] {
        let mut command = lab.command(&["token", "revoke", "-"]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(2), "{token:?}");
    }
}

#[test]
fn a_lifetime_without_an_end() {
    let lab = Lab::new();
    lab.json(&["key", "add", "partner"]);
    for endless in ["3651d", "9000y", "18446744073709551615s"] {
        for arguments in [
            &["key", "add", "other", "--expires", endless] as &[_],
            &["key", "rotate", "partner", "--overlap", endless],
            &["client", "add", "other", "--ttl", endless],
            &["cert", "issue", "other", "--ttl", endless],
        ] {
            let ended = lab.run(arguments);
            assert_eq!((ended.code, ended.stdout.as_str()), (USAGE, ""), "{ended:?}");
            assert!(ended.stderr.contains("3650d") && !ended.stderr.contains("panicked"), "{}", ended.stderr);
        }
    }
    assert_eq!(lab.json(&["key", "list"]).as_array().map(Vec::len), Some(1));
    lab.json(&["key", "add", "other", "--expires", "3650d"]);
}

#[test]
fn a_jti_is_revoked_for_every_issuer_that_is_trusted() {
    let lab = Lab::new();
    lab.file("keys.json", "{}");
    lab.configure("[[issuers]]\nissuer = \"https://other.example\"\njwks_file = \"keys.json\"\n");
    lab.json(&["token", "revoke", "a-jti"]);
    let database = rusqlite::Connection::open(lab.path("state/authbench.db")).unwrap();
    let mut rows = database.prepare("SELECT issuer FROM revoked_tokens WHERE jti = 'a-jti' ORDER BY issuer").unwrap();
    let issuers: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(issuers, ["", "https://other.example"]);
}
