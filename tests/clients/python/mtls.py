"""ssl: calls with a client certificate, as a partner's script would make them.

Each line on standard input is a call, a JSON object, and each is answered by a line: `allowed` (`allowed, resumed`), the status and
the reason of a refusal in HTTP, `alert NAME` of one in TLS, `closed`, or `cannot: WHY` when this side would not even send it.

    echo '{"port": 8443, "ca": "certs/server-ca/cert.pem", "cert": "certs/clients/partner/chain.pem",
           "key": "certs/clients/partner/key.pem"}' | tr -d '\\n' | python3 tests/clients/python/mtls.py

Also known: `tls` (the only version to offer, `1.2`), `from` (the local address), `name` (the server's name in TLS, null for none),
`host`, `alpn` (a list), and `resume` (with the session of the call before).
"""

import json
import re
import socket
import ssl
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # The old versions are offered on purpose.
VERSIONS = {"1.0": "TLSv1", "1.1": "TLSv1_1", "1.2": "TLSv1_2", "1.3": "TLSv1_3"}


def prepare(call):
    context = ssl.create_default_context(cafile=call["ca"])
    context.check_hostname = call.get("name", "localhost") in ("localhost", "127.0.0.1")
    if "tls" in call:
        context.minimum_version = context.maximum_version = ssl.TLSVersion[VERSIONS[call["tls"]]]
        if call["tls"] < "1.2":
            context.set_ciphers("ALL:@SECLEVEL=0")
    if call.get("alpn"):
        context.set_alpn_protocols(call["alpn"])
    if "cert" in call:
        context.load_cert_chain(call["cert"], call["key"])
    return context


def ask(context, call, session):
    """The answer, whether it came on a resumed session, and the session."""
    address = ("127.0.0.1", call["port"])
    request = f"GET /test/hello-world HTTP/1.1\r\nhost: {call.get('host', 'localhost')}\r\nconnection: close\r\n\r\n"
    with socket.create_connection(address, 20, (call.get("from", "127.0.0.1"), 0)) as tcp:
        with context.wrap_socket(tcp, server_hostname=call.get("name", "localhost"), session=session) as tls:
            tls.sendall(request.encode())
            answer = b"".join(iter(lambda: tls.recv(65536), b""))
            return answer.decode(), tls.session_reused, tls.session


def outcome(answer, resumed):
    if not answer:
        return "closed"
    head, body = answer.split("\r\n\r\n", 1)
    status = head.split(" ")[1]
    if status == "200" and body == '{"message": "hello world!"}':
        return "allowed, resumed" if resumed else "allowed"
    return f"{status} {json.loads(body).get('reason')}"


def broken(error):
    """OpenSSL's `SSLV3_ALERT_CERTIFICATE_EXPIRED`; of an alert that this Python has no word for, `[SSL] tlsv1 alert … (…)`."""
    said = re.search(r"[_ ]alert[_ ]([a-z_ ]+\w)", (error.reason or str(error)).lower())
    return f"alert {said[1].replace(' ', '_')}" if said else f"broken: {error}"


context = session = None
for line in sys.stdin:
    call = json.loads(line)
    try:
        if not call.get("resume"):
            context, session = prepare(call), None
    except ssl.SSLError as error:
        print(f"cannot: {(error.reason or str(error)).lower()}", flush=True)
        continue
    try:
        answer, resumed, session = ask(context, call, session)
        print(outcome(answer, resumed), flush=True)
    except ssl.SSLError as error:
        print(broken(error), flush=True)
    except ConnectionResetError:
        print("closed", flush=True)
