//! What was measured, as it stands on a terminal.

use super::*;

#[test]
fn the_terminal_shows_what_was_measured() {
    insta::assert_snapshot!(terminal(&sample::measured(), Reader::default(), WHOLE), @"
     COST                                       open              jwt             mtls           apikey
     first call, time                        1.21 ms          2.64 ms          1.73 ms          1.23 ms
     first call, bytes                       2.89 kB          6.12 kB          4.38 kB          2.96 kB
     a new token, server CPU                       –           612 µs                –                –
     a new token, bytes                            –          3.23 kB                –                –
     kept connection, latency p50             118 µs           171 µs           119 µs           121 µs
     kept connection, latency p99             264 µs           342 µs           270 µs           268 µs
     kept connection, server CPU             9.40 µs          52.1 µs          9.60 µs          10.2 µs
     kept connection, caller CPU             31.0 µs          33.0 µs          31.0 µs          31.0 µs
     kept connection, bytes                    402 B          1.04 kB            402 B            471 B
     kept connections, capacity of a          106k/s          19.2k/s           104k/s          98.0k/s
     core
     kept connection, idle, memory           38.4 kB          38.4 kB          38.4 kB          38.4 kB
     HTTP/2 connection, server CPU           11.3 µs          62.5 µs          11.5 µs          12.2 µs
     new connection, latency p50              742 µs           801 µs          1.19 ms           748 µs
     new connection, latency p99             1.31 ms          1.40 ms          2.02 ms          1.32 ms
     new connection, server CPU               228 µs           279 µs           431 µs           230 µs
     new connection, caller CPU               310 µs           318 µs           472 µs           311 µs
     new connection, bytes                   2.48 kB          3.12 kB          4.37 kB          2.55 kB
     the connection alone, server CPU         219 µs           227 µs           421 µs           220 µs
     the connection alone, bytes             2.08 kB          2.08 kB          3.97 kB          2.08 kB
     resumed session, server CPU              114 µs           140 µs           216 µs           115 µs

     PRICE                                      open              jwt             mtls           apikey
     kept connection, latency p50           +29.5 µs         +42.8 µs         +29.8 µs         +30.2 µs
     kept connection, server CPU            +2.35 µs         +13.0 µs         +2.40 µs         +2.55 µs
     kept connection, bytes                   +100 B           +261 B           +100 B           +118 B
     kept connection, idle, memory          +9.60 kB         +9.60 kB         +9.60 kB         +9.60 kB
     the connection alone, server CPU       +54.6 µs         +56.7 µs          +105 µs         +55.0 µs
     the connection alone, bytes              +520 B           +520 B           +992 B           +520 B

     BREAK-EVEN                          server CPU  bytes
     jwt beside apikey, per token             never      –
     mtls beside apikey, per connection   undecided   17.0
     mtls beside jwt, per connection        at once   17.0

    A new token costs OAuth2 JWT 1.14 ms more server CPU than API key, and each call then 41.9 µs (39.9
      – 43.9 µs) more. Tried with 100 calls per token, it cost 5.660 times as much (5.650 – 5.670), as
      computed.
    A new connection costs mutual TLS 201 µs (199 – 203 µs) more server CPU than API key, and each call
      then 0.60 µs (-1.40 – 2.60 µs) less. Tried with 335 calls per connection, it cost 1.020 times as
      much (1.010 – 1.030).
    A new connection costs mutual TLS 1.14 kB more than API key, and each call then 67 B (65 – 69 B)
      less. Tried with 17 calls per connection, it cost 1.000 times as much (0.990 – 1.010), as
      computed.
    A new connection costs mutual TLS 1.14 ms more server CPU than OAuth2 JWT, and each call then 67.0
      µs (65.0 – 69.0 µs) less.
    A new connection costs mutual TLS 1.14 kB more than OAuth2 JWT, and each call then 67 B (65 – 69 B)
      less. Tried with 2 calls per connection, it cost 1.030 times as much (1.020 – 1.040), which is not
      what was computed.

    What each lock costs.
    OAuth2 JWT is ahead of all in nothing that was compared, and behind every other lock in the time of
      the first call (2.64 ms) and in server CPU per call on a kept connection (52.1 µs).
    Mutual TLS is ahead of all in nothing that was compared, and behind every other lock in server CPU
      per call on a new connection (431 µs) and in bytes per call on a new connection (4.37 kB).
    API key is ahead of every other lock in the time of the first call (1.23 ms), in server CPU per call
      on a new connection (230 µs) and in bytes per call on a new connection (2.55 kB), and behind all
      in nothing that was compared.
    On a kept connection one call costs the server 9.40 µs of CPU behind the open door, 5.54 times that
      with OAuth2 JWT, 1.02 times that with mutual TLS and 1.09 times that with API key.
    From nothing to the first answer takes 1.21 ms behind the open door, 2.64 ms with OAuth2 JWT, 1.73
      ms with mutual TLS and 1.23 ms with API key.
    ");
}
