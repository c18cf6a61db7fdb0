//! Rotations under load: about 200 requests per second, and not one of them fails.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::lab::{Client, GRANT, Lab, Line, Server, TOKEN, eventually, kid, text};

/// Each on a connection of its own, 50 requests per second.
const CALLERS: usize = 4;
const PERIOD: Duration = Duration::from_millis(20);
/// Of so many requests one asks for a token, and the others call with it.
const ONE_TOKEN_IN: usize = 5;
/// No test goes on for longer, whatever happens.
const AT_MOST: usize = 3000;

/// What callers share, and what came of their requests.
struct Load {
    /// Who asks for tokens; whoever is set here is it from the next token on.
    client: Mutex<Client>,
    stop: AtomicBool,
    sent: AtomicUsize,
    failed: Mutex<Vec<String>>,
    /// The key of each caller's token.
    kids: [Mutex<String>; CALLERS],
}

impl Load {
    fn new(client: Client) -> Self {
        let kids = std::array::from_fn(|_| Mutex::default());
        Self { client: Mutex::new(client), stop: false.into(), sent: 0.into(), failed: Mutex::default(), kids }
    }

    /// Runs the callers beside `operate`, and gives how many requests were sent and which failed.
    fn during(self, server: &Server, operate: impl FnOnce(&Self)) -> (usize, Vec<String>) {
        let began = Instant::now();
        thread::scope(|scope| {
            for caller in 0..CALLERS {
                let load = &self;
                scope.spawn(move || load.calls(server, caller));
            }
            operate(&self);
            self.stop.store(true, Ordering::Relaxed);
        });
        let (sent, took) = (self.sent.into_inner(), began.elapsed().as_secs_f64());
        println!("{sent} requests in {took:.1} s");
        (sent, self.failed.into_inner().unwrap())
    }

    /// Open loop: the next request is due whether or not the last one was quick.
    fn calls(&self, server: &Server, caller: usize) {
        let mut line = server.line(None);
        let (mut token, mut due) = (String::new(), Instant::now());
        for turn in 0..AT_MOST / CALLERS {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            due += PERIOD;
            self.sent.fetch_add(1, Ordering::Relaxed);
            let outcome = if turn % ONE_TOKEN_IN == 0 {
                self.take_token(&mut line, caller).map(|fresh| token = fresh)
            } else {
                let outcome = line.call(&token).outcome();
                if outcome == "allowed" { Ok(()) } else { Err(outcome) }
            };
            if let Err(why) = outcome {
                self.failed.lock().unwrap().push(why);
            }
        }
    }

    fn take_token(&self, line: &mut Line, caller: usize) -> Result<String, String> {
        let basic = self.client.lock().unwrap().basic();
        let answer = line.post(TOKEN, &[("authorization", &basic)], GRANT).map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(answer.body);
        }
        let token = answer.access_token();
        *self.kids[caller].lock().unwrap() = kid(&token);
        Ok(token)
    }

    fn all_have(&self, holds: impl Fn(&str) -> bool) -> bool {
        self.kids.iter().all(|kid| holds(&kid.lock().unwrap()))
    }

    /// Waits until so many more were sent.
    fn wait_for(&self, more: usize) {
        let until = self.sent.load(Ordering::Relaxed) + more;
        eventually("the callers call", || self.sent.load(Ordering::Relaxed) >= until);
    }
}

#[test]
fn a_signing_key_rotation_under_load_fails_no_request() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let (sent, failed) = Load::new(client).during(&server, |load| {
        eventually("everyone has a token", || load.all_have(|kid| !kid.is_empty()));
        load.wait_for(100);
        let old = load.kids[0].lock().unwrap().clone();
        let next = lab.json(&["signing-key", "rotate", "--wait", "1s"]);
        eventually("everyone has a token of the new key", || load.all_have(|kid| *kid == *text(&next, "kid")));
        load.wait_for(100);
        lab.json(&["signing-key", "retire", &old]);
        load.wait_for(200);
    });
    assert_eq!((failed, sent > 400), (Vec::new(), true), "{sent} sent");
}

#[test]
fn a_client_secret_rotation_under_load_fails_no_request() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let old = Client::new(&lab, "partner", &[]);
    let (sent, failed) = Load::new(old.clone()).during(&server, |load| {
        load.wait_for(100);
        let rotated = lab.json(&["client", "rotate", "partner", "--overlap", "5s"]);
        load.wait_for(100);
        *load.client.lock().unwrap() = Client::of(&rotated);
        eventually("the old secret has ended", || old.post(&mut server.line(None), TOKEN, GRANT).status == 401);
        load.wait_for(200);
    });
    assert_eq!((failed, sent > 400), (Vec::new(), true), "{sent} sent");
}
