//! What a request costs a running server that holds little, and one that holds much: two servers side by side, real sockets.
//!
//! Run with `cargo bench --bench served`, or one part with `-- keys`, `-- networks`, `-- addresses`, `-- records`. Method and figures:
//! `docs/measuring.md`. Both servers are pinned to one processor, the caller to another, and take turns on kept TLS connections.

#![expect(clippy::expect_used, reason = "a measurement that cannot be made ends at once, and says why")]

mod addresses;
mod keys;
mod networks;
mod pair;
mod records;
mod served;

use std::env;

fn main() {
    // `cargo test --all-targets` starts this too, without `--bench`: then it is seen that every part works, on a small scale.
    let whole = env::args().any(|argument| argument == "--bench");
    let wanted = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (part, run) in
        [("keys", keys::run as fn(bool)), ("networks", networks::run), ("addresses", addresses::run), ("records", records::run)]
    {
        if part.contains(&wanted) {
            run(whole);
        }
    }
}
