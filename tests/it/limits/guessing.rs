//! The failure budget: wrong credentials are bounded per address, and a right one passes, whoever else fails from there.

use std::{thread, time::Duration};

use authbench::mode::Mode;

use crate::lab::{Caller, Client, GRANT, Identity, LOCKS, Lab, Server, TOKEN, basic, text};

const FAILURES: usize = 3;
const CONFIG: &str = "[guessing]\nfailures = 3\n[mtls]\nclient_auth = \"optional\"\n";

/// Who is right, and somebody who fails in its name from the same address.
struct Shared {
    right: Caller,
    wrong: Caller,
    reason: &'static str,
}

impl Shared {
    fn behind(lab: &Lab, server: &Server, mode: Mode) -> Self {
        match mode {
            Mode::Jwt => {
                let right = Caller::new(lab, server, mode, "partner", &[]);
                let (_, value) = right.header.as_ref().unwrap();
                let (signed, signature) = value["Bearer ".len()..].rsplit_once('.').unwrap();
                // Another token's signature is none for this one.
                let other = if signature.starts_with('A') { 'B' } else { 'A' };
                let wrong = Caller::with_token(&format!("{signed}.{other}{}", &signature[1..]));
                Self { right, wrong, reason: "signature_invalid" }
            }
            Mode::Mtls => {
                // The same name from a CA that nobody here knows.
                let elsewhere = Lab::new();
                let foreign = Identity::issued(&elsewhere.json(&["cert", "issue", "partner"]));
                let wrong = Caller { identity: Some(foreign), header: None };
                Self { right: Caller::new(lab, server, mode, "partner", &[]), wrong, reason: "credential_unknown" }
            }
            Mode::Open | Mode::Apikey => {
                // The right id with a secret that is no more.
                let old = Caller::new(lab, server, mode, "partner", &[]);
                let new = lab.effective(&["key", "rotate", "partner"]);
                Self { right: Caller::with_key(text(&new, "key")), wrong: old, reason: "credential_unknown" }
            }
        }
    }
}

#[test]
fn k8_a_right_credential_passes_whoever_fails_beside_it() {
    for mode in LOCKS {
        let lab = Lab::new();
        lab.configure(CONFIG);
        let server = lab.serve(mode.as_str());
        let Shared { right, wrong, reason } = Shared::behind(&lab, &server, mode);
        let fail = |from: &str| wrong.outcome(&server, from);
        let told: Vec<_> = (0..2 * FAILURES).map(|_| fail("127.0.0.1")).collect();
        assert_eq!((told[0].as_str(), told[2 * FAILURES - 1].as_str()), (reason, "guessing"), "{mode}: {told:?}");
        let mut line = right.line(&server);
        for _ in 0..20 {
            fail("127.0.0.1");
            let answer = line.get(crate::lab::PATH, &right.headers()).unwrap();
            assert_eq!(answer.outcome(), "allowed", "{mode}: on a connection that stands");
        }
        assert_eq!(right.outcome(&server, "127.0.0.1"), "allowed", "{mode}: on a new one");
        assert_eq!(fail("127.0.0.2"), reason, "{mode}: another address has its own budget");
    }
}

#[test]
fn k8_the_token_service_bounds_guesses_of_secrets_likewise() {
    let lab = Lab::new();
    lab.configure(CONFIG);
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let mut line = server.line(None);
    let guess = basic(&client.id, "not the secret of this client at all");
    let mut told = || line.post(TOKEN, &[("authorization", &guess)], GRANT).unwrap().status;
    let statuses: Vec<_> = (0..2 * FAILURES).map(|_| told()).collect();
    assert_eq!((statuses[0], statuses[2 * FAILURES - 1]), (401, 429), "{statuses:?}");
    assert!((0..10).all(|_| client.post(&mut server.line(None), TOKEN, GRANT).status == 200));
}

#[test]
fn k8_unknown_keys_are_limited_per_address() {
    let (lab, elsewhere) = (Lab::new(), Lab::new());
    lab.configure(CONFIG);
    let server = lab.serve("apikey");
    let strangers: Vec<_> = (0..8).map(|at| elsewhere.json(&["key", "add", &format!("k{at}")])).collect();
    let mut guess = server.line(None);
    let mut outcomes = Vec::new();
    for round in 0..20 {
        for stranger in &strangers {
            let answer = guess.get(crate::lab::PATH, &[("x-api-key", text(stranger, "key"))]).unwrap();
            outcomes.push(answer.outcome());
            if round == 19 {
                let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=3).contains(&wait), "{answer:?}");
            }
        }
    }
    let unknown = outcomes.iter().filter(|outcome| *outcome == "credential_unknown").count();
    // Each of the eight has a budget, or shares one; it is refilled by one a second meanwhile.
    assert!((FAILURES..=strangers.len() * FAILURES * 4).contains(&unknown), "{unknown} of {}", outcomes.len());
    assert!(outcomes.iter().all(|outcome| ["credential_unknown", "guessing"].contains(&outcome.as_str())));
    thread::sleep(Duration::from_secs(1));
    let again = guess.get(crate::lab::PATH, &[("x-api-key", text(&strangers[0], "key"))]).unwrap();
    assert_eq!(again.outcome(), "credential_unknown", "who waits is told again what is wrong");
}
