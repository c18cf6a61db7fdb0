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

step "Revoked: refused in the next handshake, and open connections of it are closed."
run 'authbench cert revoke partner'
settle
expect 'alert' 'curl -sS --cacert "$CA" --cert "$CHAIN" --key "$KEY" "$URL/test/hello-world"'
