//! Bodies that nobody asked for: an answer that leaves one unread ends an HTTP/1 connection, and says so; every other goes on.

use crate::lab::{Answer, Client, GRANT, Lab, Line, PATH, Server, TOKEN};

/// Whether the answer says that the connection ends, which must be what happens.
fn ends(server: &Server, ask: impl FnOnce(&mut Line) -> Answer) -> (u16, bool) {
    let mut line = server.line(None);
    let answer = ask(&mut line);
    let told = answer.header("connection").is_some_and(|value| value == "close");
    let again = line.get("/nowhere", &[]);
    assert_eq!(told, again.is_err(), "{answer:?}, then {again:?}");
    (answer.status, told)
}

#[test]
fn an_answer_that_leaves_a_body_unread_says_that_the_connection_ends() {
    let lab = Lab::new();
    lab.configure("[limits]\nbody_bytes = 1024\n");
    let (open, jwt) = (lab.serve("open"), lab.serve("jwt"));
    assert_eq!(ends(&jwt, |line| line.post(TOKEN, &[], &"a".repeat(4096)).unwrap()), (413, true));
    let late = ("content-length", "4096");
    for (method, path, status) in [("POST", "/nowhere", 404), ("POST", PATH, 405), ("GET", PATH, 200)] {
        assert_eq!(ends(&open, |line| line.send(method, path, &[late], b"a part").unwrap()), (status, true), "{method} {path}");
    }
    assert_eq!(ends(&jwt, |line| line.send("GET", PATH, &[late], b"").unwrap()), (401, true));
    assert_eq!(
        ends(&open, |line| line.send("POST", PATH, &[("transfer-encoding", "chunked")], b"1\r\na\r\n").unwrap()),
        (405, true)
    );
    // Not asked for, such a body does not come.
    let kept_back = [("content-length", "3"), ("expect", "100-continue")];
    assert_eq!(ends(&open, |line| line.send("POST", PATH, &kept_back, b"").unwrap()), (405, true));
}

#[test]
fn every_other_answer_leaves_the_connection_open() {
    let lab = Lab::new();
    let (open, jwt) = (lab.serve("open"), lab.serve("jwt"));
    let client = Client::new(&lab, "partner", &[]);
    for path in [PATH, "/nowhere"] {
        assert!(!ends(&open, |line| line.get(path, &[]).unwrap()).1, "{path}");
    }
    assert_eq!(ends(&open, |line| line.send("POST", PATH, &[("content-length", "0")], b"").unwrap()), (405, false));
    assert_eq!(ends(&jwt, |line| client.post(line, TOKEN, GRANT)), (200, false));
    assert_eq!(ends(&jwt, |line| line.post(TOKEN, &[], GRANT).unwrap()), (401, false));
    assert_eq!(ends(&jwt, |line| client.post(line, TOKEN, "grant_type=password")), (400, false));
    // Nobody asked for these, but they are here.
    assert_eq!(ends(&open, |line| line.post("/nowhere", &[], "a=b").unwrap()), (404, false));
    assert_eq!(ends(&open, |line| line.get_with_body(PATH, &[], "a=b").unwrap()), (200, false));
    let chunked = [("transfer-encoding", "chunked")];
    assert_eq!(ends(&open, |line| line.send("POST", PATH, &chunked, b"1\r\na\r\n0\r\n\r\n").unwrap()), (405, false));
}
