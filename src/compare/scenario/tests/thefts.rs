//! Steps that happen in some places only, what a thief tries, and what the article claims.

use super::*;
use crate::compare::findings::Probe;

#[test]
fn a_step_may_happen_in_some_places_only() {
    let text = format!(
        "{HEAD}profiles = [\"standard\", \"aws\"]\nartefact = \"disk\"\n[[step]]\nprovision = {{ caller = \"p\" }}\n[[step]]\n\
         disable = {{ caller = \"p\" }}\nplaces = [\"standard/jwt\", \"apikey\"]\n[[step]]\n\
         call = {{ as = \"p\" }}\nprobe = \"disabled\"\nexpect = \"allowed\"\n"
    );
    let scenario = Scenario::parse("x", "x.toml", &text).unwrap();
    let happens = |profile, mode| scenario.steps[1].happens((profile, mode));
    assert!(happens(Profile::Standard, Mode::Jwt) && happens(Profile::Aws, Mode::Apikey));
    assert!(!happens(Profile::Aws, Mode::Jwt) && !happens(Profile::Standard, Mode::Mtls));
    assert!(scenario.steps[2].happens((Profile::Aws, Mode::Mtls)));
    assert_eq!((scenario.artefact, scenario.steps[2].probe), (Some(Artefact::Disk), Some(Probe::Disabled)));
}

#[test]
fn faults_of_places() {
    let call = "call = { as = \"partner\" }\nexpect = \"allowed\"\n";
    insta::assert_snapshot!(step(&format!("{call}places = [\"jwt/aws\"]")), @r#"
    x.toml:10: `step.places`: `jwt/aws` is no place; write a mode, a profile, or both: "mtls", "standard", "aws/jwt"
      mend: see docs/scenarios.md
    "#);
    insta::assert_snapshot!(step(&format!("{call}places = [\"aws\"]")), @"
    x.toml:8: `step.call`: the step happens nowhere in this scenario
      mend: name one of the scenario's, or leave `places` away for all
    ");
    insta::assert_snapshot!(step(&format!("{call}places = [\"mtls\"]")), @"
    x.toml:8: `step.call`: the deciding step does not happen wherever the scenario does
      mend: drop its `places`, or say `decides = true` at a step that happens everywhere
    ");
    insta::assert_snapshot!(step("disable = { caller = \"partner\" }\nplaces = [\"jwt\", \"mtls\"]"), @"
    x.toml:8: `step.disable`: `disable` and `enable` have no meaning in `mtls`
      mend: leave `mtls` out by `modes`, and say so in `why_not`; or name the step's own `places`
    ");
    let stolen = "steal = { from = \"partner\", what = \"disk\", by = \"thief\" }\nplaces = [\"jwt\"]\n[[step]]\n";
    insta::assert_snapshot!(step(&format!("{stolen}call = {{ as = \"thief\" }}\nexpect = \"allowed\"")), @"
    x.toml:11: `step.call`: there is no caller `thief` yet
      mend: `provision` it in an earlier step; `nobody` is the caller that presents nothing
    ");
}

#[test]
fn faults_of_thefts_and_claims() {
    let call = "call = { as = \"partner\" }\nexpect = \"allowed\"\n";
    insta::assert_snapshot!(step(&format!("{call}probe = \"at_once\"")), @"
    x.toml:8: `step.call`: a probe in a scenario that does not say what was stolen
      mend: add `artefact` to the head, or drop `probe`
    ");
    insta::assert_snapshot!(step(&format!("{call}probe = \"soon\"")), @"
    x.toml:10: `step.probe`: `soon` is not one of at_once, elsewhere, allowlist, another, invented, ended, renewed, revoked, rotated, disabled, retired
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(step(&format!("revoke = {{ caller = \"partner\" }}\nprobe = \"revoked\"\n[[step]]\n{call}")), @"
    x.toml:8: `step.revoke`: a probe without an outcome tells nothing
      mend: add `expect`, or drop `probe`
    ");
    let whole = |head: &str| fault(&format!("{head}\n[[step]]\nprovision = {{ caller = \"partner\" }}\n[[step]]\n{call}"));
    insta::assert_snapshot!(whole("artefact = \"disk\""), @"
    x.toml:5: `artefact`: no step tries what a thief can do with it
      mend: say by `probe` what a `call` tries, or drop `artefact`
    ");
    insta::assert_snapshot!(whole("artefact = \"disc\""), @"
    x.toml:5: `artefact`: `disc` is not one of ciphertext, resource_request, token_request, disk, store, log, signing_key, ca_key, server_ca_key, fake_server, unchecked_server
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(whole("claims = [\"the token expires\"]"), @r#"
    x.toml:5: `claims`: invalid type: string "the token expires", expected a table with `id` and `says`
      mend: see docs/scenarios.md
    "#);
    insta::assert_snapshot!(whole("claims = [{ id = \"token-expire\", says = \"refused\" }]"), @"
    x.toml:5: `claims`: the article has no claim `token-expire`
      mend: write one of scenarios/claims.toml, or add it there
    ");
    insta::assert_snapshot!(whole("claims = [{ id = \"token-expires\", says = \"no\" }]"), @"
    x.toml:5: `claims`: `no` is not one of allowed, refused
      mend: see docs/scenarios.md
    ");
    insta::assert_snapshot!(whole("modes = [\"mtls\"]\nwhy_not = \"w\"\nclaims = [{ id = \"token-expires\", says = \"refused\" }]"), @"
    x.toml:7: `claims`: `token-expires` speaks of no mode in which the scenario runs
      mend: drop the claim, or run where it can be tried
    ");
    insta::assert_snapshot!(step("steal = { from = \"partner\", what = \"ca_key\", by = \"thief\" }"), @r#"
    x.toml:8: `step.steal`: `what = "ca_key"` has no meaning in `jwt`
      mend: leave `jwt` out by `modes`, and say so in `why_not`; or name the step's own `places`
    "#);
    insta::assert_snapshot!(step("impostor = { for = \"partner\", verify = true, signed_by = \"ca\", by = \"thief\" }"), @"
    x.toml:8: `step.impostor`: `ca` is not one of stranger, server_ca
      mend: see docs/scenarios.md
    ");
}
