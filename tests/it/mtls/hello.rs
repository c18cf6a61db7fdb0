//! What a client may say in its hello: the protocol above TLS, and the name of whom it calls.

use super::{
    call::{Call, Caller, EVERYONE, Files, VERSIONS},
    matrix::{Cell, try_all},
    stage::Stage,
};

use Caller::{Curl, Node, Openssl, Python, Rustls};

const NO_PROTOCOL: (&str, &str) = ("alert no_application_protocol", "TLS protocol_error nobody nobody");
const ALLOWED: (&str, &str) = ("allowed", "allowed partner");

/// What is tried, by whom, how, and what comes of it.
type Row = (&'static str, &'static [Caller], fn(&mut Call), (&'static str, &'static str));

/// Asked for one name by TLS, and for another by HTTP.
const WRONG_DOOR: (&str, &str) = ("421 wrong_door", "421 wrong_door");

const ROWS: [Row; 8] = [
    ("no protocol", &EVERYONE, |call| call.alpn = Some(vec![]), ALLOWED),
    ("http/1.1", &EVERYONE, |call| call.alpn = Some(vec!["http/1.1"]), ALLOWED),
    // Those that speak it.
    ("h2", &[Curl, Node], |call| call.alpn = Some(vec!["h2"]), ("allowed by h2", "allowed partner")),
    // curl does not offer what it does not speak.
    ("a bogus protocol", &[Openssl, Python, Node, Rustls], |call| call.alpn = Some(vec!["bogus"]), NO_PROTOCOL),
    ("bogus and http/1.1", &[Openssl, Python, Node, Rustls], |call| call.alpn = Some(vec!["bogus", "http/1.1"]), ALLOWED),
    ("no name", &[Openssl, Python, Node, Rustls], |call| call.name = None, ALLOWED),
    // rustls cannot be told to believe a server of another name.
    ("another name", &[Openssl, Curl, Python, Node], |call| call.name = Some("other.example"), WRONG_DOOR),
    // RFC 6066 §3 forbids it: OpenSSL sends it all the same, the others send no name.
    ("an address", &EVERYONE, |call| call.name = Some("127.0.0.1"), ALLOWED),
];

#[test]
fn m14_protocols_and_names() {
    let stage = Stage::new("");
    let files = Files::issued(&stage.lab.effective(&["cert", "issue", "partner"]));
    let mut cells = Vec::new();
    for (what, callers, change, (told, recorded)) in ROWS {
        for (caller, tls) in callers.iter().flat_map(|caller| VERSIONS.map(|tls| (*caller, tls))) {
            let mut call = stage.call(tls, Some(&files));
            change(&mut call);
            cells.push(Cell { what: what.into(), caller, call, told: told.into(), recorded: Some(recorded.into()) });
        }
    }
    try_all(&stage, &EVERYONE, &cells);
}
