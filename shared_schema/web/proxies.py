"""Who the client is behind proxies of ours: X-Forwarded-For and X-Forwarded-Proto count only from trusted addresses."""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from shared_schema.environment import Network

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def trust(app: Wsgi, proxies: Sequence[Network]) -> Wsgi:
    """The app, which sees the client's address and scheme where the request comes from one of the proxies.

    Each proxy appends the address that it was called from. So the list is read from its right end, as far as those who
    wrote it are trusted; what stands further left may be invented.
    """

    def trusting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        peer = _address(environ.get("REMOTE_ADDR", ""))
        if peer is not None and _is_one_of(peer, proxies):
            hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
            environ["REMOTE_ADDR"] = str(_client(peer, hops, proxies))
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return app(environ, start_response)

    return trusting


Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _client(peer: Address, hops: Sequence[str], proxies: Sequence[Network]) -> Address:
    """The last address that is none of the proxies; the furthest proxy if the list ends or makes no sense there."""
    client = peer
    for hop in reversed(hops):
        address = _address(hop.strip())
        if address is None:
            break
        client = address
        if not _is_one_of(address, proxies):
            break
    return client


def _address(text: str) -> Address | None:
    """An address with or without its port; an IPv4 address in IPv6's clothes as itself. None for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_one_of(address: Address, proxies: Sequence[Network]) -> bool:
    return any(address in network for network in proxies)
