//! The whole table, as it stands on a terminal.

mod measured;
mod trouble;

use super::{super::sample, *};

const WHOLE: Style = Style { colour: false, whole: true };
const BRIEF: Style = Style { colour: false, whole: false };
const COLOURED: Style = Style { colour: true, ..WHOLE };

#[test]
fn the_terminal_shows_matrix_drills_and_answer() {
    insta::assert_snapshot!(terminal(&sample::unmeasured(), Reader::default(), WHOLE), @r#"
     PROOF                                open        jwt              mtls             apikey
     Nothing is presented                 ✗ allowed   ✓ credential_    ✓ credential_    ✓ credential_
                                                        missing          missing (tls)    missing
     A stranger makes up a credential of  ✗ allowed   ✓ credential_    ✓ credential_    ✓ credential_
     the right form                                     unknown          unknown (tls)    unknown
     One bit of a good credential is      ✗ allowed   ✓ signature_     ✓ signature_     ✓ credential_
     changed                                            invalid          invalid (tls)    malformed

     LIFETIME                             open        jwt              mtls             apikey
     The credential has ended             ✗ allowed   ✓ expired        ✓ expired (tls)  ✓ expired
     The credential is not valid yet      –           ✓ not_yet_valid  ✓ not_yet_valid  –
                                                                         (tls)
     A revoked credential on a new        ✗ allowed   ✓ revoked        ✓ revoked (tls)  ✓ revoked
     connection
     A revoked credential on a            ✗ allowed   ✓ revoked        ✓ closed         ✓ revoked
     connection that is open
     A partner changes to its new         ✓ allowed   ✓ allowed        ✓ allowed        ✓ allowed
     credential

     THEFT                                open        jwt              mtls             apikey
     A credential seen by a proxy is      ✗ allowed   ✗ allowed        ✓ signature_     ✗ allowed
     replayed from another machine                                       invalid (tls)
     The same, and the partner may call   ✗ allowed   ✓ address_       ✓ signature_     ✓ address_
     only from its own network                          denied           invalid (tls)    denied
     The caller's files are stolen        ✗ allowed   ✗ allowed        ✗ allowed        ✗ allowed
     A fake server takes the call of a    ✓ closed    ✓ closed         ✓ closed         ✓ closed
     careful caller
     A fake server takes the call of a    ✗ allowed   ✗ allowed        ✓ signature_     ✗ allowed
     careless caller                                                     invalid (tls)

     FORGERY                              open        jwt              mtls             apikey
     A good credential, made for another  –           ✓ audience_      ✓ purpose_       –
     service                                            mismatch         mismatch
                                                                         (tls)
     · only jwt
     A token that asks not to be          –           ✓ algorithm_     –                –
     verified                                           refused

     ABUSE                                open        jwt              mtls             apikey
     A known caller without the scope     ✗ allowed   ✓ scope_         ✓ scope_         ✓ scope_
                                                        insufficient     insufficient     insufficient
     A forged X-Forwarded-For             ✓ address_  ✓ address_       ✓ address_       ✓ address_
     <script>alert(1)</script> | "&"        denied      denied           denied           denied
     One caller floods the server         ✗ allowed   ✓ rate_limited   ✓ rate_limited   ✓ rate_limited
     A quiet caller beside one that       ✓ allowed   ✓ allowed        ✓ allowed        ✓ allowed
     floods

     OPERATION                            open        jwt              mtls             apikey
     The server restarts between two      ✓ allowed   ✓ allowed        ✓ allowed        ✓ allowed
     calls
     The server is killed right after a   ✗ allowed   ✓ revoked        ✓ revoked (tls)  ✓ revoked
     revocation

    ✓ as the team would want · ✗ lets an attack through, or stops a rightful call · – not applicable ·
      (tls) refused in the handshake

     DRILLS                                     open              jwt             mtls           apikey
     revoked, new connections                      –   7.38 – 14.0 ms             0 ms   11.0 – 21.0 ms
     revoked, kept connections                     –   12.3 – 23.4 ms             0 ms   18.4 – 35.0 ms
     revoked, HTTP/2 connections                   –   12.3 – 23.4 ms             0 ms   18.4 – 35.0 ms
     revoked, resumed sessions                     –   6.15 – 11.7 ms             0 ms   9.20 – 17.5 ms
     left to expire, new connections               –      0 – 0.74 ms             0 ms      0 – 1.10 ms
     left to expire, kept connections              –      0 – 1.23 ms             0 ms      0 – 1.84 ms
     left to expire, HTTP/2 connections            –      0 – 1.23 ms             0 ms      0 – 1.84 ms
     left to expire, resumed sessions              –      0 – 0.62 ms             0 ms      0 – 0.92 ms

    From the moment that ends a credential (the command that revokes it returns, its time is over) to
      the end of the last accepted request, while 50 connections were busy with it: median – longest of
      5 rounds (revoked) and 2 rounds (left to expire). 0 ms: nothing was accepted afterwards. Allowed
      are 100 ms.
    The command itself took 22.0 ms in jwt (`authbench token revoke -`), 22.0 ms in mtls (`authbench
      cert revoke partner`) and 22.0 ms in apikey (`authbench key revoke partner`), and works before it
      returns; medians.
    Of 3840 requests that another caller made meanwhile, none was refused.
    A credential replaced with an overlap in jwt (`authbench client rotate partner`) and apikey
      (`authbench key rotate partner`): of 4420 requests meanwhile every one was served.
    A caller that may ask 100 times a second asked 1998 times; 99 of 100 calls of another took at most
      0.44 ms in jwt (0.41 ms without the flood; 1.06 times in the median pair) and 0.42 ms in apikey
      (0.41 ms without the flood; 1.02 times in the median pair).
    A short life has to be renewed: `authbench cert renew NAME` takes 30.7 ms (median of 5), 24.0 ms of
      it CPU.

    Mutual TLS stopped the most: 14 of 15 attacks.
    OAuth2 JWT is neither ahead of every other lock nor behind in anything that was compared.
    Mutual TLS is ahead of every other lock in stopping “A credential seen by a proxy is replayed from
      another machine” and “A fake server takes the call of a careless caller” and in the end of a
      revoked credential (at once), and behind all in nothing that was compared.
    API key is neither ahead of every other lock nor behind in anything that was compared.
    All 77 trials ended as the scenarios declare, known weaknesses included.
    Of the 15 attacks and mistakes that every lock faced, mutual TLS stopped 14, OAuth2 JWT stopped 12
      and API key stopped 12; without a lock 2 of 15.
    No lock stopped “The caller's files are stolen”.
    All 3 kinds of rightful calls passed.
    Revoked while many connections were busy, a credential was served for 23.4 ms more with OAuth2 JWT,
      not at all with mutual TLS and for 35.0 ms more with API key once the command was done.
    "#);
}

#[test]
fn where_every_lock_does_well_nothing_is_shown_but_what_changed_is() {
    let findings = Findings { drills: Vec::new(), costs: Vec::new(), ..sample::findings() };
    let earlier = sample::earlier();
    let reader = Reader { before: Some(&earlier), ..Reader::default() };
    insta::assert_snapshot!(terminal(&findings, reader, BRIEF), @"
     THEFT                                open        jwt              mtls             apikey
     A credential seen by a proxy is      ✗ allowed   ✗ allowed        ✓ signature_     ✗ allowed
     replayed from another machine                                       invalid (tls)
     The caller's files are stolen        ✗ allowed   ✗ allowed        ✗ allowed        ✗ allowed
     A fake server takes the call of a    ✗ allowed   ✗ allowed        ✓ signature_     ✗ allowed
     careless caller                                                     invalid (tls)

    ✓ as the team would want · ✗ lets an attack through, or stops a rightful call · – not applicable ·
      (tls) refused in the handshake

    18 scenarios more went with every lock as the team would want; `-v` shows them, and so does the
      page.

     BREAK-EVEN                          server CPU  bytes
     jwt beside apikey, per token             never      –
     mtls beside apikey, per connection   undecided   17.0
     mtls beside jwt, per connection        at once   17.0

    Mutual TLS stopped the most: 14 of 15 attacks.
    OAuth2 JWT is neither ahead of every other lock nor behind in anything that was compared.
    Mutual TLS is ahead of every other lock in stopping “A credential seen by a proxy is replayed from
      another machine” and “A fake server takes the call of a careless caller”, and behind all in
      nothing that was compared.
    API key is neither ahead of every other lock nor behind in anything that was compared.
    All 77 trials ended as the scenarios declare, known weaknesses included.
    Of the 15 attacks and mistakes that every lock faced, mutual TLS stopped 14, OAuth2 JWT stopped 12
      and API key stopped 12; without a lock 2 of 15.
    No lock stopped “The caller's files are stolen”.
    All 3 kinds of rightful calls passed.

     CHANGES                                                         before              now
     mtls: The credential has ended                             ? not tried  ✓ expired (tls)
     apikey: A revoked credential on a connection that is open    ✗ allowed        ✓ revoked

    Compared with the run of 2026-11-22 09:05: of 73 trials that both runs made, 2 ended otherwise.

    Only in this run: 1 scenario: “The server restarts between two calls”.
    Only in the earlier run: 1 scenario: “A scenario of former times”.
    Made differently: authbench: authbench 0.0.9 before, authbench 0.1.0 now.
    ");
}

#[test]
fn a_hundred_columns_are_enough_and_colour_is_only_added() {
    let findings = sample::troubled();
    let earlier = sample::earlier();
    let reader = Reader { before: Some(&earlier), ..Reader::default() };
    let plain = terminal(&findings, reader, WHOLE);
    assert!(plain.lines().all(|line| line.chars().count() <= WIDTH), "{plain}");
    assert!(!plain.contains('\u{1b}'));
    assert!(terminal(&findings, reader, COLOURED).contains('\u{1b}'));
    assert_eq!(terminal(&findings, reader, WHOLE), plain);
}

#[test]
fn nothing_tried_is_said() {
    let nothing = Findings {
        scenarios: Vec::new(),
        drills: Vec::new(),
        costs: Vec::new(),
        break_even: Vec::new(),
        missing: vec!["Interrupted.".into()],
        ..sample::findings()
    };
    assert_eq!(terminal(&nothing, Reader::default(), BRIEF), "Nothing was tried.\n\nInterrupted.\n");
}
