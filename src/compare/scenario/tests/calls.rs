//! Faults of what is said about a connection, a certificate or its maker.

use super::{jwt_step, step};

#[test]
fn faults_of_calls_and_certificates() {
    let second = |call: &str| step(&format!("call = {{ as = \"partner\" }}\n[[step]]\ncall = {{ as = \"partner\", {call} }}"));
    insta::assert_snapshot!(second("on = \"kept\", from = \"127.0.0.2\""), @"
    x.toml:10: `step.call`: what is kept keeps its `from`
      mend: drop `from`, or call on a new connection
    ");
    insta::assert_snapshot!(second("on = \"kept\", sni = \"open.example\""), @"
    x.toml:10: `step.call`: what is kept keeps its `sni`
      mend: drop `sni`, or call on a new connection
    ");
    insta::assert_snapshot!(second("on = \"resumed\", protocol = \"http2\""), @"
    x.toml:10: `step.call`: what is resumed keeps its `protocol`
      mend: drop `protocol`, or call on a new connection
    ");
    insta::assert_snapshot!(second("protocol = \"http3\""), @"
    x.toml:10: `step.call`: `http3` is not one of http1, http2
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(second("tls = \"1.1\""), @"
    x.toml:10: `step.call`: `1.1` is not one of 1.2, 1.3
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(second("host = \"{port}\""), @"
    x.toml:10: `step.call`: nothing here is called `{port}`
      mend: write one of {token}, {credential}
    ");
    let forge = |what: &str| step(&format!("forge = {{ as = \"f\", like = \"partner\", by = \"stranger\", {what} }}"));
    insta::assert_snapshot!(step("provision = { caller = \"p\", flaw = \"expired\" }"), @"
    x.toml:8: `step.provision`: `san`, `flaw` and `key_type` have no meaning in `jwt`
      mend: leave `jwt` out by `modes`, and say so in `why_not`; or name the step's own `places`
    ");
    insta::assert_snapshot!(step("succeed = {}"), @"
    x.toml:8: `step.succeed`: `succeed` has no meaning in `apikey`
      mend: leave `apikey` out by `modes`, and say so in `why_not`; or name the step's own `places`
    ");
    insta::assert_snapshot!(jwt_step("retire = {}"), @"
    x.toml:10: `step.retire`: no other key has followed the first one
      mend: add a step `succeed` before this one
    ");
    insta::assert_snapshot!(forge("purpose = []"), @"
    x.toml:8: `step.forge`: what is said about a certificate has no meaning in `jwt`
      mend: leave `jwt` out by `modes`, and say so in `why_not`; or name the step's own `places`
    ");
    insta::assert_snapshot!(forge("purpose = [\"servers\"]"), @"
    x.toml:8: `step.forge`: `servers` is not one of client, server, any, code
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(forge("chain = \"long\""), @"
    x.toml:8: `step.forge`: `long` is not one of maker_itself, intermediate, intermediate_missing, swapped, alone, reversed, extra, twenty_long, signed_by_a_caller
      mend: see docs/scenarios.md
    ");
}
