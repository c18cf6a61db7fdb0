//! `X-Forwarded-For` of proxies that are trusted, and of everybody else.

use std::{fs, net::IpAddr};

use authbench::network::{Networks, canonical, forwarded};
use serde_json::{Value, json};

use super::{Caller, LOCKS, record_of};
use crate::{
    lab::{Client, GRANT, Lab, Line, PATH, TOKEN, text},
    vectors::vectors,
};

const NOBODY: Caller = Caller { identity: None, header: None };

fn texts<'a>(of: &'a Value, member: &str) -> Vec<&'a str> {
    of[member].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// The lines of `X-Forwarded-For` in a case of the vectors.
fn lines(case: &Value) -> Vec<&str> {
    case["headers"].as_array().unwrap().iter().map(|header| header[1].as_str().unwrap()).collect()
}

/// The proxies of a case. Networks with host bits are refused at start: then those that were meant.
fn trusted(case: &Value) -> Option<Networks> {
    let written = texts(case, "trusted_proxies");
    if written.is_empty() {
        return None;
    }
    let meant = |text: &&str| match Networks::parse(&[text]) {
        Ok(_) => (*text).to_owned(),
        Err(misfit) => misfit.remedy.split('`').nth(1).unwrap().to_owned(),
    };
    Some(Networks::parse(&written.iter().map(meant).collect::<Vec<_>>()).unwrap())
}

fn cases() -> Option<Vec<Value>> {
    let text = fs::read_to_string(vectors("xff_cases.json")?).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    Some(vectors["cases"].as_array().unwrap().clone())
}

/// Whom the server believes a request to come from, by its record.
fn believed(server: &crate::lab::Server, from: &str, lines: &[&str]) -> (String, Option<String>) {
    let headers: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
    let record = record_of(server, &NOBODY.call(server, from, &headers));
    (text(&record, "address").to_owned(), record["via"].as_str().map(str::to_owned))
}

/// The public cases, by the function that decides.
#[test]
fn xff_cases() {
    let Some(cases) = cases() else { return };
    for case in &cases {
        let peer: IpAddr = canonical(text(case, "peer").parse().unwrap());
        let lines = lines(case);
        let walked =
            trusted(case).map_or(peer, |trusted| forwarded::walk(peer, &trusted, lines.iter().map(|line| line.as_bytes())));
        assert_eq!(walked.to_string(), text(case, "expected_client_ip"), "{}", text(case, "id"));
    }
    println!("xff_cases.json: {} run, {} right", cases.len(), cases.len());
    assert_eq!(cases.len(), 10);
}

/// The same by a running server, where the peer is an address of this machine.
#[test]
fn xff_cases_by_a_server() {
    let Some(cases) = cases() else { return };
    let ours: Vec<_> = cases.iter().filter(|case| text(case, "peer").starts_with("127.")).collect();
    for case in &ours {
        let lab = Lab::new();
        lab.configure(&format!("[network]\ntrusted_proxies = {}\n", case["trusted_proxies"]));
        let server = lab.serve("open");
        let (address, _) = believed(&server, text(case, "peer"), &lines(case));
        assert_eq!(address, text(case, "expected_client_ip"), "{}", text(case, "id"));
    }
    println!("xff_cases.json: {} by a server", ours.len());
    assert_eq!(ours.len(), 5);
}

#[test]
fn who_a_trusted_proxy_vouches_for_is_who_calls_in_every_mode() {
    let lab = Lab::new();
    // The token service is asked from 127.0.0.1, by the test itself.
    lab.configure("[network]\ntrusted_proxies = [\"127.0.0.8/29\"]\ndeny = [\"203.0.113.66\"]\n");
    for mode in LOCKS {
        let server = lab.serve(mode.as_str());
        let options = ["--allow", "198.51.100.0/24", "--allow", "127.0.0.1", "--deny", "198.51.100.9"];
        let caller = Caller::new(&lab, &server, mode, mode.as_str(), &options);
        let mut proxy = Line::open_from(&server, caller.identity.as_ref(), "127.0.0.9").unwrap();
        let mut outcome = |line: &str| caller.on(&mut proxy, &[("x-forwarded-for", line)]).outcome();
        assert_eq!(outcome("198.51.100.1"), "allowed", "{mode}");
        assert_eq!(outcome("198.51.100.9"), "address_denied", "{mode}");
        assert_eq!(outcome("198.51.100.1, 198.51.100.9"), "address_denied", "{mode}: the left side is the caller's word");
        assert_eq!(outcome("198.51.100.1, 203.0.113.66"), "address_denied", "{mode}");
        assert_eq!(outcome("198.51.100.1, 127.0.0.10"), "allowed", "{mode}: through two proxies");
        assert_eq!(outcome("198.51.100.1, [198.51.100.1]"), "address_denied", "{mode}: then it is the proxy that calls");
        assert_eq!(
            caller.call(&server, "127.0.0.2", &[("x-forwarded-for", "198.51.100.1")]).outcome(),
            "address_denied",
            "{mode}"
        );
        let answer = caller.on(&mut proxy, &[("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "127.0.0.10")]);
        let record = record_of(&server, &answer);
        assert_eq!((&record["address"], &record["via"]), (&json!("198.51.100.1"), &json!("127.0.0.9")), "{mode}");
    }
}

#[test]
fn the_token_service_sees_the_same_address() {
    let lab = Lab::new();
    lab.configure("[network]\ntrusted_proxies = [\"127.0.0.9\"]\nallow = [\"127.0.0.1\", \"198.51.100.0/24\"]\n");
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &["--deny", "198.51.100.9"]);
    let mut proxy = Line::open_from(&server, None, "127.0.0.9").unwrap();
    let mut status = |address: &str| {
        let headers = [("x-forwarded-for", address), ("authorization", &client.basic())];
        proxy.post(TOKEN, &headers, GRANT).unwrap().status
    };
    assert_eq!(["198.51.100.1", "198.51.100.9", "203.0.113.1", "nobody"].map(&mut status), [200, 403, 403, 403]);
    assert_eq!(proxy.get("/.well-known/jwks.json", &[("x-forwarded-for", "203.0.113.1")]).unwrap().status, 403);
}

/// Who guesses behind a proxy spends the budget of its own address, and nobody else's.
#[test]
fn failures_are_counted_by_the_address_behind_the_proxy() {
    let lab = Lab::new();
    lab.configure("[guessing]\nfailures = 2\nrefill_per_second = 1\n[network]\ntrusted_proxies = [\"127.0.0.9\"]\n");
    let server = lab.serve("apikey");
    let stale = text(&lab.json(&["key", "add", "partner"]), "key").to_owned();
    lab.effective(&["key", "rotate", "partner"]);
    let mut proxy = Line::open_from(&server, None, "127.0.0.9").unwrap();
    let mut outcome = |line: &str| proxy.get(PATH, &[("x-forwarded-for", line), ("x-api-key", &stale)]).unwrap().outcome();
    // What the guesser writes on the left is nobody's word.
    let guesses: Vec<_> = (0..12).map(|host| outcome(&format!("203.0.113.{host}, 198.51.100.1"))).collect();
    assert!(guesses.contains(&"guessing".to_owned()), "{guesses:?}");
    assert_eq!(outcome("198.51.100.2"), "credential_unknown", "a neighbour has a budget of its own");
}

/// I2 and I3 over the wire: what is no address ends the walk at the last hop that is known.
#[test]
fn i2_i3_odd_text_from_a_trusted_proxy() {
    let lab = Lab::new();
    lab.configure("[network]\ntrusted_proxies = [\"127.0.0.8/29\"]\n");
    let server = lab.serve("open");
    let mut proxy = Line::open_from(&server, None, "127.0.0.9").unwrap();
    let mut address = |line: &str| {
        let record = record_of(&server, &proxy.get(PATH, &[("x-forwarded-for", line)]).unwrap());
        text(&record, "address").to_owned()
    };
    for odd in
        ["010.0.0.1", "0x7f.1", "127.1", "198.51.100.1:80", "[2001:db8::1]", "fe80::1%eth0", "unknown", "", "\"198.51.100.1\""]
    {
        assert_eq!(address(&format!("198.51.100.7, {odd}")), "127.0.0.9", "{odd:?}");
        assert_eq!(address(&format!("198.51.100.7, {odd}, 127.0.0.10")), "127.0.0.10", "{odd:?}");
    }
    assert_eq!(address("::ffff:198.51.100.1"), "198.51.100.1");
    assert_eq!(address("198.51.100.1, ::ffff:127.0.0.10"), "198.51.100.1");
    assert_eq!(address("64:ff9b::198.51.100.1"), "64:ff9b::c633:6401");
    assert_eq!(address("2001:db8::1"), "2001:db8::1");
    let many = vec!["127.0.0.9"; 1500].join(",");
    assert_eq!(address(&format!("198.51.100.1,{many}")), "127.0.0.9", "so many proxies are not looked through");
    assert_eq!(address(&format!("{},198.51.100.1", ",".repeat(15_000))), "198.51.100.1");
}

/// I4, of proxies.
#[test]
fn i4_everybody_is_no_proxy() {
    let lab = Lab::new();
    for (list, names) in [
        ("[]", "names no network"),
        ("[\"0.0.0.0/0\"]", "would believe everybody"),
        ("[\"10.0.0.1\", \"::/0\"]", "would believe everybody"),
        ("[\"40.40.25.25/16\"]", "has host bits set"),
        ("[\"proxy.example\"]", "is no network"),
        ("[\"10.0.0.1\", \"10.0.0.1/32\"]", "is there twice"),
    ] {
        lab.configure(&format!("[network]\ntrusted_proxies = {list}\n"));
        let ended = lab.run(&["config", "check"]);
        assert_eq!(ended.code, 2, "{list}");
        let place = "authbench.toml:2: `network.trusted_proxies`";
        assert!([place, names, "mend:"].iter().all(|part| ended.stderr.contains(part)), "{list}: {}", ended.stderr);
    }
}
