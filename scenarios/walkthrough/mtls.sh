#!/bin/sh
# The article's first alternative: mutual TLS, with curl and with openssl s_client.
#
#   scenarios/walkthrough/mtls.sh
#
# Needs curl and openssl. Works in a private temporary directory, on free ports, and takes both away at the end.
# AUTHBENCH names the binary (default: target/release/authbench, built if it is not there).
set -eu
NEEDS=openssl
. "${0%/*}/common.sh"

step "The server. Its development CAs are made on the first start: one for servers, one for clients."
serve mtls

step "Without a certificate: refused in the handshake, before any HTTP."
expect 'alert' 'curl -sS --cacert "$CA" "$URL/test/hello-world"'

step "A certificate for the partner, and its private key: certs/clients/partner/."
run 'authbench cert issue partner --ttl 90d'
run 'CHAIN=certs/clients/partner/chain.pem KEY=certs/clients/partner/key.pem'
expect 'TLS Web Client Authentication' 'openssl x509 -in "$CHAIN" -noout -subject -issuer -enddate -ext extendedKeyUsage'

settle
step "With the certificate: hello world."
expect 'hello world!' 'curl -sS --cacert "$CA" --cert "$CHAIN" --key "$KEY" "$URL/test/hello-world"'

step "The same without curl, to see that there is no trick: TLS by openssl, HTTP by hand."
run 'HOST=${URL#https://}'
expect 'hello world!' 'printf "GET /test/hello-world HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\n\r\n" |
    openssl s_client -quiet -connect "$HOST" -servername localhost -CAfile "$CA" -verify_return_error \
        -cert "$CHAIN" -key "$KEY" 2>&1'

step "The certificate alone, with another key: refused. Who only saw the certificate has nothing."
run 'openssl ecparam -name prime256v1 -genkey -noout -out other.pem'
expect 'mismatch|alert|unable to set private key' 'curl -sS --cacert "$CA" --cert "$CHAIN" --key other.pem "$URL/test/hello-world"'

step "A certificate of the same name that another CA signed: refused."
run 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=partner \
    -keyout forged-key.pem -out forged.pem 2>/dev/null'
expect 'alert' 'curl -sS --cacert "$CA" --cert forged.pem --key forged-key.pem "$URL/test/hello-world"'

step "Whoever keeps a key to himself sends a request for a certificate. Only the public key in it is taken."
run 'openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=somebody else" \
    -keyout own-key.pem -out own.csr 2>/dev/null'
run 'authbench cert sign shop --csr own.csr --ttl 1d'
settle
expect 'CN = shop' 'openssl x509 -in certs/clients/shop/chain.pem -noout -subject'
expect 'hello world!' 'curl -sS --cacert "$CA" --cert certs/clients/shop/chain.pem --key own-key.pem "$URL/test/hello-world"'

step "Renewed: a new certificate and key. The old one stays good until it ends, so nobody has to hurry."
run 'cp "$CHAIN" old-chain.pem && cp "$KEY" old-key.pem'
run 'authbench cert renew partner'
settle
expect 'hello world!' 'curl -sS --cacert "$CA" --cert "$CHAIN" --key "$KEY" "$URL/test/hello-world"'
expect 'hello world!' 'curl -sS --cacert "$CA" --cert old-chain.pem --key old-key.pem "$URL/test/hello-world"'

step "What there is, and when it ends: callers, the server, both CAs, and the list of the revoked."
run 'authbench cert list'

step "Revoked, all of that name: refused in the next handshake, and open connections are closed."
run 'authbench cert revoke partner'
settle
expect 'alert' 'curl -sS --cacert "$CA" --cert "$CHAIN" --key "$KEY" "$URL/test/hello-world"'
expect 'alert' 'curl -sS --cacert "$CA" --cert old-chain.pem --key old-key.pem "$URL/test/hello-world"'

step "The caller is told as much as TLS can tell. The operator is told why, and who it was."
settle
expect '"reason":"revoked".*CN=partner' 'grep handshake_refused records.txt | tail -n 1'
