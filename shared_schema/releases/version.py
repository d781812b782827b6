"""What the code that runs calls itself."""

import os

VERSION = "0.1.0"  # as in pyproject.toml, which is not deployed


def current() -> str:
    """`$RELEASE`, say a commit or an image's tag, else the version."""
    return os.environ.get("RELEASE") or VERSION
