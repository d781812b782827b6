"""An OpenID Connect issuer on this machine. It signs ID tokens and publishes its keys; told to, it lies or fails."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.servers.ports import HOST, free_port

CLIENT = "pingtopass.apps.example"
Answer = Callable[[BaseHTTPRequestHandler], None]


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(kid: str, key: Any, **more: Any) -> dict[str, Any]:
    """The public half of a key, as an issuer publishes it."""
    algorithm, name = (RSAAlgorithm, "RS256") if isinstance(key, rsa.RSAPrivateKey) else (ECAlgorithm, "ES256")
    public: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))  # type: ignore[attr-defined]
    return public | {"kid": kid, "alg": name, "use": "sig"} | more


class Issuer:
    """Publishes the public halves of `keys`. `fetches` counts the times that somebody asked for them."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"k1": rsa_key()}
        self.max_age: int | None = 300
        self.fetches = 0
        self.misbehave: Answer | None = None
        self._port = free_port()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def keys_url(self) -> str:
        return f"{self.url}/keys"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetches += 1
                (issuer.misbehave or issuer._publish)(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, self._port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """From now on nobody answers at this address."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _publish(self, handler: BaseHTTPRequestHandler) -> None:
        document = {"keys": [jwk(kid, key) for kid, key in self.keys.items()]}
        headers = {} if self.max_age is None else {"Cache-Control": f"public, max-age={self.max_age}, must-revalidate"}
        answer(handler, json.dumps(document).encode(), headers=headers)

    def token(
        self,
        subject: str = "1",
        *,
        kid: str = "k1",
        key: Any = None,
        algorithm: str | None = None,
        headers: Mapping[str, Any] | None = None,
        without: str = "",
        **claims: Any,
    ) -> str:
        """An ID token for this subject, with whatever claims are given; `without` leaves one out."""
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": CLIENT,
            "azp": CLIENT,
            "sub": subject,
            "email": "new@x.example",
            "email_verified": True,
            "name": "Newcomer",
            "iat": now,
            "exp": now + 3600,
        }
        chosen = {name: value for name, value in (usual | claims).items() if name != without}
        signing = self.keys[kid] if key is None else key
        name = algorithm or ("ES256" if isinstance(signing, ec.EllipticCurvePrivateKey) else "RS256")
        return jwt.encode(chosen, signing, name, headers={"kid": kid, **(headers or {})})


def answer(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> None:
    """Answer a request with these bytes."""
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
