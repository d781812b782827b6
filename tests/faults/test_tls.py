"""A server is talked to only if its certificate is one of those we trust."""

import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import peewee
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.settings import Settings
from tests.faults.conftest import LATE_S, SHORT, Sqld, note
from tests.servers import HOST

READ = [Statement("SELECT 7 AS n")]


class Front:
    """TLS before a server; `breaks` connections end in their handshake, `cuts` after a request, both without a word."""

    def __init__(self, server: Sqld, certificate: Path) -> None:
        self.connections = self.breaks = self.cuts = 0
        self.drips = False  # whether answers go out in records of a few bytes, five a second
        self._server = server
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"libsql://{HOST}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        with suppress(OSError), raw:
            if self.breaks:
                self.breaks -= 1
                raw.recv(100)
                return
            with self._context.wrap_socket(raw, server_side=True) as client, client.makefile("rb") as requests:
                while answer := self._answer(requests):
                    if self.cuts:
                        self.cuts -= 1
                        raw.shutdown(socket.SHUT_RDWR)
                        return
                    self._send(client, answer)

    def _send(self, client: ssl.SSLSocket, answer: bytes) -> None:
        size = 10 if self.drips else len(answer)
        for start in range(0, len(answer), size):
            client.sendall(answer[start : start + size])
            time.sleep(0.2 if self.drips else 0)

    def _answer(self, requests: BinaryIO) -> bytes:
        """The server's answer to the next request; empty when there is none."""
        head = b""
        while (line := requests.readline()) not in (b"", b"\r\n"):
            head += line
        length = int(re.search(rb"content-length: (\d+)", head, re.IGNORECASE)[1]) if head else 0
        body = requests.read(length)
        with socket.create_connection((HOST, self._server.port)) as there:
            there.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + b"\r\n" + body)
            return there.makefile("rb").read() if head else b""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Self-signed, for this host, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    signed = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "front.pem"
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def front(server: Sqld, certificate: Path) -> Iterator[Front]:
    running = Front(server, certificate)
    yield running
    running.close()


@pytest.fixture
def database(
    front: Front, server: Sqld, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LibsqlDatabase]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusting = LibsqlDatabase(Settings(front.url, server.token))
    yield trusting
    trusting.close()


def test_a_certificate_that_we_do_not_trust_is_refused_at_once(front: Front, server: Sqld) -> None:
    database = LibsqlDatabase(Settings(front.url, server.token))
    with pytest.raises(peewee.OperationalError) as caught:
        database.fetch(READ)
    assert isinstance(caught.value.orig, errors.AccessDenied)
    assert caught.value.orig.code == "TLS"
    assert front.connections == 1


def test_one_that_we_trust_is_taken(database: LibsqlDatabase, front: Front) -> None:
    assert database.fetch(READ)[0].first(dict) == {"n": 7}
    database.batch([note("over TLS")])
    assert front.connections == 1


def test_a_broken_handshake_is_tried_again(database: LibsqlDatabase, front: Front) -> None:
    front.breaks = 1
    assert database.fetch(READ)[0].first(dict) == {"n": 7}
    assert front.connections == 2


def test_a_cut_after_the_request_is_of_unknown_outcome(database: LibsqlDatabase, front: Front) -> None:
    front.cuts = 1
    with pytest.raises(peewee.OperationalError) as caught:
        database.batch([note("once")])
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    assert database.fetch([Statement("SELECT body FROM notes")])[0].rows == [{"body": "once"}]
    front.cuts = 1
    assert database.fetch(READ)[0].first(dict) == {"n": 7}


def test_an_answer_that_drips_over_tls_ends_by_the_deadline_too(
    database: LibsqlDatabase, front: Front, server: Sqld
) -> None:
    hurried = LibsqlDatabase(Settings(front.url, server.token, limits=SHORT))
    front.drips = True
    began = time.monotonic()
    with pytest.raises(peewee.OperationalError) as caught:
        hurried.fetch([Statement("SELECT printf('%.*c', 1000, 'x') AS long")])
    assert time.monotonic() - began < SHORT.total_s + LATE_S
    assert isinstance(caught.value.orig, errors.Unreachable)
    hurried.close()
