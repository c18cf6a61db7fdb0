//! A time of day that is set while the server runs frees nobody and locks nobody out.

use std::{collections::BTreeSet, fs, thread, time::Duration};

use authbench::mode::Mode;

use crate::lab::{Answer, Caller, Lab, Line, PATH, Server};

/// An empty bucket takes a minute to fill: whoever is freed gets far more than what is due.
const PLAN: &str = "[plans.slow]\nrate = 1\nburst = 60\n[guessing]\nfailures = 60\n";

/// Asks until it is refused for that reason.
fn until(reason: &str, mut ask: impl FnMut() -> Answer) {
    assert!((0..200).any(|_| ask().outcome() == reason), "{reason}");
}

/// How many of thirty requests do not end so.
fn freed(reason: &str, mut ask: impl FnMut() -> Answer) -> usize {
    (0..30).filter(|_| ask().outcome() != reason).count()
}

#[test]
fn k8_a_clock_jump_neither_frees_nor_locks() {
    let lab = Lab::new();
    lab.configure(PLAN);
    let Some((server, clock)) = Server::under_a_clock(&lab) else { return };
    let right = Caller::new(&lab, &server, Mode::Apikey, "partner", &["--plan", "slow"]);
    let wrong = Caller::new(&Lab::new(), &server, Mode::Apikey, "stranger", &[]);
    let mut line = right.line(&server);
    let call = |line: &mut Line, caller: &Caller| line.get(PATH, &caller.headers()).unwrap();
    until("rate_limited", || call(&mut line, &right));
    until("guessing", || call(&mut line, &wrong));
    for set in ["+1d", "-1d", "+3650d", "+0"] {
        fs::write(&clock, set).unwrap();
        // What is due by the true time: one, and one for each second that the requests take.
        let (calls, guesses) = (freed("rate_limited", || call(&mut line, &right)), freed("guessing", || call(&mut line, &wrong)));
        assert!(calls < 20 && guesses < 20, "{set}: {calls} calls and {guesses} guesses were let through");
        until("rate_limited", || call(&mut line, &right));
        let wait = call(&mut line, &right).header("retry-after").map(str::to_owned);
        assert!(wait.is_none_or(|wait| wait == "1"), "{set}");
        thread::sleep(Duration::from_secs(1));
        assert_eq!(call(&mut line, &right).outcome(), "allowed", "{set}: not locked out");
    }
    let records = server.records();
    let years: BTreeSet<i32> = records.split("\"at\":\"").skip(1).map(|rest| rest[..4].parse().unwrap()).collect();
    assert!(years.last().unwrap() - years.first().unwrap() >= 9, "the server saw no other time: {years:?}");
}
