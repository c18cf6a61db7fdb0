//! K5: a key in the query is not looked at, unless a setting with `dangerous` in its name says so.

use super::made;
use crate::lab::{Lab, PATH, Server};

fn call(server: &Server, query: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let answer = server.line(None).get(&format!("{PATH}?{query}"), headers).unwrap();
    (answer.status, answer.outcome())
}

#[test]
fn k5_a_key_in_the_query_is_not_looked_at() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let key = made(&lab, &["key", "add", "partner"]);
    let header = ("x-api-key", key.as_str());
    for query in [format!("x-api-key={key}"), format!("X-API-Key={key}"), format!("a=b&x%2Dapi-key={key}")] {
        assert_eq!(call(&server, &query, &[]), (401, "credential_missing".into()), "{query}");
        assert_eq!(call(&server, &query, &[header]), (400, "credential_ambiguous".into()), "{query}");
    }
    for query in [format!("api_key={key}"), format!("key={key}"), format!("apikey={key}")] {
        assert_eq!(call(&server, &query, &[]), (401, "credential_missing".into()), "{query}");
        assert_eq!(call(&server, &query, &[header]), (200, "allowed".into()), "another parameter is the resource's own");
    }
    assert!(!server.all_records().contains(&key), "the query is in no record");
}

#[test]
fn k5_the_dangerous_setting_takes_it_and_says_so() {
    let lab = Lab::new();
    lab.configure("[apikey]\ndangerous_accept_in_query = true\n");
    let server = lab.serve("apikey");
    let key = made(&lab, &["key", "add", "partner"]);
    let secret = &key[16..48];
    let header = ("x-api-key", key.as_str());
    assert_eq!(call(&server, &format!("x-api-key={key}"), &[]), (200, "allowed".into()));
    assert_eq!(call(&server, &format!("a=b&X-Api-Key={key}&c=d"), &[]), (200, "allowed".into()));
    assert_eq!(call(&server, "a=b", &[header]), (200, "allowed".into()));
    assert_eq!(call(&server, "a=b", &[]), (401, "credential_missing".into()));
    for (query, headers) in [
        (format!("x-api-key={key}"), &[header][..]),
        (format!("x-api-key={key}&x-api-key={key}"), &[]),
        ("x-api-key=".into(), &[header]),
    ] {
        assert_eq!(call(&server, &query, headers), (400, "credential_ambiguous".into()), "{query}");
    }
    for query in ["x-api-key=", "x-api-key", "x-api-key=%00", "x-api-key=%ff", "x-api-key=ab_", &format!("x-api-key={key}+")] {
        assert_eq!(call(&server, query, &[]), (401, "credential_malformed".into()), "{query}");
    }
    let records = server.all_records();
    assert!(records.contains("keys are accepted in the query"), "{records}");
    assert!(!records.contains(secret), "the query is in no record");
}
