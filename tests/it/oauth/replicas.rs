//! Two servers on one state, and a server after its end: what was revoked and what was used holds for all of them.

use std::time::Instant;

use super::{
    REVOKE, call, refused,
    signs::{self, claims, present},
};
use crate::lab::{Client, FIXED, Lab, Signer, TOKEN, WITHIN};

#[test]
fn o22_a_revocation_reaches_the_other_server_in_time() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let (one, two) = (lab.serve("jwt"), lab.serve("jwt"));
    let client = Client::new(&lab, "partner", &[]);
    let (mut here, mut there) = (one.line(None), two.line(None));
    for _ in 0..20 {
        let token = client.token(&mut here);
        assert_eq!(call(&mut there, &token), "allowed");
        assert_eq!(client.post(&mut here, REVOKE, &format!("token={token}")).status, 200);
        let answered = Instant::now();
        assert_eq!(call(&mut here, &token), "revoked", "here at once");
        loop {
            let asked = answered.elapsed();
            if call(&mut there, &token) == "revoked" {
                break;
            }
            assert!(asked < WITHIN, "still allowed there at {asked:?}");
        }
    }
}

#[test]
fn an_assertion_is_used_once_by_both_servers_together_and_after_a_kill() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let (one, two) = (lab.serve("jwt"), lab.serve("jwt"));
    let signer = Signer::es256("k");
    let id = signs::client(&lab, "partner", &signer);
    let (mut here, mut there) = (one.line(None), two.line(None));
    let fresh = || signer.assertion(&claims(&id, "https://issuer.test"));
    let used: Vec<_> = (0..10).map(|_| fresh()).collect();
    for assertion in &used {
        assert_eq!(present(&mut here, TOKEN, assertion, "").status, 200);
        refused(&present(&mut there, TOKEN, assertion, ""), 401, "invalid_client", "the other server, at once");
    }
    let raced = fresh();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let calls: Vec<_> = [&one, &two]
            .iter()
            .cycle()
            .take(8)
            .map(|server| scope.spawn(|| present(&mut server.line(None), TOKEN, &raced, "").status))
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    one.kill();
    two.kill();
    let again = lab.serve("jwt");
    let mut line = again.line(None);
    for assertion in used.iter().chain([&raced]) {
        refused(&present(&mut line, TOKEN, assertion, ""), 401, "invalid_client", "after a kill");
    }
    assert_eq!(present(&mut line, TOKEN, &fresh(), "").status, 200);
}
