"""A server whose disk is full when a test says so: it refuses to let the database grow, as SQLITE_FULL."""

import json
import urllib.request

from tests.servers.ports import HOST, free_port
from tests.servers.sqld import Sqld


class Small(Sqld):
    """A server with the port of its administration open."""

    admin_port = 0

    def fill_up(self) -> None:
        """From now on there is no room for another page."""
        self._admin({"max_db_size": "40kb", "block_reads": False, "block_writes": False})

    def _admin(self, config: dict[str, object]) -> None:
        address = f"http://{HOST}:{self.admin_port}/v1/namespaces/default/config"
        headers = {"content-type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(address, json.dumps(config).encode(), headers), timeout=10):
            pass

    def _options(self) -> list[str]:
        self.admin_port = self.admin_port or free_port()
        return [*super()._options(), "--admin-listen-addr", f"{HOST}:{self.admin_port}"]
