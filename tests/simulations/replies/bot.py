"""A bot that sends what it has leased. It crashes, and it does not hear every answer; what it reports is true."""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.simulations.replies.clock import Clock
from tests.simulations.replies.line import QUEUE, Line, Lost
from tests.simulations.replies.x import X

LEASE_S = 300
_HOW = {"reply": "replied_to", "quote": "quoted"}
_WORDS = (
    "subnet",
    "a < b",
    "c > d & e",
    "&amp; is HTML",
    unicodedata.normalize("NFD", "déjà vu"),
    "👍🏽 great",
    "two\nlines",
)
_LINKS = ("https://pingtopass.example/r/7?u=1&v=2", "pingtopass.example", "http://Docs.Example/A/", "test.co/x")

Later = Callable[[float, Callable[[], None]], None]


def written(random: random.Random, number: int) -> str:
    """The text of a draft."""
    parts = [*random.sample(_WORDS, 2), f"no. {number}", *random.sample(_LINKS, random.randrange(2))]
    random.shuffle(parts)
    return " ".join(parts)


@dataclass
class Bot:
    """`later(seconds, action)` lets something happen after so many seconds."""

    line: Line
    x: X
    clock: Clock
    random: random.Random
    later: Later
    claims: int = 0

    def claim(self) -> int:
        """Lease some, and work on each after a while. Who does not hear the answer asks again with the same key.

        How many there were, as far as the bot has heard.
        """
        self.claims += 1
        body = {"limit": self.random.randint(1, 8), "leaseSeconds": LEASE_S}
        for _ in range(self.random.randint(1, 3)):
            try:
                _, answer = self.line.post(f"{QUEUE}/claim", body, f"claim-{self.claims}")
            except Lost:
                continue
            if self.random.random() < 0.98:  # else it crashes with the answer in its hands
                for leased in answer["opportunities"]:
                    self._start(leased)
            return len(answer["opportunities"])
        return 0

    def _start(self, leased: dict[str, Any]) -> None:
        self.later(self.random.expovariate(1 / 60), lambda: self._work(leased))

    def _work(self, leased: dict[str, Any]) -> None:
        """Send one, if the lease lasts; renew it first where it does not."""
        if self.random.random() < 0.03:
            return  # it crashed before
        until = datetime.fromisoformat(leased["leaseExpiresAt"]).timestamp()
        if until - self.clock.now < self.random.uniform(10, 200):
            until = self._renewed(leased)
        if until - self.clock.now < 10:
            if self.random.random() < 0.5:
                self._report(leased, "release", {})
            return
        self._send(leased)

    def _renewed(self, leased: dict[str, Any]) -> float:
        """The new end of the lease; 0 where it is not known."""
        try:
            status, state = self.line.post(f"{QUEUE}/{leased['id']}/renew", self._token(leased))
        except Lost:
            return 0
        return datetime.fromisoformat(state["leaseExpiresAt"]).timestamp() if status == 200 else 0

    def _send(self, leased: dict[str, Any]) -> None:
        fate = self.random.random()
        if fate < 0.05:  # X refuses
            self._report(leased, "failed", {"outcome": "not_sent", "reason": "429 of X"})
            return
        result = None
        if fate >= 0.08:  # else the request is lost on its way to X
            how = _HOW[leased["opportunityType"]]
            result = self.x.publish(leased["suggestedResponse"], leased["tweetId"], how)
        if fate < 0.14:  # no answer of X
            if self.random.random() < 0.7:
                self._report(leased, "failed", {"outcome": "unknown", "reason": "no answer of X"})
            return
        self._sent(leased, str(result))

    def _sent(self, leased: dict[str, Any], result: str) -> None:
        """X has answered. The bot reports at once, or after a crash much later, or never."""
        report = {"resultTweetId": result}
        fate = self.random.random()
        if fate < 0.03:
            self.later(self.random.uniform(300, 6 * 3600), lambda: self._report(leased, "executed", report))
        elif fate >= 0.06:
            self._report(leased, "executed", report)

    def _report(self, leased: dict[str, Any], step: str, body: dict[str, Any], tries: int = 3) -> None:
        """Report, up to three times, half a minute apart. Of a report that is refused, another lease has come."""
        try:
            self.line.post(f"{QUEUE}/{leased['id']}/{step}", self._token(leased) | body)
        except Lost:
            if tries > 1:
                self.later(30, lambda: self._report(leased, step, body, tries - 1))

    @staticmethod
    def _token(leased: dict[str, Any]) -> dict[str, Any]:
        return {"leaseToken": leased["leaseToken"]}
