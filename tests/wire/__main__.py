"""`python -m tests.wire`: write the wire contract of both services anew, after a change that was meant.

It goes beside this file, or into the directory that is named.
"""

import sys
from pathlib import Path

import growth_service.app
import study_service.app
from shared_schema.database.settings import Settings
from shared_schema.web.config import Config
from tests.wire import lines

_APPS = {"study": study_service.app.create_app, "growth": growth_service.app.create_app}


def main(directory: Path) -> None:
    for service, create_app in _APPS.items():
        app = create_app(Config(service, 0, "127.0.0.1", Settings("file::memory:"), {"k": "s" * 32}))
        document = app.test_client().get("/openapi.json").json
        text = "\n".join(lines.of(document or {})) + "\n"
        (directory / f"{service}.txt").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
