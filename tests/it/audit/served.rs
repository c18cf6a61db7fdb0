//! What a server keeps of its own life and of whom it refused.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{assert_whole, events, files, of_servers};
use crate::lab::{Identity, Lab, Line, PATH, eventually, text};

#[test]
fn refusals_are_kept_with_who_what_where_and_why_and_nothing_of_who_is_served() {
    let lab = Lab::new();
    let made = lab.json(&["key", "add", "partner"]);
    let (id, key) = (text(&made, "id"), text(&made, "key"));
    let server = lab.serve("apikey");
    assert_eq!(server.call(&[("x-api-key", key)]).status, 200);
    lab.effective(&["key", "disable", "partner"]);
    let answer = server.call(&[("x-api-key", key)]);
    assert_eq!(answer.status, 401);
    assert_eq!(server.line(None).get("/nothing", &[]).unwrap().status, 404);
    assert_eq!(server.line(None).post(PATH, &[], "").unwrap().status, 405);
    assert!(server.terminate().success());
    let lines = of_servers(&lab);
    assert_eq!(events(&lines), ["server_started", "refused", "server_stopped"]);
    let refused = &lines[1];
    let said: Vec<_> = ["reason", "address", "target", "request"].map(|member| text(refused, member)).into();
    let request = answer.header("x-request-id").unwrap();
    assert_eq!(said, ["disabled", "127.0.0.1", "GET /test/hello-world", request]);
    assert_eq!(text(&refused["who"], "claimed"), id);
    assert_whole(&lab);
    for path in files(&lab) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(fs::metadata(lab.path("state/audit")).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_refused_handshake_is_kept_with_what_the_certificate_claims() {
    let lab = Lab::new();
    let server = lab.serve("mtls");
    let issued = lab.json(&["cert", "issue", "partner"]);
    lab.effective(&["cert", "revoke", "partner"]);
    let identity = Identity::issued(&issued);
    let _ = Line::open(&server, Some(&identity)).and_then(|mut line| line.get(PATH, &[]));
    eventually("it is kept", || of_servers(&lab).len() >= 2);
    assert!(server.terminate().success());
    let lines = of_servers(&lab);
    assert_eq!(events(&lines), ["server_started", "handshake_refused", "server_stopped"]);
    let claimed = text(&lines[1]["who"], "claimed");
    assert!(claimed.contains("partner") && claimed.contains(text(&issued, "serial")), "{claimed}");
    assert_eq!(text(&lines[1], "reason"), "revoked");
    assert_whole(&lab);
}

#[test]
fn a_configuration_that_was_taken_over_is_told_by_its_keys() {
    let lab = Lab::new();
    lab.configure("[network]\ndeny = [\"192.0.2.1\"]\n");
    let server = lab.serve("open");
    lab.configure("[network]\ndeny = [\"127.0.0.0/8\"]\n");
    eventually("it is taken over", || of_servers(&lab).iter().any(|line| line["event"] == "configuration_changed"));
    assert_eq!(server.call(&[]).status, 403);
    assert!(server.terminate().success());
    let lines = of_servers(&lab);
    assert_eq!(events(&lines), ["server_started", "configuration_changed", "refused", "server_stopped"]);
    assert_eq!(text(&lines[1], "cause"), "network.deny");
    assert_eq!(text(&lines[2], "reason"), "address_denied");
    assert_whole(&lab);
}

#[test]
fn a_flood_fills_the_log_to_its_limit_and_is_counted_from_there() {
    let lab = Lab::new();
    lab.configure("[observe]\naudit_bytes = 65536\nrecords = false\n");
    let server = lab.serve("apikey");
    let mut line = server.line(None);
    for _ in 0..300 {
        line.get(PATH, &[("x-api-key", "wrong")]).unwrap();
    }
    eventually("it is full", || server.metric("authbench_audit_lost_total") > 0);
    assert_eq!(server.records(), "", "and no record was wanted");
    assert!(server.terminate().success());
    let lines = of_servers(&lab);
    assert!(files(&lab).iter().all(|path| fs::metadata(path).unwrap().len() < 65536 + 2048));
    let kept = lines.iter().filter(|line| line["event"] == "refused").count() as u64;
    let lost: u64 = lines.iter().filter_map(|line| line["count"].as_u64()).sum();
    assert_eq!(kept + lost, 300);
    assert_eq!(events(&lines)[lines.len() - 2..], ["lost", "server_stopped"]);
    assert_whole(&lab);
}
