//! What was measured, as the record has it.

use super::{super::sample, *};

#[test]
fn the_record_holds_what_was_measured() {
    insta::assert_snapshot!(markdown(&sample::measured(), Reader::default()), @r#"
    # What each lock stops, lets through and costs

    **What each lock costs.**

    - OAuth2 JWT is ahead of all in nothing that was compared, and behind every other lock in the time of the first call (2.64 ms) and in server CPU per call on a kept connection (52.1 µs).
    - Mutual TLS is ahead of all in nothing that was compared, and behind every other lock in server CPU per call on a new connection (431 µs) and in bytes per call on a new connection (4.37 kB).
    - API key is ahead of every other lock in the time of the first call (1.23 ms), in server CPU per call on a new connection (230 µs) and in bytes per call on a new connection (2.55 kB), and behind all in nothing that was compared.
    - On a kept connection one call costs the server 9.40 µs of CPU behind the open door, 5.54 times that with OAuth2 JWT, 1.02 times that with mutual TLS and 1.09 times that with API key.
    - From nothing to the first answer takes 1.21 ms behind the open door, 2.64 ms with OAuth2 JWT, 1.73 ms with mutual TLS and 1.23 ms with API key.

    ## What each lock costs

    Where a range stands beside a figure, the true value lies in it with a confidence of 95 %.

    | Per call | open | jwt | mtls | apikey |
    |---|---|---|---|---|
    | first call, time | 1.21 ms 1.16 – 1.26 ms | 2.64 ms ×2.18 · 2.53 – 2.75 ms | 1.73 ms ×1.43 · 1.66 – 1.80 ms | 1.23 ms ×1.01 · 1.18 – 1.27 ms |
    | first call, bytes | 2.89 kB | 6.12 kB ×2.12 | 4.38 kB ×1.52 | 2.96 kB ×1.02 |
    | a new token, server CPU | – | 612 µs 588 – 636 µs | – | – |
    | a new token, bytes | – | 3.23 kB | – | – |
    | kept connection, latency p50 | 118 µs 113 – 123 µs | 171 µs ×1.45 · 164 – 178 µs | 119 µs ×1.01 · 114 – 124 µs | 121 µs ×1.03 · 116 – 126 µs |
    | kept connection, latency p99 | 264 µs 253 – 275 µs | 342 µs ×1.30 · 328 – 356 µs | 270 µs ×1.02 · 259 – 281 µs | 268 µs ×1.02 · 257 – 279 µs |
    | kept connection, server CPU | 9.40 µs 9.02 – 9.78 µs | 52.1 µs ×5.54 · 50.0 – 54.2 µs | 9.60 µs ×1.02 · 9.22 – 9.98 µs | 10.2 µs ×1.09 · 9.79 – 10.6 µs |
    | kept connection, caller CPU | 31.0 µs 29.8 – 32.2 µs | 33.0 µs ×1.06 · 31.7 – 34.3 µs | 31.0 µs ×1.00 · 29.8 – 32.2 µs | 31.0 µs ×1.00 · 29.8 – 32.2 µs |
    | kept connection, bytes | 402 B | 1.04 kB ×2.60 | 402 B ×1.00 | 471 B ×1.17 |
    | kept connections, capacity of a core | 106k/s 102k/s – 111k/s | 19.2k/s ×0.18 · 18.4k/s – 20.0k/s | 104k/s ×0.98 · 100k/s – 108k/s | 98.0k/s ×0.92 · 94.1k/s – 102k/s |
    | kept connection, idle, memory | 38.4 kB | 38.4 kB ×1.00 | 38.4 kB ×1.00 | 38.4 kB ×1.00 |
    | HTTP/2 connection, server CPU | 11.3 µs 10.8 – 11.7 µs | 62.5 µs ×5.54 · 60.0 – 65.0 µs | 11.5 µs ×1.02 · 11.1 – 12.0 µs | 12.2 µs ×1.09 · 11.8 – 12.7 µs |
    | new connection, latency p50 | 742 µs 712 – 772 µs | 801 µs ×1.08 · 769 – 833 µs | 1.19 ms ×1.60 · 1.14 – 1.24 ms | 748 µs ×1.01 · 718 – 778 µs |
    | new connection, latency p99 | 1.31 ms 1.26 – 1.36 ms | 1.40 ms ×1.07 · 1.35 – 1.46 ms | 2.02 ms ×1.54 · 1.93 – 2.10 ms | 1.32 ms ×1.01 · 1.27 – 1.37 ms |
    | new connection, server CPU | 228 µs 219 – 237 µs | 279 µs ×1.22 · 268 – 290 µs | 431 µs ×1.89 · 414 – 448 µs | 230 µs ×1.01 · 221 – 239 µs |
    | new connection, caller CPU | 310 µs 298 – 322 µs | 318 µs ×1.03 · 305 – 331 µs | 472 µs ×1.52 · 453 – 491 µs | 311 µs ×1.00 · 299 – 323 µs |
    | new connection, bytes | 2.48 kB | 3.12 kB ×1.26 | 4.37 kB ×1.76 | 2.55 kB ×1.03 |
    | the connection alone, server CPU | 219 µs 210 – 227 µs | 227 µs ×1.04 · 218 – 236 µs | 421 µs ×1.93 · 405 – 438 µs | 220 µs ×1.01 · 211 – 229 µs |
    | the connection alone, bytes | 2.08 kB | 2.08 kB ×1.00 | 3.97 kB ×1.91 | 2.08 kB ×1.00 |
    | resumed session, server CPU | 114 µs 109 – 119 µs | 140 µs ×1.22 · 134 – 145 µs | 216 µs ×1.89 · 207 – 224 µs | 115 µs ×1.01 · 110 – 120 µs |

    ## What TLS costs, and what a lock adds

    A lock beside the open door, and the open door beside one without TLS: differences, taken repeat by repeat.

    | More than the baseline | open | jwt | mtls | apikey |
    |---|---|---|---|---|
    | kept connection, latency p50 | +29.5 µs 24.8 – 34.2 µs | +42.8 µs 35.9 – 49.6 µs | +29.8 µs 25.0 – 34.5 µs | +30.2 µs 25.4 – 35.1 µs |
    | kept connection, server CPU (without TLS 7.90 µs) | +2.35 µs 1.97 – 2.73 µs | +13.0 µs 10.9 – 15.1 µs | +2.40 µs 2.02 – 2.78 µs | +2.55 µs 2.14 – 2.96 µs |
    | kept connection, bytes (without TLS 358 B) | +100 B | +261 B | +100 B | +118 B |
    | kept connection, idle, memory | +9.60 kB | +9.60 kB | +9.60 kB | +9.60 kB |
    | the connection alone, server CPU | +54.6 µs 45.9 – 63.4 µs | +56.7 µs 47.6 – 65.8 µs | +105 µs 88.5 – 122 µs | +55.0 µs 46.2 – 63.7 µs |
    | the connection alone, bytes | +520 B | +520 B | +992 B | +520 B |

    ## When a start pays

    A token or a connection is paid for once, a call each time. The lock that is named first pays more at the start: so many calls must follow until both have cost the same.

    | Calls until both cost the same | server CPU | bytes |
    |---|---|---|
    | jwt beside apikey, per token | never | – |
    | mtls beside apikey, per connection | undecided 77.3 or more, or never | 17.0 16.9 – 17.1 |
    | mtls beside jwt, per connection | at once | 17.0 16.9 – 17.1 |

    - A new token costs OAuth2 JWT 1.14 ms more server CPU than API key, and each call then 41.9 µs (39.9 – 43.9 µs) more. Tried with 100 calls per token, it cost 5.660 times as much (5.650 – 5.670), as computed.
    - A new connection costs mutual TLS 201 µs (199 – 203 µs) more server CPU than API key, and each call then 0.60 µs (-1.40 – 2.60 µs) less. Tried with 335 calls per connection, it cost 1.020 times as much (1.010 – 1.030).
    - A new connection costs mutual TLS 1.14 kB more than API key, and each call then 67 B (65 – 69 B) less. Tried with 17 calls per connection, it cost 1.000 times as much (0.990 – 1.010), as computed.
    - A new connection costs mutual TLS 1.14 ms more server CPU than OAuth2 JWT, and each call then 67.0 µs (65.0 – 69.0 µs) less.
    - A new connection costs mutual TLS 1.14 kB more than OAuth2 JWT, and each call then 67 B (65 – 69 B) less. Tried with 2 calls per connection, it cost 1.030 times as much (1.020 – 1.040), which is not what was computed.

    ## How it was measured

    - Made 2026-11-23T14:30:00Z by authbench 0.1.0, depth quick.
    - On 2 processors (AMD EPYC), linux 6.18.44.
    - The servers were started anew 6 times, and each had its turn each time, on one machine with the caller. Latencies: 2000 calls a second on one kept connection, 250 a second each on a new one with a full handshake, counted from the intended start. CPU and bytes: one call after the other.
    - The servers ran on one processor, the caller on another.
    - In jwt mode the token is fetched once and reused; the first call includes fetching it. The server remembers a token that it has verified, so only the first call with it pays for the signature check.
    - TLS agreed upon TLS 1.3, TLS13\_AES\_256\_GCM\_SHA384, X25519.
    - Between the opening and the closing run the baseline changed by 3.1 %.

    `findings.json` holds the exchange that proves each cell; `authbench report findings.json` draws this again.
    "#);
}
