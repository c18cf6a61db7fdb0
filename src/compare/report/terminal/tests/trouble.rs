//! What did not go as it must, on a terminal.

use super::*;

#[test]
fn trouble_of_drills_is_told_below_them() {
    let drilled =
        Findings { scenarios: Vec::new(), costs: Vec::new(), break_even: Vec::new(), missing: Vec::new(), ..sample::troubled() };
    insta::assert_snapshot!(terminal(&drilled, Reader::default(), WHOLE), @"
     DRILLS                                     open              jwt             mtls           apikey
     revoked, new connections                      –   7.38 – 14.0 ms             0 ms   11.0 – 21.0 ms
     revoked, kept connections                     –    12.3 – 132 ms             0 ms   18.4 – 35.0 ms
     revoked, HTTP/2 connections                   –   12.3 – 23.4 ms             0 ms   18.4 – 35.0 ms
     revoked, resumed sessions                     –   6.15 – 11.7 ms             0 ms   9.20 – 17.5 ms
     left to expire, new connections               –      0 – 0.74 ms             0 ms             void
     left to expire, kept connections              –      0 – 1.23 ms             0 ms             void
     left to expire, HTTP/2 connections            –      0 – 1.23 ms             0 ms             void
     left to expire, resumed sessions              –      0 – 0.62 ms             0 ms             void

    From the moment that ends a credential (the command that revokes it returns, its time is over) to
      the end of the last accepted request, while 50 connections were busy with it: median – longest of
      5 rounds (revoked) and 2 rounds (left to expire). 0 ms: nothing was accepted afterwards. Allowed
      are 100 ms.
    The command itself took 22.0 ms in jwt (`authbench token revoke -`), 22.0 ms in mtls (`authbench
      cert revoke partner`) and 22.0 ms in apikey (`authbench key revoke partner`), and works before it
      returns; medians.
    Of 3840 requests that another caller made meanwhile, 2 were refused.
    A credential replaced with an overlap in jwt (`authbench client rotate partner`) and apikey
      (`authbench key rotate partner`): of 4420 requests meanwhile 3 were not served.
    A caller that may ask 100 times a second asked 1998 times; 99 of 100 calls of another took at most
      0.44 ms in jwt (0.41 ms without the flood; 1.06 times in the median pair).
    revoked, jwt: on kept connections a request was accepted 131.7 ms after; 100 ms are allowed.
    revoked, jwt: 2 of 640 requests of another caller were refused meanwhile.
    credential replaced, apikey: 3 of 2210 requests were not served, the first: answered 401
      Unauthorized, on a kept connection.
    void: left to expire, apikey, 2 rounds: the callers were held up for 72 ms by other programs
    void: a flood of one caller, apikey: its p99 differed by 2.10 times between slices without a flood

    In the drills 3 things did not go as declared.
    OAuth2 JWT is neither ahead of every other lock nor behind in anything that was compared.
    Mutual TLS is ahead of every other lock in the end of a revoked credential (at once), and behind all
      in nothing that was compared.
    API key is neither ahead of every other lock nor behind in anything that was compared.
    Revoked while many connections were busy, a credential was served for 132 ms more with OAuth2 JWT,
      not at all with mutual TLS and for 35.0 ms more with API key once the command was done.
    ");
}

#[test]
fn trouble_is_marked() {
    let undrilled = Findings { drills: Vec::new(), rotations: Vec::new(), break_even: Vec::new(), ..sample::troubled() };
    insta::assert_snapshot!(terminal(&undrilled, Reader::default(), BRIEF), @"
     LIFETIME                             open        jwt              mtls             apikey
     A revoked credential on a new        ✗ allowed   ✓ revoked        ✓ revoked (tls)  ! allowed
     connection

     THEFT                                open        jwt              mtls             apikey
     A credential seen by a proxy is      ✗ allowed   ✗ allowed        ✓ signature_     ✗ allowed
     replayed from another machine                                       invalid (tls)
     The same, and the partner may call   ✗ allowed   ?                ✓ signature_     ✓ address_
     only from its own network                                           invalid (tls)    denied
     The caller's files are stolen        ✗ allowed   ✗ allowed        ✗ allowed        ✗ allowed
     A fake server takes the call of a    ✗ allowed   ✗ allowed        ✓ signature_     ✗ allowed
     careless caller                                                     invalid (tls)

     OPERATION                            open        jwt              mtls             apikey
     The server restarts between two      ?           ?                ?                ?
     calls
     The server is killed right after a   ?           ?                ?                ?
     revocation

    ✓ as the team would want · ✗ lets an attack through, or stops a rightful call · ! differs from what
      was declared · ? not tried · – not applicable · (tls) refused in the handshake

    14 scenarios more went with every lock as the team would want; `-v` shows them, and so does the
      page.

     COST                                       open              jwt             mtls           apikey
     first call, time                        1.21 ms          2.64 ms          1.73 ms          1.23 ms
     first call, bytes                       2.89 kB          6.12 kB          4.38 kB          2.96 kB
     a new token, server CPU                       –           612 µs                –                –
     a new token, bytes                            –          3.23 kB                –                –
     kept connection, latency p50             118 µs           171 µs           119 µs           121 µs
     kept connection, latency p99               void             void             void             void
     kept connection, server CPU                void             void             void             void
     kept connection, caller CPU             31.0 µs          33.0 µs          31.0 µs          31.0 µs
     kept connection, bytes                    402 B          1.04 kB            402 B            471 B
     kept connections, capacity of a          106k/s          19.2k/s           104k/s          98.0k/s
     core
     kept connection, idle, memory           38.4 kB          38.4 kB          38.4 kB          38.4 kB
     HTTP/2 connection, server CPU              void             void             void             void
     new connection, latency p50              742 µs           801 µs          1.19 ms           748 µs
     new connection, latency p99                void             void             void             void
     new connection, server CPU                 void             void             void             void
     new connection, caller CPU               310 µs           318 µs           472 µs           311 µs
     new connection, bytes                   2.48 kB          3.12 kB          4.37 kB          2.55 kB
     the connection alone, server CPU         219 µs           227 µs           421 µs           220 µs
     the connection alone, bytes             2.08 kB          2.08 kB          3.97 kB          2.08 kB
     resumed session, server CPU                void             void             void             void

    void: kept connection, latency p99 (open, jwt, mtls, apikey); new connection, latency p99 (open,
      jwt, mtls, apikey): 640 samples are too few for a 99th percentile; 1,000 are needed
    void: kept connection, server CPU (open, jwt, mtls, apikey); HTTP/2 connection, server CPU (open,
      jwt, mtls, apikey); new connection, server CPU (open, jwt, mtls, apikey); resumed session, server
      CPU (open, jwt, mtls, apikey): the baseline drifted by 31 % between the opening and the closing
      run

     PRICE                                      open              jwt             mtls           apikey
     kept connection, latency p50           +29.5 µs         +42.8 µs         +29.8 µs         +30.2 µs
     kept connection, bytes                   +100 B           +261 B           +100 B           +118 B
     kept connection, idle, memory          +9.60 kB         +9.60 kB         +9.60 kB         +9.60 kB
     the connection alone, server CPU       +54.6 µs         +56.7 µs          +105 µs         +55.0 µs
     the connection alone, bytes              +520 B           +520 B           +992 B           +520 B

    1 of 68 trials did not end as declared.
    OAuth2 JWT is ahead of all in nothing that was compared, and behind every other lock in the time of
      the first call (2.64 ms).
    Mutual TLS is ahead of every other lock in stopping “A credential seen by a proxy is replayed from
      another machine” and “A fake server takes the call of a careless caller”. It is behind every other
      in bytes per call on a new connection (4.37 kB).
    API key is ahead of every other lock in the time of the first call (1.23 ms) and in bytes per call
      on a new connection (2.55 kB). It is behind every other in stopping “A revoked credential on a new
      connection”.
    Of the 13 attacks and mistakes that every lock faced, mutual TLS stopped 12, OAuth2 JWT stopped 10
      and API key stopped 9; without a lock 2 of 13.
    No lock stopped “The caller's files are stolen”.
    All 2 kinds of rightful calls passed.
    What a call costs the server is not told: the baseline drifted by 31 % between the opening and the
      closing run.
    From nothing to the first answer takes 1.21 ms behind the open door, 2.64 ms with OAuth2 JWT, 1.73
      ms with mutual TLS and 1.23 ms with API key.

    The run was interrupted: the scenarios that come last were not tried.
    ");
}
