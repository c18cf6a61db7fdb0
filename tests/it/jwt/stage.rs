//! A server that trusts its own tokens and those of two issuers, whose keys the test holds.

use authbench::clock;
use serde_json::{Value, json};

use crate::lab::{Answer, Client, Lab, Server, Signer, jwks};

/// What the server is called, whatever its port.
pub(crate) const OWN: &str = "https://own.test";
/// The resource server.
pub(crate) const AUDIENCE: &str = "https://api.test/test";
/// An issuer with a P-256 key and no leeway.
pub(crate) const ISSUER: &str = "https://issuer.test";
/// An issuer with an RSA key and all the leeway that may be given.
pub(crate) const LENIENT: &str = "https://lenient.test";
/// A user pool of Cognito.
pub(crate) const POOL: &str = "https://cognito.test/pool";

/// A server and those whom it trusts.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    pub(crate) server: Server,
    pub(crate) mint: Signer,
    pub(crate) rsa: Signer,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With more settings of `[jwt]`.
    pub(crate) fn with(settings: &str) -> Self {
        let (lab, mint, rsa) = (Lab::new(), Signer::es256("mint"), Signer::rs256("rsa"));
        lab.file("mint.json", &jwks(&[&mint]));
        lab.file("rsa.json", &jwks(&[&rsa]));
        lab.configure(&format!(
            r#"
[jwt]
issuer = "{OWN}"
identifier = "{AUDIENCE}"
{settings}
[guessing]
failures = 1000000
[[issuers]]
issuer = "{ISSUER}"
jwks_file = "mint.json"
[[issuers]]
issuer = "{LENIENT}"
jwks_file = "rsa.json"
algorithms = ["RS256"]
leeway = "60s"
[[issuers]]
issuer = "{POOL}"
jwks_file = "mint.json"
profile = "aws"
client_ids = ["app", "other-app"]
"#
        ));
        let server = lab.serve("jwt");
        Self { lab, server, mint, rsa }
    }

    /// A token that this server issued to a new client of that name, and the client.
    pub(crate) fn granted(&self, name: &str, flags: &[&str]) -> (String, Client) {
        let client = Client::new(&self.lab, name, flags);
        (client.token(&mut self.server.line(None)), client)
    }

    /// This server's own signing key.
    pub(crate) fn own_mint(&self) -> Signer {
        own_mint(&self.lab)
    }

    /// What the server answers to this token.
    pub(crate) fn answer(&self, token: &str) -> Answer {
        self.server.line(None).call(token)
    }

    /// The outcome of each token in turn, on one connection, which must stay open; each answer is looked at whole.
    pub(crate) fn expect(&self, rows: impl IntoIterator<Item = (String, &'static str)>) {
        let mut line = self.server.line(None);
        for (token, outcome) in rows {
            let answer = line.call(&token);
            check(&answer, outcome, &token);
        }
    }
}

/// Status, challenge and body of an outcome (RFC 6750 §3, RFC 9457).
pub(crate) fn check(answer: &Answer, outcome: &str, what: &str) {
    assert_eq!(answer.outcome(), outcome, "{what}");
    if outcome == "allowed" {
        assert_eq!((answer.status, answer.header("www-authenticate")), (200, None), "{what}");
        return;
    }
    let (status, error, sentence) = refusal(outcome);
    assert_eq!(answer.status, status, "{what}");
    let challenge = match error {
        "" => "Bearer realm=\"authbench\"".to_owned(),
        error => format!("Bearer realm=\"authbench\", error=\"{error}\", error_description=\"{sentence}\""),
    };
    assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()), "{what}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let id = answer.header("x-request-id").unwrap();
    let title = if status == 400 { "Bad Request" } else { "Unauthorized" };
    let expected = json!({
        "type": "about:blank", "title": title, "status": status, "detail": sentence, "reason": outcome, "request_id": id,
    });
    assert_eq!(body, expected, "{what}");
}

fn refusal(reason: &str) -> (u16, &'static str, &'static str) {
    match reason {
        "credential_missing" => (401, "", "No credential was presented."),
        "credential_ambiguous" => (400, "invalid_request", "More than one credential was presented."),
        "credential_malformed" => (401, "invalid_token", "The credential cannot be read."),
        "credential_unknown" => (401, "invalid_token", "The credential is not known here."),
        "signature_invalid" => (401, "invalid_token", "The signature does not verify."),
        "algorithm_refused" => (401, "invalid_token", "The signature algorithm is not accepted here."),
        "issuer_mismatch" => (401, "invalid_token", "The issuer is not trusted here."),
        "audience_mismatch" => (401, "invalid_token", "The credential is meant for another audience."),
        "type_mismatch" => (401, "invalid_token", "The token is not an access token."),
        "expired" => (401, "invalid_token", "The credential has expired."),
        "not_yet_valid" => (401, "invalid_token", "The credential is not valid yet."),
        "revoked" => (401, "invalid_token", "The credential was revoked."),
        "disabled" => (401, "invalid_token", "The caller is disabled."),
        other => panic!("nobody expects `{other}` here"),
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    clock::seconds(clock::now())
}

/// Claims of an access token (RFC 9068 §2.2) that nothing is wrong with.
pub(crate) fn claims(issuer: &str) -> Value {
    let now = now();
    json!({
        "iss": issuer, "sub": "somebody", "client_id": "app", "aud": AUDIENCE, "exp": now + 600, "iat": now,
        "jti": authbench::secret::random_text(12).unwrap(), "scope": format!("{AUDIENCE}/hello-world"),
    })
}

/// The same with one claim changed.
pub(crate) fn with(issuer: &str, claim: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims(issuer);
    claims[claim] = value.into();
    claims
}

/// The same without one claim.
pub(crate) fn without(issuer: &str, claim: &str) -> Value {
    let mut claims = claims(issuer);
    claims.as_object_mut().unwrap().remove(claim).unwrap();
    claims
}

/// The signing key of the servers of a laboratory, as a thief of their state directory has it.
pub(crate) fn own_mint(lab: &Lab) -> Signer {
    let files = std::fs::read_dir(lab.path("state/signing-keys")).unwrap().map(|file| file.unwrap().path());
    let path = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "pem")).unwrap();
    Signer::es256_of_pem(path.file_stem().unwrap().to_str().unwrap(), &std::fs::read(&path).unwrap())
}
