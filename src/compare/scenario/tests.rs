//! Every fault of a scenario file names the file, the line, the key and the remedy.

mod calls;
mod thefts;

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
    x.toml:5: `titel`: unknown field `titel`, expected one of `title`, `asks`, `group`, `want`, `modes`, `why_not`, `profiles`, `claims`, `artefact`, `issuing_ca`, `server`, `step`
      mend: write `title`, or see docs/scenarios.md
    ");
    insta::assert_snapshot!(fault("[[step]]\nprovison = { caller = \"p\" }\n"), @"
    x.toml:6: `step.provison`: unknown field `provison`, expected one of `provision`, `call`, `ask`, `revoke`, `list`, `rotate`, `disable`, `enable`, `remove`, `expire`, `tamper`, `forge`, `steal`, `impostor`, `flood`, `succeed`, `retire`, `restart`, `kill`, `each`, `expect`, `decides`, `places`, `probe`
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
    x.toml:9: `step.expect`: `denied` is no outcome; write `allowed`, a reason, `handshake_refused(reason)` or `closed`; after `ask`, `granted`, `accepted`, `active`, `inactive` or an OAuth error
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
    x.toml:8: `step.provision`: `10.0.0.1/8` has host bits set
      mend: write `10.0.0.0/8`, or the address alone
    ");
    insta::assert_snapshot!(step("revoke = { caller = \"partner\" }\nexpect = \"allowed\""), @"
    x.toml:8: `step.revoke`: only `call`, `ask` and `flood` end with an outcome
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
    insta::assert_snapshot!(step("forge = { as = \"f\", like = \"partner\", by = \"stranger\", signature = \"none\" }"), @"
    x.toml:8: `step.forge`: what is said about a token has no meaning in `mtls`
      mend: leave `mtls` out by `modes`, and say so in `why_not`; or name the step's own `places`
    ");
    insta::assert_snapshot!(step("forge = { as = \"f\", like = \"partner\", by = \"trusted\" }"), @r#"
    x.toml:8: `step.forge`: `by = "trusted"` has no meaning in `apikey`
      mend: leave `apikey` out by `modes`, and say so in `why_not`; or name the step's own `places`
    "#);
    insta::assert_snapshot!(step("disable = { caller = \"partner\" }"), @"
    x.toml:8: `step.disable`: `disable` and `enable` have no meaning in `mtls`
      mend: leave `mtls` out by `modes`, and say so in `why_not`; or name the step's own `places`
    ");
    insta::assert_snapshot!(step("steal = { from = \"partner\", what = \"token_request\", by = \"thief\" }"), @r#"
    x.toml:8: `step.steal`: `what = "token_request"` has no meaning in `mtls`
      mend: leave `mtls` out by `modes`, and say so in `why_not`; or name the step's own `places`
    "#);
}

/// Steps of a scenario for `jwt` alone.
fn jwt_step(body: &str) -> String {
    fault(&format!("modes = [\"jwt\"]\nwhy_not = \"w\"\n[[step]]\nprovision = {{ caller = \"partner\" }}\n[[step]]\n{body}\n"))
}

#[test]
fn a_step_may_have_variants() {
    let text = format!(
        "{HEAD}modes = [\"jwt\"]\nwhy_not = \"w\"\n[[step]]\nprovision = {{ caller = \"p\" }}\n[[step]]\n\
         forge = {{ as = \"f\", like = \"p\", by = \"trusted\", header = {{ typ = \"JWT\" }} }}\n\
         each = [\n  {{ claims = {{ aud = \"{{aud}}/\" }} }},\n  {{ header = {{ kid = \"x\" }}, by = \"stranger\" }},\n]\n\
         [[step]]\ncall = {{ as = \"f\" }}\nexpect = \"type_mismatch\"\n"
    );
    let scenario = Scenario::parse("x", "x.toml", &text).unwrap();
    let ways = scenario.steps[1].ways();
    let words: Vec<_> = ways.iter().map(|(words, _)| *words).collect();
    assert_eq!(words, ["claims = { aud = \"{aud}/\" }", "header = { kid = \"x\" }, by = \"stranger\""]);
    let Verb::Forge(second) = ways[1].1 else { panic!("no forgery") };
    assert_eq!((&second.header["typ"], &second.header["kid"], second.by), (&"JWT".into(), &"x".into(), Minter::Stranger));
    assert_eq!(scenario.steps[2].ways().len(), 1);
}

#[test]
fn faults_of_variants() {
    let forge = "forge = { as = \"f\", like = \"partner\", by = \"trusted\" }\n";
    insta::assert_snapshot!(jwt_step(&format!("{forge}each = [\n  {{ claims = {{ exp = 1 }} }},\n  {{ clams = {{ exp = 1 }} }},\n]")), @"
         x.toml:13: `step.each`: unknown field `clams`, expected one of `as`, `like`, `by`, `flaw`, `purpose`, `chain`, `header`, `claims`, `without`, `json`, `before`, `after`, `signature`, `shape`
           mend: write `claims`, or see docs/scenarios.md
         ");
    insta::assert_snapshot!(jwt_step(&format!("{forge}each = [{{ signature = \"zeros\" }}]")), @"
    x.toml:11: `step.each`: `zeros` is not one of none, original, zero, r_is_n, s_is_n, der, truncated, too_long, wrong_curve, hmac_empty, hmac_pem, hmac_pem_bare, hmac_der, hmac_raw, hmac_jwk, hmac_jwks
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(jwt_step(&format!("{forge}each = [{{ claims = {{ aud = \"{{audience}}\" }} }}]")), @"
    x.toml:11: `step.each`: nothing here is called `{audience}`
      mend: write one of {iss}, {aud}, {sub}, {client_id}, {scope}, {exp}, {iat}, {jti}, {kid}, {jwk}, {x5c}, {listener}
    ");
    insta::assert_snapshot!(jwt_step(&format!("{forge}each = [{{ as = \"g\" }}]")), @"
    x.toml:11: `step.each`: a variant changes what is done, not who does it
      mend: begin a step of its own for another caller
    ");
    insta::assert_snapshot!(jwt_step(&format!("{forge}each = []")), @"
    x.toml:11: `step.each`: there is no variant, so nothing would happen
      mend: name one, or leave `each` away
    ");
    insta::assert_snapshot!(jwt_step("revoke = { caller = \"partner\" }\neach = [{ caller = \"x\" }]"), @"
    x.toml:11: `step.each`: only `call`, `ask` and `forge` have variants
      mend: write further steps instead
    ");
    insta::assert_snapshot!(jwt_step("call = { as = \"partner\" }\neach = [{ from = \"next door\" }]"), @"
    x.toml:11: `step.each`: invalid IP address syntax
      mend: see docs/scenarios.md
    ");
}

#[test]
fn faults_of_asking() {
    insta::assert_snapshot!(step("ask = { as = \"partner\" }\nexpect = \"granted\""), @"
    x.toml:8: `step.ask`: `ask` has no meaning in `open`
      mend: leave `open` out by `modes`, and say so in `why_not`; or name the step's own `places`
    ");
    insta::assert_snapshot!(jwt_step("ask = { as = \"partner\" }\nexpect = \"allowed\""), @"
    x.toml:10: `step.ask`: `ask` never ends with `allowed`
      mend: write an outcome of `ask`; they are listed in docs/scenarios.md
    ");
    insta::assert_snapshot!(jwt_step("call = { as = \"partner\" }\nexpect = \"invalid_scope\""), @"
    x.toml:10: `step.call`: `call` never ends with `invalid_scope`
      mend: write an outcome of `call`; they are listed in docs/scenarios.md
    ");
    insta::assert_snapshot!(jwt_step("ask = { as = \"partner\", of = \"rival\" }\nexpect = \"granted\""), @"
    x.toml:10: `step.ask`: there is no caller `rival` yet
      mend: `provision` it in an earlier step; `nobody` is the caller that presents nothing
    ");
    insta::assert_snapshot!(jwt_step("ask = { as = \"partner\", form = \"token={tokn}\" }\nexpect = \"granted\""), @"
    x.toml:10: `step.ask`: nothing here is called `{tokn}`
      mend: write one of {token}, {client_id}, {client_secret}, {basic}, {identifier}
    ");
    insta::assert_snapshot!(jwt_step("ask = { as = \"partner\", endpoint = \"tokens\" }\nexpect = \"granted\""), @"
    x.toml:10: `step.ask`: `tokens` is not one of token, revoke, introspect
      mend: see docs/scenarios.md
    ");
}

#[test]
fn a_scenario_runs_in_the_profiles_that_it_names() {
    let text = format!(
        "{HEAD}profiles = [\"aws\", \"standard\"]\n[[step]]\ncall = {{ as = \"nobody\" }}\n\
         expect = {{ jwt = \"revoked\", mtls = \"closed\", apikey = \"revoked\", aws = {{ jwt = \"allowed\" }} }}\n"
    );
    let scenario = Scenario::parse("x", "x.toml", &text).unwrap();
    assert_eq!(scenario.places().len(), 2 * Mode::ALL.len());
    assert_eq!(scenario.expected(Mode::Jwt, Profile::Standard).unwrap().to_string(), "revoked");
    assert_eq!(scenario.expected(Mode::Jwt, Profile::Aws).unwrap().to_string(), "allowed");
}

#[test]
fn faults_of_profiles() {
    insta::assert_snapshot!(fault("profiles = []\n"), @"
    x.toml:5: `profiles`: the scenario runs in no profile
      mend: name one, or leave `profiles` away for `standard`
    ");
    insta::assert_snapshot!(fault("profiles = [\"azure\"]\n"), @"
    x.toml:5: `profiles`: `azure` is not one of standard, aws
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(step("call = { as = \"partner\" }\nexpect = { jwt = \"allowed\", mtls = \"allowed\", apikey = \"allowed\", aws = \"revoked\" }"), @r#"
    x.toml:8: `step.call`: `expect` speaks of `aws`, where the scenario does not run
      mend: add `profiles = ["standard", "aws"]` to the head, or drop `aws`
    "#);
}
