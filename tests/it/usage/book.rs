//! The book as a person and a program read it.

use super::{Holder, small, written};
use crate::lab::{Lab, Server};

fn served(lab: &Lab) -> Server {
    lab.configure(&small(10));
    let server = lab.serve("apikey");
    assert_eq!(Holder::new(lab, &server, &["--plan", "small"]).served(3), 3);
    written(lab, "key", 3);
    server
}

#[test]
fn a_person_reads_a_table() {
    let lab = Lab::new();
    insta::assert_snapshot!(lab.run(&["key", "usage"]).stderr, @"No key was served yet.");
    let _server = served(&lab);
    let id = lab.json(&["key", "show", "partner"])["id"].as_str().unwrap().to_owned();
    let last = lab.json(&["key", "usage"])["callers"][0]["last_served"].as_str().unwrap().to_owned();
    let today = lab.json(&["key", "usage"])["today"].as_str().unwrap().to_owned();
    let shown =
        |arguments: &[&str]| lab.run(arguments).stdout.replace(&id, "THE-ID").replace(&last, "LAST").replace(&today, "TODAY");
    insta::assert_snapshot!(shown(&["key", "usage"]), @"
    NAME     ID            PLAN   TODAY  IN THIS PERIOD      LEFT  SINCE THE START  LAST SERVED
    partner  THE-ID  small  3      3 of 10 this month  7     3                LAST
    ");
    insta::assert_snapshot!(shown(&["key", "usage", "partner", "--since", &today]), @"
    NAME     ID            PLAN   TODAY  IN THIS PERIOD      LEFT  SINCE TODAY  LAST SERVED
    partner  THE-ID  small  3      3 of 10 this month  7     3                 LAST

    DAY         OPERATION         REQUESTS
    TODAY  GET /hello-world  3
    ");
    insta::assert_snapshot!(shown(&["key", "usage", "partner", "--since", "9999-12-31"]), @"
    NAME     ID            PLAN   TODAY  IN THIS PERIOD      LEFT  SINCE 9999-12-31  LAST SERVED
    partner  THE-ID  small  3      3 of 10 this month  7     0                 LAST
    ");
}

#[test]
fn a_program_reads_one_document() {
    let lab = Lab::new();
    let _server = served(&lab);
    let mut all = lab.json(&["key", "usage", "--since", "2026-01-01"]);
    assert_eq!(all, lab.json(&["key", "usage", "partner", "--since", "2026-01-01"]));
    let today = all["today"].clone();
    let caller = &mut all["callers"][0];
    assert!(caller["id"].is_string() && caller["last_served"].is_string());
    assert!(caller["period"]["begins"].as_str() <= today.as_str() && today.as_str() < caller["period"]["ends"].as_str());
    for (member, known) in [("id", "ID"), ("last_served", "LAST")] {
        caller[member] = known.into();
    }
    (caller["period"]["begins"], caller["period"]["ends"]) = ("BEGINS".into(), "ENDS".into());
    assert_eq!(caller["usage"][0]["day"], today);
    caller["usage"][0]["day"] = "TODAY".into();
    all["today"] = "TODAY".into();
    insta::assert_snapshot!(all.to_string(), @r#"{"callers":[{"id":"ID","last_served":"LAST","name":"partner","period":{"begins":"BEGINS","ends":"ENDS","left":7,"per":"month","quota":10,"requests":3},"plan":"small","removed":false,"requests":3,"today":3,"usage":[{"day":"TODAY","operation":"GET /hello-world","requests":3}]}],"kind":"key","since":"2026-01-01","today":"TODAY"}"#);
}

#[test]
fn who_asked_for_nothing_yet_is_shown_by_name_and_who_is_not_there_is_told() {
    let lab = Lab::new();
    lab.configure(&small(10));
    lab.json(&["key", "add", "partner"]);
    lab.json(&["client", "add", "partner", "--plan", "small"]);
    lab.json(&["cert", "issue", "partner"]);
    let usage = |kind| super::usage(&lab, kind);
    assert_eq!((&usage("key")["plan"], &usage("key")["requests"]), (&"default".into(), &0.into()));
    assert_eq!((&usage("client")["period"]["left"], &usage("client")["last_served"]), (&10.into(), &serde_json::Value::Null));
    assert_eq!(usage("cert")["plan"], serde_json::Value::Null);
    for kind in ["key", "client", "cert"] {
        let ended = lab.run(&[kind, "usage", "stranger"]);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.stderr.contains(&format!("there is no {kind} named `stranger`")), "{ended:?}");
    }
    for date in ["yesterday", "2026-02-30", "26-1-1", ""] {
        assert_eq!(lab.run(&["key", "usage", "--since", date]).code, 2, "{date}");
    }
}

#[test]
fn the_counter_of_the_admin_listener_says_the_same_at_once() {
    let lab = Lab::new();
    lab.configure(&small(10));
    let server = lab.serve("apikey");
    let mut partner = Holder::new(&lab, &server, &["--plan", "small"]);
    let counted = || server.metric(r#"authbench_usage_requests_total{kind="key",caller="partner",operation="GET /hello-world"}"#);
    for number in 1..=12 {
        partner.ask();
        assert_eq!(counted(), number.min(10));
    }
    let key = partner.key.clone();
    written(&lab, "key", 10);
    assert!(server.terminate().success());
    let again = lab.serve("apikey");
    assert_eq!(Holder::of(&key, &again).served(1), 0);
    let zero = "authbench_usage_requests_total";
    assert!(!again.admin("/metrics").lines().any(|line| line.starts_with(zero)), "it begins at the start of the server");
}
