//! J05–J08, J19, J25: what a header would like to decide.

use std::{
    io::ErrorKind,
    net::{TcpListener, TcpStream},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::stage::{ISSUER, POOL, Stage, claims, with, without};
use crate::lab::{self, Signer};

/// A token of the trusted issuer with more in its header.
fn with_header(mint: &Signer, more: &Value, issuer: &str) -> String {
    let mut header = mint.header();
    header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    mint.token_of(header.to_string(), claims(issuer).to_string())
}

/// The same header from a stranger, who signs with a key of its own: under the true `kid`, under its own, under none.
fn by_a_stranger(more: &Value) -> Vec<(String, &'static str)> {
    let mut rows = Vec::new();
    for (kid, outcome) in [("mint", "signature_invalid"), ("stranger", "credential_unknown")] {
        rows.push((with_header(&Signer::es256(kid), more, ISSUER), outcome));
    }
    let stranger = Signer::es256("mint");
    let mut header = json!({"alg": "ES256", "typ": "at+jwt"});
    header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rows.push((stranger.token_of(header.to_string(), claims(ISSUER).to_string()), "credential_unknown"));
    rows
}

#[test]
fn j05_a_key_that_the_token_brings_along() {
    let stage = Stage::new();
    let mut rows = Vec::new();
    for kid in ["mint", "stranger"] {
        let stranger = Signer::es256(kid);
        let jwk = json!({ "jwk": stranger.jwk() });
        let expected = if kid == "mint" { "signature_invalid" } else { "credential_unknown" };
        rows.push((with_header(&stranger, &jwk, ISSUER), expected));
        rows.push((
            with_header(&stranger, &json!({ "jwk": {"keys": [stranger.jwk()]}, "jwks": [stranger.jwk()] }), ISSUER),
            expected,
        ));
    }
    // A rightful token may carry what it likes: it is not looked at.
    rows.push((with_header(&stage.mint, &json!({ "jwk": Signer::es256("x").jwk() }), ISSUER), "allowed"));
    stage.expect(rows);
}

/// Asserts that nobody has connected, now that the server cannot any more.
fn nobody_came(stage: Stage, listeners: &[TcpListener]) {
    assert!(stage.server.terminate().success());
    for listener in listeners {
        listener.set_nonblocking(true).unwrap();
        assert_eq!(listener.accept().map(|_| ()).unwrap_err().kind(), ErrorKind::WouldBlock, "a connection arrived");
    }
    // The proof that it would have been seen.
    let _open = TcpStream::connect(listeners[0].local_addr().unwrap()).unwrap();
    assert!(listeners[0].accept().is_ok());
}

#[test]
fn j06_j07_no_address_in_a_header_is_ever_called() {
    let stage = Stage::new();
    let listeners = ["127.0.0.1:0", "[::1]:0"].map(|address| TcpListener::bind(address).unwrap());
    let mut rows = Vec::new();
    for listener in &listeners {
        let address = listener.local_addr().unwrap();
        for url in [
            format!("https://{address}/jwks.json"),
            format!("http://{address}/jwks.json"),
            format!("//{address}/"),
            format!("{address}"),
            format!("https://issuer.test@{address}/.well-known/jwks.json"),
            format!("https://{address}/.well-known/jwks.json#{ISSUER}"),
            format!("{ISSUER}/redirect?to=https://{address}/"),
        ] {
            for member in ["jku", "x5u", "iss", "jwks_uri"] {
                rows.extend(by_a_stranger(&json!({ member: url })));
                rows.push((with_header(&stage.mint, &json!({ member: url }), ISSUER), "allowed"));
            }
        }
        // Nor one in the claims.
        let issuer = format!("https://{address}");
        rows.push((Signer::es256("mint").token(&claims(&issuer)), "issuer_mismatch"));
    }
    stage.expect(rows);
    nobody_came(stage, &listeners);
}

#[test]
fn j07_a_certificate_that_the_token_brings_along() {
    let stage = Stage::new();
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["issuer.test".to_owned()]).unwrap().self_signed(&key).unwrap();
    let chain = json!([STANDARD.encode(certificate.der())]);
    let thumbprint = lab::encode(authbench::secret::Digest::of(certificate.der()).octets());
    let mut rows = Vec::new();
    for (kid, outcome) in [("mint", "signature_invalid"), ("stranger", "credential_unknown")] {
        let stranger = Signer::es256_of_pem(kid, key.serialize_pem().as_bytes());
        for more in [json!({"x5c": chain}), json!({"x5c": chain, "x5t#S256": thumbprint}), json!({"x5c": "", "x5t": "AA"})] {
            rows.push((with_header(&stranger, &more, ISSUER), outcome));
        }
    }
    stage.expect(rows);
}

#[test]
fn j08_a_kid_is_a_name_and_nothing_else() {
    let stage = Stage::new();
    let hostile = [
        "",
        " ",
        "mint ",
        " mint",
        "MINT",
        "mint\0",
        "\0",
        "../mint",
        "/dev/null",
        "../../../../../../etc/passwd",
        "file:///etc/passwd",
        "C:\\windows\\win.ini",
        "mint.json",
        "$(sleep 9)",
        "`id`",
        "| id",
        "; rm -rf /",
        "${jndi:ldap://127.0.0.1/a}",
        "' OR 1=1 --",
        "mint' UNION SELECT 'AAAA",
        "\"; DROP TABLE callers; --",
        "%00",
        "mint%00",
        "{{7*7}}",
        "*",
        "mint*",
        "[mint]",
        "mint\n",
        "\u{202e}tnim",
        "ｍint",
        "null",
        "undefined",
        "0",
        "-1",
    ];
    let mut rows = Vec::new();
    for kid in hostile {
        rows.push((with_header(&stage.mint, &json!({ "kid": kid }), ISSUER), "credential_unknown"));
    }
    rows.push((with_header(&stage.mint, &json!({ "kid": "k".repeat(5000) }), ISSUER), "credential_unknown"));
    // Beyond 8 KiB nothing is read.
    rows.push((with_header(&stage.mint, &json!({ "kid": "k".repeat(8000) }), ISSUER), "credential_malformed"));
    for kid in [json!(["mint"]), json!([]), json!(0), json!(1.5), json!(null), json!(true), json!({"kid": "mint"})] {
        rows.push((with_header(&stage.mint, &json!({ "kid": kid }), ISSUER), "credential_malformed"));
    }
    rows.push((with_header(&stage.mint, &json!({}), ISSUER), "allowed"));
    stage.expect(rows);
    // What does not even fit into a header is no request.
    for length in [16 * 1024, 64 * 1024] {
        let token = with_header(&stage.mint, &json!({ "kid": "k".repeat(length) }), ISSUER);
        assert_eq!(stage.answer(&token).status, 431, "{length}");
    }
    assert_eq!(stage.answer(&stage.mint.token(&claims(ISSUER))).outcome(), "allowed");
}

#[test]
fn j19_an_extension_that_must_be_understood_is_not() {
    let stage = Stage::new();
    let mut rows = Vec::new();
    for crit in
        [json!(["exp"]), json!(["b64"]), json!([]), json!(["x"]), json!("exp"), json!(null), json!({}), json!(false), json!([1])]
    {
        rows.push((with_header(&stage.mint, &json!({ "crit": crit }), ISSUER), "credential_malformed"));
        rows.push((with_header(&stage.mint, &json!({ "crit": crit, "exp": 1, "x": 1 }), ISSUER), "credential_malformed"));
    }
    for b64 in [json!(true), json!(false), json!(null), json!("false")] {
        rows.push((with_header(&stage.mint, &json!({ "b64": b64 }), ISSUER), "credential_malformed"));
        rows.push((with_header(&stage.mint, &json!({ "b64": b64, "crit": ["b64"] }), ISSUER), "credential_malformed"));
    }
    // RFC 7515 §4.1.11 speaks of `crit` alone: what is not understood and not critical is ignored. Nor does case matter less.
    rows.push((
        with_header(&stage.mint, &json!({"x": {"y": [1]}, "Crit": ["x"], "zip": "DEF", "cty": "JWT"}), ISSUER),
        "allowed",
    ));
    stage.expect(rows);
}

#[test]
fn j25_typ_says_access_token() {
    let stage = Stage::new();
    let typed = |typ: Value, issuer: &str| with_header(&stage.mint, &json!({ "typ": typ }), issuer);
    let mut rows = Vec::new();
    for typ in ["at+jwt", "AT+JWT", "At+jWt", "application/at+jwt", "APPLICATION/AT+JWT", "Application/At+Jwt"] {
        rows.push((typed(json!(typ), ISSUER), "allowed"));
    }
    for typ in [
        "JWT",
        "jwt",
        "application/jwt",
        "",
        " ",
        "at+jwt ",
        " at+jwt",
        "at jwt",
        "at",
        "jwt+at",
        "at+jwtx",
        "xat+jwt",
        "id+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "JOSE",
        "text/at+jwt",
        "application/application/at+jwt",
        "application/",
        "at+jwt;charset=utf-8",
        "аt+jwt",
    ] {
        rows.push((typed(json!(typ), ISSUER), "type_mismatch"));
    }
    for typ in [json!(null), json!(1), json!(["at+jwt"]), json!({"typ": "at+jwt"}), json!(true)] {
        rows.push((typed(typ, ISSUER), "credential_malformed"));
    }
    let absent = json!({"alg": "ES256", "kid": "mint"}).to_string();
    rows.push((stage.mint.token_of(&absent, claims(ISSUER).to_string()), "type_mismatch"));
    stage.expect(rows);
}

#[test]
fn j25_a_token_of_cognito_has_no_type_but_a_use() {
    let stage = Stage::new();
    let pool = |change: &dyn Fn(&mut Value)| {
        let mut claims = without(POOL, "aud");
        claims["token_use"] = json!("access");
        claims["version"] = json!(2);
        change(&mut claims);
        stage.mint.token_of(json!({"alg": "ES256", "kid": "mint"}).to_string(), claims.to_string())
    };
    let mut rows = vec![
        (pool(&|_| {}), "allowed"),
        (pool(&|claims| claims["client_id"] = json!("other-app")), "allowed"),
        (pool(&|claims| claims["aud"] = json!(super::stage::AUDIENCE)), "allowed"),
        (pool(&|claims| claims["client_id"] = json!("stranger")), "audience_mismatch"),
        (pool(&|claims| claims["client_id"] = json!("APP")), "audience_mismatch"),
        (pool(&|claims| claims["client_id"] = json!(["app"])), "credential_malformed"),
        (pool(&|claims| claims["aud"] = json!("app")), "audience_mismatch"),
        (pool(&|claims| claims["aud"] = json!(null)), "audience_mismatch"),
        (pool(&|claims| claims["version"] = json!("2")), "credential_malformed"),
        (pool(&|claims| claims["auth_time"] = json!("now")), "credential_malformed"),
        (pool(&|claims| drop(claims.as_object_mut().unwrap().remove("client_id"))), "audience_mismatch"),
        (pool(&|claims| drop(claims.as_object_mut().unwrap().remove("token_use"))), "type_mismatch"),
    ];
    for other in [json!("id"), json!("refresh"), json!("Access"), json!(""), json!(null), json!(["access"]), json!(1)] {
        rows.push((pool(&|claims| claims["token_use"] = other.clone()), "type_mismatch"));
    }
    for (typ, outcome) in [("JWT", "allowed"), ("at+jwt", "allowed"), ("id+jwt", "type_mismatch")] {
        let mut claims = without(POOL, "aud");
        claims["token_use"] = json!("access");
        let header = json!({"alg": "ES256", "kid": "mint", "typ": typ});
        rows.push((stage.mint.token_of(header.to_string(), claims.to_string()), outcome));
    }
    // The rules of one issuer are not those of another, though both sign with the same key here.
    let mut elsewhere = with(ISSUER, "token_use", "access");
    elsewhere.as_object_mut().unwrap().remove("aud");
    rows.push((stage.mint.token(&elsewhere), "audience_mismatch"));
    stage.expect(rows);
}
