//! K7: odd ways to send a key, over HTTP/1 and HTTP/2 alike: exact status and reason.

use super::made;
use crate::lab::{Frames, Lab, Line, PATH, Server};

/// Status and reason over HTTP/1, written as it stands. One connection each: some are closed.
fn http1(server: &Server, values: &[&str]) -> String {
    let fields: Vec<_> = values.iter().map(|value| ("x-api-key", *value)).collect();
    let Ok(answer) = Line::open(server, None).unwrap().get(PATH, &fields) else { return "closed".into() };
    // What the HTTP library answers itself has no body; its reason is counted.
    if answer.body.is_empty() { answer.status.to_string() } else { format!("{} {}", answer.status, answer.outcome()) }
}

/// The same over HTTP/2.
fn http2(server: &Server, values: &[&str]) -> String {
    let fields: Vec<_> = values.iter().map(|value| ("x-api-key", value.as_bytes())).collect();
    Frames::open(server).get(PATH, &fields)
}

#[test]
fn k7_a_key_is_one_header_with_nothing_around_it() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let key = made(&lab, &["key", "add", "partner"]);
    let (joined, spaced) = (format!("{key},{key}"), format!("{key}, {key}"));
    let (trailing, leading, tab) = (format!("{key} "), format!(" {key}"), format!("{key}\t"));
    let (nul, inner) = (format!("{key}\0"), format!("{}\0{}", &key[..20], &key[21..]));
    let (accented, beyond) = (key.replacen("ab_", "\u{e0}b_", 1), format!("{key}\u{200b}"));
    let (long, longer) = (key.repeat(200), "x".repeat(17 * 1024));
    let rows: [(&str, &[&str], &str, &str); 14] = [
        ("once", &[&key], "200 allowed", "200 allowed"),
        ("twice", &[&key, &key], "400 credential_ambiguous", "400 credential_ambiguous"),
        ("twice, once empty", &[&key, ""], "400 credential_ambiguous", "400 credential_ambiguous"),
        ("joined", &[&joined], "401 credential_malformed", "401 credential_malformed"),
        ("joined with a space", &[&spaced], "401 credential_malformed", "401 credential_malformed"),
        // RFC 9112 §5.1: what is around a value is none of it. HTTP/2 has no such space (RFC 9113 §8.2.1).
        ("trailing space", &[&trailing], "200 allowed", "401 credential_malformed"),
        ("leading space", &[&leading], "200 allowed", "401 credential_malformed"),
        ("trailing tab", &[&tab], "200 allowed", "401 credential_malformed"),
        // PROTOCOL_ERROR and ENHANCE_YOUR_CALM (RFC 9113 §7) end the connection.
        ("NUL at the end", &[&nul], "400", "go away 1"),
        ("NUL inside", &[&inner], "400", "go away 1"),
        ("not ASCII", &[&accented], "401 credential_malformed", "401 credential_malformed"),
        ("not visible", &[&beyond], "401 credential_malformed", "401 credential_malformed"),
        ("two hundred of them", &[&long], "401 credential_malformed", "401 credential_malformed"),
        ("more than a head may hold", &[&longer], "431 too_large", "431 too_large"),
    ];
    let mut seen = Vec::new();
    for (what, values, _, _) in rows {
        seen.push((what, http1(&server, values), http2(&server, values)));
    }
    let expected: Vec<_> = rows.iter().map(|(what, _, one, two)| (*what, (*one).to_owned(), (*two).to_owned())).collect();
    assert_eq!(seen, expected);
    // The answer to a megabyte may be lost behind what the server leaves unread; that it refused it, and why, is not.
    let megabyte = "x".repeat(1024 * 1024);
    assert!(["431", "431 too_large", "closed"].contains(&&*http1(&server, &[&megabyte])));
    assert!(["431", "431 too_large", "go away 11", "closed"].contains(&&*http2(&server, &[&megabyte])));
    let refused = |reason| server.metric(&format!("authbench_handshakes_refused_total{{reason=\"{reason}\"}}"));
    assert_eq!((refused("protocol_error"), refused("too_large")), (2, 1), "over HTTP/1");
    assert_eq!(http1(&server, &[&key]), "200 allowed", "and the server is well");
}
