"""A small OpenID Connect provider on this machine: it lets everybody in as the same person."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlparse

from joserfc import jwt
from joserfc.jwk import RSAKey

NAME = "Ada <b>Lovelace</b>"
CLIENT = "typiscope"
_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


@contextmanager
def providing() -> Iterator[str]:
    """The provider's address while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Provider(BaseHTTPRequestHandler):
    nonces: dict[str, str] = {}  # noqa: RUF012 (shared by all requests on purpose)

    def do_GET(self) -> None:
        asked = urlparse(self.path)
        own = f"http://{self.headers['Host']}"
        if asked.path == "/.well-known/openid-configuration":
            self._say({
                "issuer": own, "authorization_endpoint": f"{own}/authorize",
                "token_endpoint": f"{own}/token", "jwks_uri": f"{own}/keys",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            })  # fmt: skip
        elif asked.path == "/keys":
            self._say({"keys": [_KEY.as_dict(private=False)]})
        elif asked.path == "/authorize":
            given = {name: values[0] for name, values in parse_qs(asked.query).items()}
            self.nonces["code"] = given.get("nonce", "")
            self.send_response(302)
            back = urlencode({"code": "code", "state": given["state"]})
            self.send_header("Location", f"{given['redirect_uri']}?{back}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        now = int(time.time())
        claims = {
            "iss": f"http://{self.headers['Host']}", "aud": CLIENT, "sub": "1", "name": NAME,
            "iat": now, "exp": now + 600, "nonce": self.nonces["code"],
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, _KEY)
        self._say({"access_token": "none", "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def _say(self, content: dict[str, object]) -> None:
        said = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
