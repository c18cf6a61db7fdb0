#!/bin/sh
# curl and a shell: discovery, grant, call, introspection, revocation.
#
#   CLIENT_SECRET=… CURL_CA_BUNDLE=certs/server-ca/cert.pem tests/clients/curl.sh https://localhost:8443 CLIENT_ID [STEP...]
set -eu
url=$1 id=$2
shift 2
steps=${*:-discovery grant call introspection revocation}

# The value of a member of a flat JSON object.
member() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"; }

# curl with what is secret on standard input: arguments can be read by everybody on the machine.
as_client() { printf 'user = "%s:%s"\n' "$id" "$CLIENT_SECRET" | curl -sS --fail-with-body -K - "$@"; }
with_token() { printf 'header = "Authorization: Bearer %s"\n' "$token" | curl -sS -K - "$@"; }
about_token() { printf 'user = "%s:%s"\ndata-urlencode = "token=%s"\n' "$id" "$CLIENT_SECRET" "$token" | curl -sS --fail-with-body -K - "$@"; }

for step in $steps; do
    case $step in
    discovery)
        metadata=$(curl -sS --fail-with-body "$url/.well-known/oauth-authorization-server")
        [ "$(printf %s "$metadata" | member issuer)" = "$url" ]
        ;;
    grant)
        token=$(as_client -d grant_type=client_credentials "$(printf %s "$metadata" | member token_endpoint)" | member access_token)
        [ -n "$token" ]
        ;;
    aws) # Cognito has no RFC 8414; its token endpoint is known by its domain.
        token=$(as_client -d grant_type=client_credentials "$url/oauth2/token" | member access_token)
        with_token --fail-with-body "$url/test/hello-world" | grep -q 'hello world!'
        ;;
    call) with_token --fail-with-body "$url/test/hello-world" | grep -q 'hello world!' ;;
    introspection)
        about_token "$(printf %s "$metadata" | member introspection_endpoint)" | grep -q '"active":true'
        ;;
    revocation)
        about_token "$(printf %s "$metadata" | member revocation_endpoint)"
        about_token "$(printf %s "$metadata" | member introspection_endpoint)" | grep -qx '{"active":false}'
        # A change reaches a running server within 100 ms.
        sleep 0.1
        [ "$(with_token -o /dev/null -w '%{http_code}' "$url/test/hello-world")" = 401 ]
        ;;
    *) echo "no such step: $step" >&2 && exit 2 ;;
    esac
    echo "$step: ok"
done
