//! `Retry-After` is true: who waits for it is served.

use std::{thread, time::Duration};

use authbench::mode::Mode;

use crate::lab::{Answer, Caller, LOCKS, Lab, Line, PATH};

/// Asks until it is refused, and gives that refusal.
fn refused(line: &mut Line, headers: &[(&str, &str)]) -> Answer {
    let mut answers = (0..20).map(|_| line.get(PATH, headers).unwrap());
    answers.find(|answer| answer.outcome() == "rate_limited").expect("a small plan ends within 20 requests")
}

fn wait(answer: &Answer) -> Duration {
    Duration::from_secs(answer.header("retry-after").unwrap().parse().unwrap())
}

#[test]
fn k8_who_waits_as_told_is_served() {
    for mode in LOCKS {
        let lab = Lab::new();
        lab.configure("[plans.small]\nrate = 1\nburst = 3\n[plans.small.methods.\"GET /hello-world\"]\nrate = 2\nburst = 2\n");
        let server = lab.serve(mode.as_str());
        let caller = Caller::new(&lab, &server, mode, "partner", &["--plan", "small"]);
        let (mut line, headers) = (caller.line(&server), caller.headers());
        for _ in 0..2 {
            let answer = refused(&mut line, &headers);
            let wait = wait(&answer);
            assert!((Duration::from_secs(1)..=Duration::from_secs(2)).contains(&wait), "{mode}: {answer:?}");
            thread::sleep(wait);
            assert_eq!(line.get(PATH, &headers).unwrap().outcome(), "allowed", "{mode}");
        }
    }
}

#[test]
fn k8_who_comes_too_early_waits_no_longer_for_it() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1\nburst = 2\n");
    let server = lab.serve("apikey");
    let caller = Caller::new(&lab, &server, Mode::Apikey, "partner", &["--plan", "small"]);
    let (mut line, headers) = (caller.line(&server), caller.headers());
    let first = refused(&mut line, &headers);
    assert_eq!(first.header("ratelimit"), Some("\"small\";r=0;t=1"), "{first:?}");
    assert_eq!(first.header("retry-after"), Some("1"), "no earlier than `t`");
    // Being refused costs nothing: however often it asks too early, the wait does not grow.
    let refusals: Vec<_> = (0..50).map(|_| line.get(PATH, &headers).unwrap()).filter(|answer| answer.status == 429).collect();
    assert!(refusals.iter().all(|answer| answer.header("retry-after") == Some("1")), "{refusals:?}");
}
