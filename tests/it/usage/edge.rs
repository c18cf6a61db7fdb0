//! The last request of a period, and the first one after it.

use std::{thread, time::Duration};

use authbench::{
    calendar::{Day, Per},
    clock::now,
};

use super::{Holder, small, usage, written};
use crate::lab::{Answer, Lab, Server, fake_time, text};

/// Seconds to the end of the month, as this machine has it.
fn left() -> u64 {
    let now = now();
    Per::Month.period(Day::of(now)).left(now).as_secs()
}

#[test]
fn the_last_one_passes_and_the_next_is_told_when_the_period_ends() {
    let lab = Lab::new();
    lab.configure(&small(3));
    let server = lab.serve("apikey");
    let mut partner = Holder::new(&lab, &server, &["--plan", "small"]);
    assert_eq!(partner.outcomes(3), ["allowed"; 3]);
    let latest = left() + 1;
    let refused = partner.ask();
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(left() <= wait && wait <= latest + 1, "{wait} of {latest}");
    insta::assert_snapshot!(shown(&refused, wait), @r#"
    429
    cache-control: no-store
    content-type: application/problem+json
    ratelimit-policy: "small/month";q=3;w=MONTH
    ratelimit: "small/month";r=0;t=WAIT
    retry-after: WAIT
    x-request-id: ID

    {"type":"about:blank","title":"Too Many Requests","status":429,"detail":"The quota is used up.","reason":"quota_exhausted","request_id":"ID"}
    "#);
    assert_eq!(partner.outcomes(2), ["quota_exhausted"; 2]);
    written(&lab, "key", 3);
    let period = &usage(&lab, "key")["period"];
    assert_eq!((&period["quota"], &period["requests"], &period["left"]), (&3.into(), &3.into(), &0.into()));
}

fn shown(answer: &Answer, wait: u64) -> String {
    let id = answer.header("x-request-id").unwrap_or_default();
    let fields = answer.headers.iter().filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()));
    let mut lines: Vec<_> = fields.map(|(name, value)| format!("{name}: {value}")).collect();
    lines.sort();
    let month = Per::Month.period(Day::of(now())).length().as_secs();
    let text = format!("{}\n{}\n\n{}", answer.status, lines.join("\n"), answer.body).replace(id, "ID");
    text.replace(&wait.to_string(), "WAIT").replace(&format!("w={month}"), "w=MONTH")
}

#[test]
fn in_profile_aws_a_used_up_quota_is_what_api_gateway_says() {
    let lab = Lab::new();
    lab.configure(&format!("profile = \"aws\"\n{}", small(1)));
    let server = lab.serve("apikey");
    let mut partner = Holder::new(&lab, &server, &["--plan", "small"]);
    assert_eq!(partner.ask().outcome(), "allowed");
    let refused = partner.ask();
    assert_eq!((refused.status, &*refused.body), (429, r#"{"message":"Limit Exceeded"}"#));
    for header in ["retry-after", "ratelimit", "ratelimit-policy"] {
        assert_eq!(refused.header(header), None);
    }
    assert_eq!(server.metric(r#"authbench_decisions_total{mode="apikey",outcome="refused",reason="quota_exhausted"}"#), 1);
}

#[test]
fn an_offset_is_taken_off_in_the_first_period() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1000\nburst = 1000\nquota = { requests = 5, per = \"month\", offset = 3 }\n");
    let server = lab.serve("apikey");
    assert_eq!(Holder::new(&lab, &server, &["--plan", "small"]).served(4), 2);
    written(&lab, "key", 2);
    assert_eq!(usage(&lab, "key")["period"]["left"], 0);
}

#[test]
fn a_quota_holds_over_a_restart() {
    let lab = Lab::new();
    lab.configure(&small(5));
    let server = lab.serve("apikey");
    let mut partner = Holder::new(&lab, &server, &["--plan", "small"]);
    let key = partner.key.clone();
    assert_eq!(partner.served(3), 3);
    drop(partner);
    assert!(server.terminate().success());
    let again = lab.serve("apikey");
    assert_eq!(Holder::of(&key, &again).served(4), 2, "SIGTERM loses none");
    written(&lab, "key", 5);
    again.kill();
    let again = lab.serve("apikey");
    assert_eq!(Holder::of(&key, &again).served(2), 0, "nor does a kill lose what is written");
}

#[test]
fn k8_exactly_so_many_pass_over_1_8_and_64_connections() {
    let lab = Lab::new();
    lab.configure(&small(300));
    let server = lab.serve("apikey");
    for connections in [1, 8, 64] {
        let made = lab.effective(&["key", "add", &format!("caller-{connections}"), "--plan", "small"]);
        let key = text(&made, "key");
        let holders: Vec<_> = (0..connections).map(|_| Holder::of(key, &server)).collect();
        let each = 384 / connections;
        let passed: usize = thread::scope(|scope| {
            let all: Vec<_> = holders.into_iter().map(|mut holder| scope.spawn(move || holder.served(each))).collect();
            all.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(passed, 300, "{connections} connections");
    }
}

#[test]
fn who_waits_for_the_next_day_is_served() {
    let Some(library) = fake_time() else { return };
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1000\nburst = 1000\nquota = { requests = 2, per = \"day\" }\n");
    // Its certificates are made in the present, which is when the test looks at them.
    assert!(lab.serve("apikey").terminate().success());
    let made = lab.json(&["key", "add", "partner", "--plan", "small"]);
    let now = now();
    let until_eve = Per::Day.period(Day::of(now)).left(now).as_secs_f64() - 5.0;
    let server =
        Server::start_with(&lab, &["--mode", "apikey"], &[("LD_PRELOAD", &library), ("FAKETIME", &format!("{until_eve:+.3}"))]);
    let mut partner = Holder::of(text(&made, "key"), &server);
    // A slow machine may have started it after midnight already; then there is nothing to see before tomorrow.
    let mut days = 0;
    while days < 2 {
        assert_eq!(partner.served(2), 2, "day {days}");
        let refused = partner.ask();
        assert_eq!(refused.outcome(), "quota_exhausted");
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        if wait > 60 {
            break;
        }
        thread::sleep(Duration::from_secs(wait));
        days += 1;
    }
    assert!(server.terminate().success());
    let usage = usage(&lab, "key");
    let by_day: Vec<_> = usage["usage"].as_array().unwrap().iter().map(|one| one["requests"].as_u64().unwrap()).collect();
    assert!(by_day.iter().all(|requests| *requests == 2) && by_day.len() == days + 1, "{usage}");
}
