//! Tokens that are refused (RFC 6750 §3.1), with the challenge that says why.

use super::get;
use crate::lab::Lab;

#[test]
fn a_challenge_is_bare_when_nothing_was_presented_and_says_why_otherwise() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    insta::assert_snapshot!(get(&server, &[]), @r#"
    401
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer realm="authbench"
    x-request-id: ID

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"No credential was presented.","reason":"credential_missing","request_id":"ID"}
    "#);
    insta::assert_snapshot!(get(&server, &[("authorization", "Bearer a.b.c")]), @r#"
    401
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer realm="authbench", error="invalid_token", error_description="The credential cannot be read."
    x-request-id: ID

    {"type":"about:blank","title":"Unauthorized","status":401,"detail":"The credential cannot be read.","reason":"credential_malformed","request_id":"ID"}
    "#);
    insta::assert_snapshot!(get(&server, &[("authorization", "Bearer a"), ("authorization", "Bearer a")]), @r#"
    400
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer realm="authbench", error="invalid_request", error_description="More than one credential was presented."
    x-request-id: ID

    {"type":"about:blank","title":"Bad Request","status":400,"detail":"More than one credential was presented.","reason":"credential_ambiguous","request_id":"ID"}
    "#);
}
