"""A signed POST to the address in the configuration, and to no private one behind it.

The signature is HMAC-SHA256 over the timestamp, a dot and the body. The host's addresses are looked up here, all of
them are checked, and the connection goes to a checked one, so that a name cannot lead elsewhere in between.
"""

import hashlib
import hmac
import ipaddress
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson
import urllib3

_TIME_OUT = urllib3.Timeout(connect=3, read=5)
_HIDDEN = (  # ranges whose addresses lead to an IPv4 address that they contain
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("2001::/32"),
)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The event was not taken: a status other than 2xx, no answer, or an address that must not be asked."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events go. `allow_private` lets them go to this machine and its network, too."""

    url: str
    secret: str = field(repr=False)
    allow_private: bool = False

    def send(self, event: str, document: dict[str, object]) -> None:
        """One attempt. Raises Refused unless the answer is 2xx; a redirect is none."""
        parts = urlsplit(self.url)
        host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
        address = self._checked(host, port)
        content = orjson.dumps(document)
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        with _pool(parts.scheme, address, port, host) as pool:
            try:
                response = pool.urlopen(
                    "POST",
                    path,
                    body=content,
                    headers={"Host": parts.netloc.rpartition("@")[2], **self._headers(event, content)},
                    redirect=False,
                    retries=False,
                    assert_same_host=False,
                    preload_content=False,
                )
                response.close()  # what it says does not matter, however long it is
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                raise Refused(f"no answer: {type(error).__name__}") from None
        if not 200 <= response.status < 300:
            raise Refused(f"status {response.status}")

    def _headers(self, event: str, content: bytes) -> dict[str, str]:
        now = str(int(time.time()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "PingToPass",
            "PingToPass-Event": event,
            "PingToPass-Timestamp": now,
            "PingToPass-Signature": signature(self.secret, now, content),
        }

    def _checked(self, host: str, port: int) -> str:
        """An address of the host. Refused where there is none, or where any of them is not public."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Refused(f"the host is not known: {type(error).__name__}") from None
        addresses = [str(entry[4][0]) for entry in found]
        if not self.allow_private and any(not is_public(text) for text in addresses):
            raise Refused("the host has a private address, which GROWTH_WEBHOOK_ALLOW_PRIVATE does not allow")
        return addresses[0]


def signature(secret: str, timestamp: str, content: bytes) -> str:
    """`v1=` and the hexadecimal HMAC-SHA256 of timestamp.content: what a receiver computes to compare."""
    signed = timestamp.encode() + b"." + content
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_public(text: str) -> bool:
    """Whether an address is one of the whole internet, and leads to no other one inside it."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif any(address in network for network in _HIDDEN):
            return False
    return address.is_global and not address.is_multicast


def _pool(scheme: str, address: str, port: int, host: str) -> urllib3.HTTPConnectionPool:
    if scheme == "https":
        return urllib3.HTTPSConnectionPool(
            address, port, timeout=_TIME_OUT, maxsize=1, server_hostname=host, assert_hostname=host
        )
    return urllib3.HTTPConnectionPool(address, port, timeout=_TIME_OUT, maxsize=1)
