//! What a server that is killed forgets.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Holder, usage};
use crate::lab::{Lab, PATH, text};

/// The book is written every second, and this is what writing may take on a busy machine.
const BOUND: Duration = Duration::from_secs(2);
const CALLERS: usize = 4;
const ROUNDS: usize = 4;

#[test]
fn a_kill_forgets_what_was_answered_in_the_last_second_and_tells_no_more_than_was_served() {
    let lab = Lab::new();
    lab.configure("[plans.default]\nrate = 100000\nburst = 100000\n");
    let key = text(&lab.json(&["key", "add", "partner"]), "key").to_owned();
    let (mut asked_before, mut told_before) = (0, 0);
    for round in 0..ROUNDS {
        let server = lab.serve("apikey");
        let (stop, asked, answered) = (AtomicBool::new(false), AtomicU64::new(0), Mutex::new(Vec::new()));
        let killed = thread::scope(|scope| {
            for _ in 0..CALLERS {
                let mut holder = Holder::of(&key, &server);
                let (stop, asked, answered) = (&stop, &asked, &answered);
                scope.spawn(move || {
                    let mut times = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        asked.fetch_add(1, Ordering::Relaxed);
                        match holder.line.get(PATH, &[("x-api-key", &holder.key)]) {
                            Ok(answer) if answer.outcome() == "allowed" => times.push(Instant::now()),
                            Ok(answer) => panic!("{answer:?}"),
                            Err(_) => break,
                        }
                    }
                    answered.lock().unwrap().extend(times);
                });
            }
            // Not at the same moment of the second each time.
            thread::sleep(Duration::from_millis(2300 + 250 * u64::try_from(round).unwrap()));
            let killed = Instant::now();
            server.kill();
            stop.store(true, Ordering::Relaxed);
            killed
        });
        let told = usage(&lab, "key")["requests"].as_u64().unwrap() - told_before;
        let answered = answered.into_inner().unwrap();
        let asked = asked.into_inner();
        let late = answered.iter().filter(|at| **at + BOUND > killed).count() as u64;
        let all = answered.len() as u64;
        println!("round {round}: {asked} asked, {all} answered, {late} of them in the last {BOUND:?}, {told} told");
        assert!(told <= asked, "told {told} of {asked}");
        assert!(told + late >= all, "told {told} of {all}, {late} late");
        assert!(told > 0, "something is written while it runs");
        (asked_before, told_before) = (asked_before + asked, told_before + told);
    }
    assert!(told_before <= asked_before);
}
