//! Clients that sign (RFC 7523), and their assertions, right or wrong.

use serde_json::{Value, json};

use crate::lab::{Answer, GRANT, Lab, Line, Signer, jwks, text};

pub(super) const TYPE: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

impl Signer {
    /// The header of a right assertion.
    pub(super) fn assertion_header(&self) -> Value {
        json!({"alg": self.algorithm(), "kid": self.kid, "typ": "JWT"})
    }

    /// An assertion of these claims.
    pub(super) fn assertion(&self, claims: &Value) -> String {
        self.token_of(self.assertion_header().to_string(), claims.to_string())
    }
}

/// A JWK set of these, in a file of the laboratory.
pub(super) fn publish(lab: &Lab, name: &str, all: &[&Signer]) -> String {
    lab.file(name, &jwks(all)).display().to_string()
}

/// The claims of a right assertion, with a fresh `jti`.
pub(super) fn claims(client_id: &str, audience: &str) -> Value {
    let now = authbench::clock::seconds(authbench::clock::now());
    let jti = authbench::secret::random_text(22).unwrap();
    json!({"iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + 60, "jti": jti})
}

/// A client that signs with `signer`; its id.
pub(super) fn client(lab: &Lab, name: &str, signer: &Signer) -> String {
    let file = publish(lab, &format!("{name}.jwks.json"), &[signer]);
    text(&lab.effective(&["client", "add", name, "--jwks", &file]), "client_id").to_owned()
}

/// The form of a request with an assertion.
pub(super) fn form(assertion: &str) -> String {
    format!("{GRANT}&{TYPE}&client_assertion={assertion}")
}

/// One request with an assertion.
pub(super) fn present(line: &mut Line, path: &str, assertion: &str, more: &str) -> Answer {
    line.post(path, &[], &format!("{}{more}", form(assertion))).unwrap()
}
