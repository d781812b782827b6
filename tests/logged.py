"""Everything that is logged in the tests, searched for every token that they used.

Tokens are noted where they are made: JWTs by `jwt.encode`, refresh tokens by `tokens.refresh_token`, those of leases by
`leases.claim`. Lines of this process are searched as they are rendered, those of other processes when the tests have
ended, in their files.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

import shared_schema.logs
from growth_service.sending import leases
from shared_schema.idempotency import Receipt
from shared_schema.web import tokens

# A signature, a refresh token or the secret of a lease is one such word; the parts of a JWT are one each.
_WORD = re.compile(r"[A-Za-z0-9_-]{32,}")
# A whole JWT, whoever made it.
_JWT = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}")


class Logged:
    """The secret words of all tokens so far, and the lines in which one stood, up to the next `taken`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._words = {word for secret in secrets for word in _WORD.findall(secret)}
        self._lines: list[str] = []

    def note(self, token: str) -> None:
        """A token is made. The header and the claims of a JWT are no secret, its signature is."""
        self._words.update(_WORD.findall(token.rpartition(".")[2]))

    def check(self, line: str) -> None:
        """A line is logged."""
        if not self._words.isdisjoint(_WORD.findall(line)) or _JWT.search(line):
            self._lines.append(line)

    def taken(self) -> list[str]:
        """The lines with a token in them, which are forgotten with this."""
        lines, self._lines = self._lines, []
        return lines

    def follow(self, patch: pytest.MonkeyPatch) -> None:
        """Note each token that is made in this process, and check each line that it logs, to whatever stream."""
        encode, refresh_token = jwt.encode, tokens.refresh_token
        claim, render = leases.claim, shared_schema.logs._json

        def encoding(*arguments: Any, **options: Any) -> str:
            self.note(token := encode(*arguments, **options))
            return token

        def refreshing(*arguments: Any) -> str:
            self.note(token := refresh_token(*arguments))
            return token

        def claiming(wanted: leases.Claim, *arguments: Any) -> Receipt:
            self.note(wanted.secret)
            return claim(wanted, *arguments)

        def rendering(line: Any, **options: Any) -> str:
            self.check(text := render(line, **options))
            return text

        patch.setattr(jwt, "encode", encoding)
        patch.setattr(tokens, "refresh_token", refreshing)
        patch.setattr(leases, "claim", claiming)
        patch.setattr(shared_schema.logs, "_json", rendering)

    def search(self, directory: Path) -> Iterator[str]:
        """What other processes have logged into files below a directory, as far as it has a token in it."""
        for path in directory.rglob("*.log"):
            if path.is_file() and not path.is_symlink():
                with path.open(errors="replace") as lines:
                    for line in lines:
                        self.check(line)
                yield from (f"{path.name}: {line}" for line in self.taken())
