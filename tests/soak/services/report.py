"""The report of a soak of the services."""

from collections import Counter
from dataclasses import dataclass

from tests.soak.services.clients import Met
from tests.soak.services.facts import Findings
from tests.soak.services.memory import MOST_GROWN_MB, Life
from tests.soak.services.people import Deeds
from tests.soak.turns import Event

_SHOWN = 20


@dataclass(frozen=True)
class Soak:
    """All that a soak has seen. `checked` is what our own commands said, each with its exit code; `lives` are those of
    the processes that were there for longest.
    """

    met: Met
    deeds: Deeds
    happened: list[Event]
    findings: Findings
    checked: list[tuple[int, list[str]]]
    lives: list[Life]
    seconds: float
    small_disk: bool

    @property
    def grown(self) -> list[Life]:
        return [life for life in self.lives if life.grown_mb > MOST_GROWN_MB]

    @property
    def wrong(self) -> list[str]:
        return self.findings.wrong + [line for code, printed in self.checked if code for line in printed]

    @property
    def is_good(self) -> bool:
        return self.deeds.is_full and not (self.met.stale or self.met.odd or self.wrong or self.grown)


def lines(soak: Soak) -> list[str]:
    met, deeds = soak.met, soak.deeds
    shown = [f"{'event':20} {'of':8} {'found s':>8} {'well s':>8}", *map(_event, soak.happened)]
    if not soak.small_disk:
        shown.append("disk full: left out, since no small disk could be mounted")
    shown += [
        f"{len(deeds.answers)} answers, {len(deeds.calls)} AI calls, {len(deeds.tweets)} tweets and"
        f" {len(deeds.drafts)} drafts were acknowledged, {len(deeds.unknown)} were given up, of which"
        f" {soak.findings.unheard} are there",
        f"{len(met.answered) / soak.seconds:.0f} requests a second; the slowest acknowledged one took"
        f" {max(met.seconds, default=0.0):.1f} s with all repetitions, the slowest answer"
        f" {max(met.answered, default=0.0):.1f} s",
        f"sent again after {_counts(met.again)}",
        f"{len(met.reads)} reads of what was just written: {_counts(met.reads)}",
        *(printed[-1] for _, printed in soak.checked),
        f"{'process':12} {'seen s':>7} {'first MB':>8} {'last MB':>8} {'most MB':>8}",
        *map(str, soak.lives),
        f"{len(soak.wrong)} wrong, {len(met.stale)} stale, {len(met.odd)} unexpected, {len(soak.grown)} grown",
    ]
    for name, sentences in (("WRONG", soak.wrong), ("STALE", met.stale), ("UNEXPECTED", met.odd)):
        shown += [f"{name}: {sentence}" for sentence in sentences[:_SHOWN]]
    return shown


def _event(event: Event) -> str:
    found = "" if event.found_s is None else f"{event.found_s:.2f}"
    return f"{event.name:20} {event.of:8} {found:>8} {event.whole_s:8.2f}"


def _counts(met: list[str]) -> str:
    return ", ".join(f"{name} {count} times" for name, count in Counter(met).most_common()) or "nothing"
