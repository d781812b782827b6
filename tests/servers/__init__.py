"""Real processes for the tests: libSQL servers, and a proxy that adds distance and faults between them and us."""

from tests.servers.ports import HOST, free_port
from tests.servers.proxy import Proxy
from tests.servers.sqld import ROOT, Sqld, binary, needed

__all__ = ["HOST", "ROOT", "Proxy", "Sqld", "binary", "free_port", "needed"]
