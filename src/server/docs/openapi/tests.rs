use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::{config::ClientAuth, denial::Reason};

const URL: &str = "https://api.example";

fn of(mode: Mode, profile: Profile) -> Value {
    read(&Config { profile, ..Config::default() }, mode)
}

fn read(config: &Config, mode: Mode) -> Value {
    serde_json::from_str(&document(config, mode, URL)).unwrap()
}

fn everywhere() -> impl Iterator<Item = (Mode, Profile, Value)> {
    let pairs = Mode::ALL.iter().flat_map(|mode| Profile::ALL.iter().map(|profile| (*mode, *profile)));
    pairs.map(|(mode, profile)| (mode, profile, of(mode, profile)))
}

/// Every `$ref`, wherever it stands.
fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).map(str::to_owned);
            members.values().flat_map(references).chain(own).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

/// Status and reasons of the refusals of `GET /hello-world`, as bodies name them.
fn told(document: &Value) -> Vec<(String, Vec<String>)> {
    let responses = document["paths"]["/hello-world"]["get"]["responses"].as_object().unwrap();
    let refused = responses.iter().filter_map(|(status, response)| {
        let place = response["$ref"].as_str()?.strip_prefix('#')?.to_owned();
        let examples = document.pointer(&place)?["content"]["application/problem+json"]["examples"].as_object()?;
        let reason = |example: &Value| example["value"]["reason"].as_str().unwrap().to_owned();
        Some((status.clone(), examples.values().map(reason).collect()))
    });
    refused.collect()
}

#[test]
fn the_same_settings_give_the_same_octets() {
    for mode in Mode::ALL {
        assert_eq!(document(&Config::default(), *mode, URL), document(&Config::default(), *mode, URL));
    }
}

#[test]
fn everything_that_is_referred_to_is_there_and_everything_there_is_referred_to() {
    for (mode, profile, document) in everywhere() {
        let used = references(&document);
        for place in &used {
            assert!(document.pointer(&place[1..]).is_some(), "{mode} {profile}: {place}");
        }
        for kind in ["schemas", "responses"] {
            for name in document["components"][kind].as_object().unwrap().keys().filter(|name| !name.starts_with("Nowhere")) {
                assert!(used.contains(&format!("#/components/{kind}/{name}")), "{mode} {profile}: {name} is of no use");
            }
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    for (mode, profile, document) in everywhere() {
        let items = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
        let names: Vec<_> = items.filter_map(|operation| operation["operationId"].as_str()).collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "{mode} {profile}: {names:?}");
    }
}

/// The table of the contract, row by row.
#[test]
fn each_mode_tells_the_statuses_and_reasons_that_it_gives() {
    let shown = |mode| {
        let lines: Vec<_> = told(&of(mode, Profile::Standard))
            .into_iter()
            .map(|(status, reasons)| format!("{status} {}", reasons.join(" ")))
            .collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(shown(Mode::Open), @"
    400 protocol_error
    403 address_denied
    421 wrong_door
    429 rate_limited
    431 too_large
    503 unavailable
    ");
    insta::assert_snapshot!(shown(Mode::Jwt), @"
    400 credential_ambiguous protocol_error
    401 algorithm_refused audience_mismatch credential_malformed credential_missing credential_unknown disabled expired issuer_mismatch not_yet_valid revoked signature_invalid type_mismatch
    403 address_denied scope_insufficient
    421 wrong_door
    429 guessing quota_exhausted rate_limited
    431 too_large
    503 unavailable
    ");
    insta::assert_snapshot!(shown(Mode::Apikey), @"
    400 credential_ambiguous protocol_error
    401 credential_malformed credential_missing credential_unknown disabled expired revoked
    403 address_denied scope_insufficient
    421 wrong_door
    429 guessing quota_exhausted rate_limited
    431 too_large
    503 unavailable
    ");
    insta::assert_snapshot!(shown(Mode::Mtls), @"
    400 protocol_error
    403 address_denied expired name_refused revocation_unknown revoked scope_insufficient
    421 wrong_door
    429 quota_exhausted rate_limited
    431 too_large
    503 unavailable
    ");
}

#[test]
fn what_an_alert_tells_is_told_apart() {
    let mut config = Config::default();
    let (required, optional) = (ClientAuth::Required, ClientAuth::Optional);
    let alerts = |config: &Config| read(config, Mode::Mtls)["info"]["description"].as_str().unwrap().to_owned();
    config.mtls.client_auth = required;
    let said = alerts(&config);
    assert!(said.contains("`credential_missing`, `credential_malformed`, `credential_unknown`, `signature_invalid`"), "{said}");
    config.mtls.client_auth = optional;
    let said = alerts(&config);
    assert!(said.contains("shows them: `signature_invalid`. "), "{said}");
    let in_http: Vec<_> = told(&read(&config, Mode::Mtls)).into_iter().find(|(status, _)| status == "403").unwrap().1;
    for reason in [Reason::CredentialMissing, Reason::CredentialUnknown, Reason::PurposeMismatch, Reason::NotYetValid] {
        assert!(in_http.contains(&reason.to_string()), "{reason}: {in_http:?}");
    }
}

#[test]
fn the_lock_is_named_as_openapi_names_it() {
    let schemes = |mode, profile| of(mode, profile)["components"]["securitySchemes"].clone();
    assert_eq!(schemes(Mode::Open, Profile::Standard), Value::Null);
    let flow = &schemes(Mode::Jwt, Profile::Standard)["oauth2"]["flows"]["clientCredentials"];
    insta::assert_snapshot!(flow, @r#"{"scopes":{"https://api.example/test/hello-world":"Hello world endpoints"},"tokenUrl":"https://api.example/oauth2/token"}"#);
    assert_eq!(schemes(Mode::Mtls, Profile::Aws)["mutualTLS"]["type"], "mutualTLS");
    let key = &schemes(Mode::Apikey, Profile::Aws)["apiKey"];
    assert_eq!((&key["in"], &key["name"]), (&"header".into(), &"x-api-key".into()));
}

#[test]
fn api_gateway_has_no_documents_and_its_answers_tell_little() {
    for mode in Mode::ALL {
        let document = of(*mode, Profile::Aws);
        let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
        assert!(!paths.iter().any(|path| path == "/" || path.starts_with("/docs") || path == "/openapi.json"), "{paths:?}");
        assert!(!document.to_string().contains("problem+json"), "{mode}");
    }
    let document = of(Mode::Apikey, Profile::Aws);
    let refused = &document["components"]["responses"]["Resource403"]["content"]["application/json"]["examples"];
    let bodies: Vec<_> = refused.as_object().unwrap().values().map(|example| example["value"].to_string()).collect();
    assert_eq!(bodies, [r#"{"message":"Forbidden"}"#], "whatever is wrong with a key is one answer");
}

#[test]
fn what_the_configuration_says_stays_text() {
    let mut config = Config::default();
    config.scopes.insert("odd".into(), "\"</script>\u{7}".into());
    let document = read(&config, Mode::Jwt);
    let scopes = &document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["scopes"];
    assert_eq!(scopes["https://api.example/test/odd"], "\"</script>\u{7}");
}
