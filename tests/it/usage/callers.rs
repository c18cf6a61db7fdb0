//! Whose request counts, and whose does not.

use super::{Holder, small, usage, written};
use crate::lab::{Client, Identity, Lab, PATH, eventually};

#[test]
fn a_client_is_in_a_plan_as_a_key_is() {
    let lab = Lab::new();
    lab.configure(&small(2));
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &["--plan", "small"]);
    let mut line = server.line(None);
    let token = client.token(&mut line);
    let outcomes: Vec<_> = (0..3).map(|_| line.call(&token).outcome()).collect();
    assert_eq!(outcomes, ["allowed", "allowed", "quota_exhausted"]);
    let another = client.token(&mut line);
    assert_eq!(line.call(&another).outcome(), "quota_exhausted", "another token is the same caller");
    written(&lab, "client", 2);
    assert_eq!((&usage(&lab, "client")["plan"], &usage(&lab, "client")["id"]), (&"small".into(), &client.id.as_str().into()));
}

#[test]
fn a_certificate_is_in_a_plan_as_a_key_is() {
    let lab = Lab::new();
    lab.configure(&small(2));
    let server = lab.serve("mtls");
    let identity = Identity::issued(&lab.effective(&["cert", "issue", "partner", "--plan", "small"]));
    let call = |identity: &Identity| server.line(Some(identity)).get(PATH, &[]).unwrap().outcome();
    assert_eq!([(); 3].map(|()| call(&identity)), ["allowed", "allowed", "quota_exhausted"]);
    let renewed = Identity::issued(&lab.effective(&["cert", "renew", "partner"]));
    assert_eq!(call(&renewed), "quota_exhausted", "a renewal is the same caller");
    written(&lab, "cert", 2);
    let shown = || lab.json(&["cert", "show", "partner"]);
    eventually("both were used", || shown().as_array().unwrap().iter().all(|one| one["last_used"].is_string()));
}

#[test]
fn a_key_that_is_rotated_keeps_its_account_and_each_secret_its_last_use() {
    let lab = Lab::new();
    lab.configure(&small(3));
    let server = lab.serve("apikey");
    let mut old = Holder::new(&lab, &server, &["--plan", "small"]);
    assert_eq!(old.served(1), 1);
    let rotated = lab.effective(&["key", "rotate", "partner", "--overlap", "10m"]);
    let secrets = || lab.json(&["key", "show", "partner"])["secrets"].clone();
    eventually("the old one was used", || secrets()[1]["last_used"].is_string());
    assert!(secrets()[0]["last_used"].is_null(), "the new one was not: the old one cannot go yet");
    let mut new = Holder::of(rotated["key"].as_str().unwrap(), &server);
    assert_eq!((new.served(1), old.served(1), new.served(1), old.served(1)), (1, 1, 0, 0));
    eventually("the new one was used", || secrets()[0]["last_used"].is_string());
    assert_eq!(lab.json(&["key", "list"])[0]["secrets"], secrets());
    written(&lab, "key", 3);
}

#[test]
fn a_removed_caller_stays_in_the_book_and_a_new_one_of_its_name_begins_anew() {
    let lab = Lab::new();
    lab.configure(&small(1));
    let server = lab.serve("jwt");
    let mut line = server.line(None);
    for _ in 0..2 {
        let client = Client::new(&lab, "partner", &["--plan", "small"]);
        let token = client.token(&mut line);
        assert_eq!([(); 2].map(|()| line.call(&token).outcome()), ["allowed", "quota_exhausted"]);
        lab.effective(&["client", "remove", "partner"]);
    }
    let last = Client::new(&lab, "partner", &[]);
    let token = last.token(&mut line);
    assert_eq!(line.call(&token).outcome(), "allowed");
    let callers = || lab.json(&["client", "usage"])["callers"].as_array().unwrap().clone();
    eventually("all are written down", || callers().len() == 3);
    let mut shown: Vec<_> = callers().iter().map(|one| (one["removed"].as_bool().unwrap(), one["requests"].clone())).collect();
    shown.sort_by_key(|one| one.0);
    assert_eq!(shown, [(false, 1.into()), (true, 1.into()), (true, 1.into())]);
    assert_eq!(lab.json(&["client", "usage", &last.id])["callers"].as_array().unwrap().len(), 1);
}

#[test]
fn refused_and_unknown_callers_count_nothing_and_head_counts_as_get() {
    let lab = Lab::new();
    lab.configure("[plans.slow]\nrate = 1\nburst = 2\n");
    let server = lab.serve("apikey");
    let mut partner = Holder::new(&lab, &server, &["--plan", "slow", "--scope", "hello-world"]);
    lab.effective(&["key", "add", "outsider", "--allow", "192.0.2.1"]);
    let stranger = Lab::new().json(&["key", "add", "partner"]);
    let header = ("x-api-key", partner.key.clone());
    let head = partner.line.send("HEAD", PATH, &[(header.0, &header.1)], b"").unwrap();
    assert_eq!(head.status, 200);
    assert_eq!(partner.ask().outcome(), "allowed");
    assert_eq!(partner.ask().outcome(), "rate_limited");
    for key in [stranger["key"].as_str().unwrap(), "ab_", ""] {
        assert_ne!(server.call(&[("x-api-key", key)]).outcome(), "allowed");
    }
    assert_eq!(server.line(None).get("/nowhere", &[(header.0, &header.1)]).unwrap().status, 404);
    lab.effective(&["key", "disable", "partner"]);
    assert_eq!(partner.ask().outcome(), "disabled");
    written(&lab, "key", 2);
    assert!(server.terminate().success());
    let all = lab.json(&["key", "usage"]);
    assert_eq!(all["callers"].as_array().unwrap().len(), 1, "{all}");
    assert_eq!(all["callers"][0]["usage"].as_array().unwrap().len(), 1, "{all}");
    assert_eq!(all["callers"][0]["usage"][0]["operation"], "GET /hello-world");
}

#[test]
fn nobody_is_billed_where_there_is_no_lock() {
    let lab = Lab::new();
    let server = lab.serve("open");
    assert_eq!(server.call(&[]).outcome(), "allowed");
    assert!(!server.admin("/metrics").contains("authbench_usage_requests_total{"));
    assert!(server.terminate().success());
    for kind in ["key", "client", "cert"] {
        assert_eq!(lab.json(&[kind, "usage"])["callers"], serde_json::json!([]));
    }
}
