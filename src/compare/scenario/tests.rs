//! Every fault of a scenario file names the file, the line, the key and the remedy.

use super::*;

const HEAD: &str = "title = \"t\"\nasks = \"a\"\ngroup = \"proof\"\nwant = \"refused\"\n";

fn fault(body: &str) -> String {
    Scenario::parse("x", "x.toml", &format!("{HEAD}{body}")).unwrap_err().to_string()
}

fn step(body: &str) -> String {
    fault(&format!("[[step]]\nprovision = {{ caller = \"partner\" }}\n[[step]]\n{body}\n"))
}

#[test]
fn a_scenario_is_read() {
    let text = format!(
        "{HEAD}[server.plans.small]\nrate = 1\nburst = 2\n[[step]]\nprovision = {{ caller = \"p\", ttl = \"2s\" }}\n[[step]]\n\
         call = {{ as = \"p\" }}\nexpect = \"allowed\"\ndecides = true\n[[step]]\nkill = {{}}\n[[step]]\n\
         call = {{ as = \"nobody\" }}\nexpect = {{ jwt = \"credential_missing\", apikey = \"credential_missing\", mtls = \"closed\" }}\n"
    );
    let scenario = Scenario::parse("x", "x.toml", &text).unwrap();
    assert_eq!((scenario.deciding, scenario.modes.len(), scenario.steps.len()), (1, 4, 4));
    assert_eq!(scenario.expected(Mode::Mtls, Profile::Standard), Some(Outcome::Allowed));
    assert_eq!(scenario.steps[3].expect.as_ref().unwrap().outcome(Mode::Open, Profile::Standard), Some(Outcome::Allowed));
}

#[test]
fn faults_of_form() {
    insta::assert_snapshot!(fault("titel = \"x\"\n"), @"
    x.toml:5: `titel`: unknown field `titel`, expected one of `title`, `asks`, `group`, `want`, `modes`, `why_not`, `claims`, `server`, `step`
      mend: write `title`, or see docs/scenarios.md
    ");
    insta::assert_snapshot!(fault("[[step]]\nprovison = { caller = \"p\" }\n"), @"
    x.toml:6: `step.provison`: unknown field `provison`, expected one of `provision`, `call`, `revoke`, `rotate`, `disable`, `enable`, `expire`, `tamper`, `forge`, `steal`, `impostor`, `flood`, `restart`, `kill`, `expect`, `decides`
      mend: write `provision`, or see docs/scenarios.md
    ");
    insta::assert_snapshot!(fault("[[step]]\nprovision = { caller = \"p\", ttl = \"soon\" }\n"), @r#"
    x.toml:6: `step.provision`: `soon` is no duration; write a number and a unit: "2s", "10m"
      mend: see docs/scenarios.md
    "#);
    insta::assert_snapshot!(step("call = { as = \"partner\", from = \"next door\" }"), @"
    x.toml:8: `step.call`: invalid IP address syntax
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(step("call = { as = \"partner\" }\nexpect = { mtsl = \"allowed\" }"), @"
    x.toml:9: `step.expect`: `mtsl` is not one of open, jwt, mtls, apikey
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(step("call = { as = \"partner\" }\nexpect = \"denied\""), @"
    x.toml:9: `step.expect`: `denied` is no outcome; write `allowed`, a reason, `handshake_refused(reason)` or `closed`
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(Scenario::parse("x", "x.toml", &HEAD.replace("proof", "prof")).unwrap_err(), @"
    x.toml:3: `group`: `prof` is not one of proof, lifetime, theft, forgery, abuse, operation, visibility
      mend: see docs/scenarios.md
    ");
}

#[test]
fn faults_of_meaning() {
    insta::assert_snapshot!(fault(""), @"
    x.toml: `step.expect`: no step has one, so nothing would be shown
      mend: add `expect` to the deciding `call`
    ");
    insta::assert_snapshot!(fault("modes = [\"jwt\"]\n"), @"
    x.toml:5: `modes`: modes are left out without a reason
      mend: add `why_not`: one sentence that says why the other modes have no such thing
    ");
    insta::assert_snapshot!(fault("modes = []\n"), @"
    x.toml:5: `modes`: the scenario runs in no mode
      mend: name one, or leave `modes` away for all
    ");
    insta::assert_snapshot!(fault("[[step]]\nexpect = \"allowed\"\n"), @"
    x.toml:5: `step`: a step without a verb
      mend: write one; they are listed in docs/scenarios.md
    ");
    insta::assert_snapshot!(step("call = { as = \"partner\" }\nrevoke = { caller = \"partner\" }"), @"
    x.toml:9: `step.revoke`: a step has two verbs
      mend: begin a `[[step]]` of its own for the second
    ");
    insta::assert_snapshot!(step("call = { as = \"parner\" }"), @"
    x.toml:8: `step.call`: there is no caller `parner` yet
      mend: `provision` it in an earlier step; `nobody` is the caller that presents nothing
    ");
    insta::assert_snapshot!(step("revoke = { caller = \"nobody\" }"), @"
    x.toml:8: `step.revoke`: nobody has provisioned `nobody`
      mend: add a step `provision` before this one
    ");
    insta::assert_snapshot!(step("provision = { caller = \"partner\" }"), @"
    x.toml:8: `step.provision`: `partner` is provisioned twice
      mend: use `rotate`, or another name
    ");
    insta::assert_snapshot!(step("provision = { caller = \"nobody\" }"), @"
    x.toml:8: `step.provision`: `nobody` never holds anything
      mend: choose another name
    ");
    insta::assert_snapshot!(step("provision = { caller = \"p\", allow = [\"10.0.0.1/8\"] }"), @"
    x.toml:8: `step.provision`: `10.0.0.1/8` has host bits set; write `10.0.0.0/8`, or the address alone
      mend: write networks such as 127.0.0.1/32
    ");
    insta::assert_snapshot!(step("revoke = { caller = \"partner\" }\nexpect = \"allowed\""), @"
    x.toml:8: `step.revoke`: only `call` and `flood` end with an outcome
      mend: move `expect` to a `call`
    ");
    insta::assert_snapshot!(step("call = { as = \"partner\", on = \"kept\" }"), @"
    x.toml:8: `step.call`: `partner` has not called before, so there is nothing to be kept
      mend: put a `call` on a new connection before it
    ");
    insta::assert_snapshot!(step("call = { as = \"partner\" }\nexpect = { jwt = \"allowed\", mtls = \"allowed\" }"), @r#"
    x.toml:8: `step.call`: `expect` says nothing about `apikey`
      mend: add `apikey = "…"`, or leave the mode out by `modes` and `why_not`
    "#);
    insta::assert_snapshot!(step("call = { as = \"partner\" }\ndecides = true"), @"
    x.toml:8: `step.call`: the deciding step has no `expect`
      mend: add one, or drop `decides`
    ");
    insta::assert_snapshot!(step("forge = { as = \"f\", like = \"partner\", by = \"stranger\", flaw = \"no_signature\" }"), @r#"
    x.toml:8: `step.forge`: `flaw = "no_signature"` has no meaning in `mtls`
      mend: leave `mtls` out by `modes`, and say so in `why_not`
    "#);
    insta::assert_snapshot!(step("forge = { as = \"f\", like = \"partner\", by = \"trusted\" }"), @r#"
    x.toml:8: `step.forge`: `by = "trusted"` has no meaning in `apikey`
      mend: leave `apikey` out by `modes`, and say so in `why_not`
    "#);
    insta::assert_snapshot!(step("disable = { caller = \"partner\" }"), @"
    x.toml:8: `step.disable`: `disable` and `enable` have no meaning in `mtls`
      mend: leave `mtls` out by `modes`, and say so in `why_not`
    ");
    insta::assert_snapshot!(step("steal = { from = \"partner\", what = \"token_request\", by = \"thief\" }"), @r#"
    x.toml:8: `step.steal`: `what = "token_request"` has no meaning in `mtls`
      mend: leave `mtls` out by `modes`, and say so in `why_not`
    "#);
}
