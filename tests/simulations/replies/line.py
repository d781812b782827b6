"""The line between the bot and the growth service: requests and answers get lost."""

import random
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

QUEUE, TWEETS = "/api/twitter/opportunities", "/api/twitter/tweets"


class Lost(Exception):
    """The bot has no answer. The service may have done what was asked."""


@dataclass
class Line:
    """Requests of one caller. `loss` is the part of them that is lost on the way, and that of the answers as well."""

    caller: FlaskClient
    random: random.Random
    loss: float

    def post(self, url: str, body: dict[str, Any], key: str | None = None) -> tuple[int, Any]:
        """The status and the body of the answer."""
        if self.random.random() < self.loss:
            raise Lost
        headers = {} if key is None else {"Idempotency-Key": key}
        response = self.caller.post(url, json=body, headers=headers)
        if response.status_code >= 500 or response.status_code == 422:
            raise AssertionError(f"{url}: {response.status_code} {response.json}")
        if self.random.random() < self.loss:
            raise Lost
        return response.status_code, response.json
