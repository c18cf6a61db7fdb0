"""PyJWT: a token of ours, verified by the JWKS that we publish.

CLIENT_SECRET=… REQUESTS_CA_BUNDLE=certs/server-ca/cert.pem SSL_CERT_FILE=certs/server-ca/cert.pem \
    python tests/clients/python/pyjwt.py https://localhost:8443 CLIENT_ID [aws ISSUER]
"""

import os
import sys

import jwt
import requests

url, client_id, *rest = sys.argv[1:]
secret = os.environ["CLIENT_SECRET"]


def grant(endpoint):
    answer = requests.post(endpoint, auth=(client_id, secret), data={"grant_type": "client_credentials"}, timeout=10)
    answer.raise_for_status()
    return answer.json()["access_token"]


def call(token):
    answer = requests.get(f"{url}/test/hello-world", headers={"authorization": f"Bearer {token}"}, timeout=10)
    answer.raise_for_status()


if rest[:1] == ["aws"]:
    issuer = rest[1]
    token = grant(f"{url}/oauth2/token")
    key = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    required = {"require": ["exp", "iss", "sub", "iat", "client_id", "token_use", "version", "auth_time", "jti"]}
    claims = jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, options=required)
    assert (claims["token_use"], claims["client_id"], "aud" in claims) == ("access", client_id, False), claims
    call(token)
    print("aws: ok")
else:
    server = requests.get(f"{url}/.well-known/oauth-authorization-server", timeout=10).json()
    print("discovery: ok")
    token = grant(server["token_endpoint"])
    print("grant: ok")
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    key = jwt.PyJWKClient(server["jwks_uri"]).get_signing_key_from_jwt(token)
    rules = {
        "algorithms": ["ES256", "RS256", "EdDSA"],
        "issuer": server["issuer"],
        "options": {"require": ["exp", "iss", "aud", "sub", "iat", "jti", "client_id"]},
    }
    claims = jwt.decode(token, key, audience=f"{url}/test", **rules)
    assert claims["sub"] == claims["client_id"] == client_id, claims
    try:
        jwt.decode(token, key, audience=url, **rules)
        raise AssertionError("another audience was accepted")
    except jwt.InvalidAudienceError:
        pass
    print("verification: ok")
    call(token)
    print("call: ok")
