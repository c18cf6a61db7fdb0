#!/bin/sh
# The article's second alternative: an API key, with what the article asks of it (limits, an allowlist) and what it says that
# keys lack (expiration, revocation).
#
#   scenarios/walkthrough/apikey.sh
#
# Needs curl. Works in a private temporary directory, on free ports, and takes both away at the end.
# AUTHBENCH names the binary (default: target/release/authbench, built if it is not there).
# Keys reach curl in a file of mode 0600 (-H @file), not in an argument that others on the machine could read.
set -eu
. "${0%/*}/common.sh"
umask 077

# Makes the file that curl reads its header from.
header() { printf 'x-api-key: %s\n' "$(member key)" >"$1"; }

step "The server."
serve apikey

step "Without a key: refused, with a challenge."
expect '^HTTP/[0-9.]+ 401' 'curl -sS -i --cacert "$CA" "$URL/test/hello-world"'

step "A key for the partner. It is shown once and kept as a hash."
run 'authbench key add partner --json | header partner.header'

step "With the key: hello world."
settle
expect 'hello world!' 'curl -sS --cacert "$CA" -H @partner.header "$URL/test/hello-world"'

step "A key with a typing error: its checksum tells, before anything is looked up."
run 'sed "s/.\$/!/" partner.header >typo.header'
expect 'credential_malformed' 'curl -sS --cacert "$CA" -H @typo.header "$URL/test/hello-world"'

step "A key with an allowlist (the article: IP whitelisting). It is good from 192.0.2.0/24 only, and this is not there."
run 'authbench key add elsewhere --allow 192.0.2.0/24 --json | header elsewhere.header'
settle
expect 'address_denied' 'curl -sS --cacert "$CA" -H @elsewhere.header "$URL/test/hello-world"'

step "A key that ends (the article: keys lack expiration)."
run 'authbench key add brief --expires 1s --json | header brief.header'
run 'sleep 1.2'
expect '"reason": ?"expired"' 'curl -sS --cacert "$CA" -H @brief.header "$URL/test/hello-world"'

step "Rotation with an overlap: the new key works, the old one still does for ten minutes."
run 'authbench key rotate partner --overlap 10m --json | header rotated.header'
settle
expect 'hello world!' 'curl -sS --cacert "$CA" -H @rotated.header "$URL/test/hello-world"'
expect 'hello world!' 'curl -sS --cacert "$CA" -H @partner.header "$URL/test/hello-world"'

step "Revoked (the article: keys lack revocation)."
run 'authbench key revoke partner'
settle
expect '"reason": ?"revoked"' 'curl -sS --cacert "$CA" -H @rotated.header "$URL/test/hello-world"'
