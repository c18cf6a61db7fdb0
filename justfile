# `just check` is what CI checks, without its tools and its release run.

# List the recipes
default:
    @just --list

# Everything that must pass before a commit
check: fmt clippy doc deny machete test

# Formatting, checked only
fmt:
    cargo fmt --check

# Lints, none tolerated
clippy:
    cargo clippy --locked --all-targets -- -D warnings

# Documentation builds without a warning
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

# Licences, banned crates and sources
deny:
    cargo deny check bans licenses sources

# Dependencies that nothing uses
machete:
    cargo machete

# Every test; tests that need a tool say so when it is absent
test:
    cargo test --locked

# The same with every tool required, as CI runs it
test-all:
    AUTHBENCH_REQUIRE_TOOLS=1 cargo test --locked

# The comparison, in about a minute
compare:
    cargo run --release --locked -- compare --quick

# The costs, measured twice: which figures of the second run lie beyond the interval of the first
agree:
    cargo build --release --locked
    target/release/authbench compare --only cost --out target/agree/first >/dev/null
    target/release/authbench compare --only cost --out target/agree/second >/dev/null
    target/release/authbench report target/agree/second/findings.json --against target/agree/first/findings.json >/dev/null
    awk '/^## / { on = /^## What changed since/ } on' target/agree/second/report.md

# The article's three flows with curl and openssl
walkthrough:
    scenarios/walkthrough/jwt.sh
    scenarios/walkthrough/mtls.sh
    scenarios/walkthrough/apikey.sh
