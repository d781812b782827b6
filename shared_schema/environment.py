"""Configuration from the environment. A wrong value is an error that names its variable, raised at start."""

import os
from pathlib import Path


class ConfigurationError(Exception):
    """A variable is missing or makes no sense."""


def var() -> Path:
    """Where a machine keeps its state: `$PINGTOPASS_VAR`, else `var/`."""
    return Path(os.environ.get("PINGTOPASS_VAR") or "var")


def database_url() -> str:
    """`$TURSO_DATABASE_URL`, else a file beside the other state."""
    return os.environ.get("TURSO_DATABASE_URL") or f"file:{var() / 'pingtopass.db'}"


def integer(name: str, fallback: int, *, low: int, high: int) -> int:
    """A whole number within bounds."""
    text = os.environ.get(name) or str(fallback)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ConfigurationError(f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def token_keys() -> dict[str, str]:
    """`$TOKEN_KEYS`, `kid:secret` pairs by comma, as a mapping; the first signs, all verify, so keys can rotate."""
    pairs = [pair.partition(":") for pair in os.environ.get("TOKEN_KEYS", "").split(",") if pair]
    keys = {kid.strip(): secret.strip() for kid, _, secret in pairs}
    if not keys:
        raise ConfigurationError("TOKEN_KEYS must hold at least one kid:secret")
    if any(not kid or len(secret.encode()) < 32 for kid, secret in keys.items()):
        raise ConfigurationError("TOKEN_KEYS: every secret needs a key id and 32 bytes or more")
    return keys
