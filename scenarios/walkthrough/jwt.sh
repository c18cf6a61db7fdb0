#!/bin/sh
# The article's own flow: OAuth 2.0 client credentials and a JWT, asked for and presented with curl.
#
#   scenarios/walkthrough/jwt.sh
#
# Needs curl. Works in a private temporary directory, on free ports, and takes both away at the end.
# AUTHBENCH names the binary (default: target/release/authbench, built if it is not there).
#
# The token request follows the article to the letter: `$(echo -n id:secret | base64)` in an argument of curl. Other users of the
# machine can read arguments while curl runs; `curl --config -`, with the header on standard input, avoids that.
set -eu
. "${0%/*}/common.sh"

step "The API gateway and the user pool of the article: one server."
serve jwt

step "Without authorization: refused, with a challenge."
expect '^HTTP/[0-9.]+ 401' 'curl -sS -i --cacert "$CA" "$URL/test/hello-world"'

step "The app client of the article. Its secret is shown once."
run 'CLIENT=$(authbench client add 3rd-party --json)'
run 'CLIENT_ID=$(echo "$CLIENT" | member client_id) CLIENT_SECRET=$(echo "$CLIENT" | member client_secret)'
settle

step "A token, for id and secret and the scope of the resource."
run 'SCOPE=$(echo "$URL/test/hello-world" | sed "s|:|%3A|g; s|/|%2F|g")'
run 'GRANTED=$(curl -sS -X POST --location --cacert "$CA" "$URL/oauth2/token" \
    -H "Authorization: Basic $(echo -n "$CLIENT_ID:$CLIENT_SECRET" | base64)" \
    -H "Content-Type: application/x-www-form-urlencoded" \
    -d "grant_type=client_credentials&scope=$SCOPE")'
run 'TOKEN=$(echo "$GRANTED" | member access_token)'
expect '"expires_in": ?86400' 'echo "$GRANTED" | sed "s/\"access_token\": *\"[^\"]*\"/\"access_token\":\"...\"/"'

step "With the token: hello world."
expect 'hello world!' 'curl -sS -X GET --location --cacert "$CA" "$URL/test/hello-world" -H "Authorization: Bearer $TOKEN"'

step "With one letter of the token changed: refused."
expect 'signature_invalid|credential_malformed' \
    'curl -sS --cacert "$CA" "$URL/test/hello-world" -H "Authorization: Bearer ${TOKEN%??????}AAAAAA"'

step "What the article's setting enable_token_revocation does not do: this token stops before its 24 hours are over."
run 'echo "$TOKEN" | authbench token revoke -'
settle
expect '"reason": ?"revoked"' 'curl -sS --cacert "$CA" "$URL/test/hello-world" -H "Authorization: Bearer $TOKEN"'
