"""requests-oauthlib: grant, call, introspection and revocation as its documentation has them.

CLIENT_SECRET=… REQUESTS_CA_BUNDLE=certs/server-ca/cert.pem \
    python tests/clients/python/requests_oauthlib_client.py https://localhost:8443 CLIENT_ID [STEP...]
"""

import os
import sys
import time

import requests
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

url, client_id, *steps = sys.argv[1:]
basic = HTTPBasicAuth(client_id, os.environ["CLIENT_SECRET"])
client = BackendApplicationClient(client_id=client_id)
session = OAuth2Session(client=client)
server = {"token_endpoint": f"{url}/oauth2/token"}


def discovery():
    answer = requests.get(f"{url}/.well-known/oauth-authorization-server", timeout=10)
    answer.raise_for_status()
    server.update(answer.json())


def grant():
    token = session.fetch_token(server["token_endpoint"], auth=basic)
    assert token["token_type"] == "Bearer" and token["expires_in"] > 0, "no bearer token"
    # The other way: id and secret in the body.
    session.fetch_token(server["token_endpoint"], client_secret=basic.password, include_client_id=True)


def call():
    answer = session.get(f"{url}/test/hello-world", timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"message": "hello world!"}), answer.text


def introspect():
    answer = requests.post(server["introspection_endpoint"], auth=basic, data={"token": session.access_token}, timeout=10)
    answer.raise_for_status()
    return answer.json()


def introspection():
    said = introspect()
    assert said["active"] is True and said["client_id"] == client_id, said


def revocation():
    address, headers, body = client.prepare_token_revocation_request(server["revocation_endpoint"], session.access_token)
    requests.post(address, headers=headers, data=body, auth=basic, timeout=10).raise_for_status()
    assert introspect() == {"active": False}
    time.sleep(0.1)  # A change reaches a running server within this time.
    assert session.get(f"{url}/test/hello-world", timeout=10).status_code == 401


def aws():
    grant()
    call()


for step in steps or ["discovery", "grant", "call", "introspection", "revocation"]:
    globals()[step]()
    print(f"{step}: ok")
