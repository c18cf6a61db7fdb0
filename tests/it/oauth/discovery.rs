//! Metadata (RFC 8414, `OpenID` Connect Discovery) and keys (RFC 7517).

use serde_json::Value;

use super::{ENDPOINTS, call, shown};
use crate::lab::{self, Client, GRANT, Lab, text};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

#[test]
fn o28_o29_metadata_and_keys_say_what_works() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let get = |path: &str| shown(&server.line(None).get(path, &[]).unwrap(), &server);
    let document = get(OAUTH);
    assert_eq!(document, get(OPENID));
    insta::assert_snapshot!(document, @r#"
    200
    cache-control: public, max-age=300
    content-type: application/json
    x-request-id: ID

    {"issuer":"https://localhost:PORT","token_endpoint":"https://localhost:PORT/oauth2/token","revocation_endpoint":"https://localhost:PORT/oauth2/revoke","introspection_endpoint":"https://localhost:PORT/oauth2/introspect","jwks_uri":"https://localhost:PORT/.well-known/jwks.json","scopes_supported":["https://localhost:PORT/test/hello-world"],"grant_types_supported":["client_credentials"],"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt"],"token_endpoint_auth_signing_alg_values_supported":["ES256","RS256","EdDSA"],"revocation_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt"],"revocation_endpoint_auth_signing_alg_values_supported":["ES256","RS256","EdDSA"],"introspection_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post","private_key_jwt"],"introspection_endpoint_auth_signing_alg_values_supported":["ES256","RS256","EdDSA"]}
    "#);
    let keys = server.line(None).get("/.well-known/jwks.json", &[]).unwrap().json();
    let key = keys["keys"][0].as_object().unwrap();
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&"EC".into(), &"P-256".into(), &"ES256".into(), &"sig".into())
    );
    assert!(!key.contains_key("d"), "the private part stays here");
}

#[test]
fn o28_no_member_is_empty_and_the_endpoints_are_below_the_url_that_clients_reach() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let document = server.line(None).get(OAUTH, &[]).unwrap().json();
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty) || value.as_str().is_some_and(str::is_empty);
    assert!(document.as_object().unwrap().values().all(|value| !is_empty(value) && !value.is_null()), "{document}");
    assert_eq!(document.get("response_types_supported"), None, "there is no authorization endpoint");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    for (member, path) in ["token_endpoint", "revocation_endpoint", "introspection_endpoint"].iter().zip(ENDPOINTS) {
        assert_eq!(text(&document, member), format!("{}{path}", server.url));
        assert_eq!(client.post(&mut line, path, &format!("{GRANT}&token=x")).status, 200, "{member} works");
    }
    assert_eq!(text(&document, "jwks_uri"), format!("{}/.well-known/jwks.json", server.url));
}

#[test]
fn o28_an_issuer_with_a_path_has_its_metadata_where_the_rfcs_insert_it() {
    let lab = Lab::new();
    lab.configure("[jwt]\nissuer = \"https://issuer.test/tenant/one\"\n");
    let server = lab.serve("jwt");
    let mut line = server.line(None);
    for path in [&format!("{OAUTH}/tenant/one"), &format!("/tenant/one{OPENID}")] {
        let answer = line.get(path, &[]).unwrap();
        assert_eq!(text(&answer.json(), "issuer"), "https://issuer.test/tenant/one", "{path}: exactly");
    }
    for path in [OAUTH, OPENID, &format!("{OPENID}/tenant/one"), &format!("/tenant/one{OAUTH}"), &format!("{OAUTH}/tenant")] {
        assert_eq!(line.get(path, &[]).unwrap().status, 404, "{path}: the document of another issuer");
    }
    let token = Client::new(&lab, "partner", &[]).token(&mut line);
    assert_eq!(text(&lab::claims(&token), "iss"), "https://issuer.test/tenant/one");
    assert_eq!(call(&mut line, &token), "allowed");
}

#[test]
fn there_is_no_token_service_in_other_modes() {
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let mut line = server.line(None);
    for path in [OAUTH, OPENID, "/.well-known/jwks.json"] {
        assert_eq!(line.get(path, &[]).unwrap().outcome(), "not_found", "{path}");
    }
    for path in ENDPOINTS {
        assert_eq!(line.post(path, &[], GRANT).unwrap().outcome(), "not_found", "{path}");
    }
}
