"""OWASP API7, server side request forgery: no address in a request makes the service connect anywhere, or look it up.

Addresses of a trap of ours go to every place of every operation. Python's audit events tell each connection and each
look-up of this process; the trap tells whether somebody came.
"""

import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.web import tokens
from tests.attacks import places
from tests.attacks.test_injection import listed
from tests.conftest import KEYS
from tests.contract import calls
from tests.contract.people import People
from tests.servers.issuer import Issuer
from tests.study_service.conftest import BANK, post_bank, post_gift

pytestmark = pytest.mark.only("file")  # with no server, the issuer of sign-ins is all that there is to connect to

LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
EVENTS = LOOKUPS | {"socket.connect", "socket.sendto", "subprocess.Popen", "os.exec", "os.posix_spawn"}
_seen: list[tuple[str, str]] | None = None  # while a test watches; an audit hook stays for good


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is not None and event in EVENTS:
        _seen.append((event, str(arguments[1:] if event == "socket.connect" else arguments)))


@pytest.fixture(scope="module", autouse=True)
def hook() -> None:
    sys.addaudithook(_note)


class Trap:
    """A listening socket, and what this process has connected to or looked up since the test began."""

    def __init__(self, listening: socket.socket, seen: list[tuple[str, str]]) -> None:
        self.listening, self.seen = listening, seen
        self.host = f"127.0.0.1:{listening.getsockname()[1]}"

    def addresses(self) -> list[str]:
        named = f"http://trap.invalid:{self.host.rpartition(':')[2]}/"
        paths = [f"{scheme}://{self.host}/trap" for scheme in ("http", "libsql")]
        return [*paths, f"//{self.host}/", named, "file:///etc/hostname", "http://169.254.169.254/latest/"]

    def caught(self) -> bool:
        """Whether somebody has come."""
        try:
            self.listening.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@pytest.fixture
def trap() -> Iterator[Trap]:
    global _seen
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.setblocking(False)
        _seen = []
        yield Trap(listening, _seen)
        _seen = None


def elsewhere(trap: Trap, issuer: Issuer) -> list[tuple[str, str]]:
    """What was connected to or looked up, but for the issuer's keys."""
    port = issuer.url.rpartition(":")[2]
    return [(event, what) for event, what in trap.seen if port not in what]


def test_the_trap_and_the_hook_notice_a_connection(trap: Trap, crowd: People) -> None:
    assert not trap.caught()
    with closing(socket.create_connection(("127.0.0.1", trap.listening.getsockname()[1]))):
        assert trap.caught()
    assert [event for event, _ in elsewhere(trap, crowd.issuer)] == ["socket.getaddrinfo", "socket.connect"]


def test_an_address_in_any_place_of_a_request_is_only_a_text(
    crowd: People, document: dict[str, Any], trap: Trap
) -> None:
    for call, caller in listed(crowd, document):
        for place in places.of(document, call):
            for address in trap.addresses():
                assert call.send(caller, **place.request(address)).status_code < 500, (str(place), address)
    assert elsewhere(trap, crowd.issuer) == []
    assert not trap.caught()


HEADERS = (
    "Host", "X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-For", "X-Host", "X-Original-URL",
    "X-Rewrite-URL", "Forwarded", "Origin", "Referer", "X-Forwarded-Proto", "X-Wap-Profile", "Proxy", "Destination",
    "Location", "Callback", "True-Client-IP", "Client-IP", "Link", "SOAPAction",
)  # fmt: skip


def test_an_address_in_any_header_leads_nowhere_and_comes_back_in_none(
    crowd: People, document: dict[str, Any], trap: Trap
) -> None:
    for call, caller in listed(crowd, document):
        for address in (trap.host, f"http://{trap.host}/trap"):
            sent = {f"HTTP_{name.upper().replace('-', '_')}": address for name in HEADERS}
            response = call.send(caller, environ_overrides=sent)
            assert response.status_code < 500, (call.name, response.text)
            assert trap.host not in f"{response.headers}{response.text}", call.name
    assert elsewhere(trap, crowd.issuer) == []
    assert not trap.caught()


def test_addresses_in_a_token_lead_nowhere(crowd: People, document: dict[str, Any], trap: Trap) -> None:
    header = dict.fromkeys(("jku", "x5u", "iss", "kid", "jwk", "x5c"), f"http://{trap.host}/trap")
    claims = {"sub": "1", "role": "admin", "scope": "read write", "aud": crowd.service, "exp": 4102444800, "jti": "x"}
    for name, address in header.items():
        ours = tokens.jwt.encode(claims, KEYS["test"], "HS256", headers={"kid": "test", name: address})
        for call in calls.of(document):
            call.send(crowd.app.test_client(), headers={"Authorization": f"Bearer {ours}"})
        theirs = [crowd.issuer.token("9", headers={name: address}), crowd.issuer.token("9", iss=address)]
        for credential in theirs if crowd.service == "study" else ():
            sent = {"credential": credential, "nonce": address}
            assert crowd.app.test_client().post("/api/auth/google", json=sent).status_code in (401, 200)
    assert elsewhere(trap, crowd.issuer) == []
    assert not trap.caught()


def test_links_and_pictures_in_a_file_of_questions_are_not_followed(
    ada: FlaskClient, trap: Trap, issuer: Issuer
) -> None:
    assert post_bank(ada, BANK).status_code == 200
    for address in trap.addresses():
        text = f'<img src="{address}"> <a href="{address}">x</a> ![x]({address}) @@PLUGINFILE@@/{address}'
        escaped = "".join(f"\\{character}" if character in "~=#{}:" else character for character in text)
        given = [post_gift(ada, f"[{kind}]{escaped} {{={escaped} ~no}}") for kind in ("html", "markdown", "plain")]
        assert [response.status_code for response in given] == [422, 200, 200], [response.text for response in given]
        question = BANK["questions"][0] | {"questionText": text, "reference": address}
        for more in ({}, {"resources": [{"title": text, "url": address}]}):
            assert post_bank(ada, BANK | {"questions": [question | more]}).status_code in (200, 422)
    for question in ada.get("/api/questions?limit=100").json["questions"]:
        assert ada.get(f"/api/questions/{question['id']}").status_code == 200
    assert elsewhere(trap, issuer) == []
    assert not trap.caught()
