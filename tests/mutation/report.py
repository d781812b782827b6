"""What the tests noticed and what they did not."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.mutation import mutants
from tests.mutation.mutants import Mutant

_NO_TESTS = 5
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`end` is pytest's exit code or "timeout", `killer` the test that failed."""

    mutant: Mutant
    end: int | str
    killer: str

    @property
    def name(self) -> str:
        """A mutant that cannot be imported counts as killed, but has its own name: it says little about the tests."""
        names = {0: "survived", 1: "killed", _NO_TESTS: "survived", "timeout": "timeout"}
        return names.get(self.end, "not importable")


def killer(output: str) -> str:
    """The test that failed, from pytest's output."""
    failed = _FAILED.search(output)
    return failed.group(1) if failed else ""


def line(number: int, count: int, outcome: Outcome) -> str:
    mutant = outcome.mutant
    return f"{number}/{count} {outcome.name}: line {mutant.line}, {mutant.name} {outcome.killer}".rstrip()


def text(module: str, code: str, outcomes: Sequence[Outcome], seconds: float) -> str:
    """The survivors, each as a diff, and the share killed."""
    survivors = [outcome.mutant for outcome in outcomes if outcome.name == "survived"]
    return "\n".join([*(_diff(module, code, mutant) for mutant in survivors), *_summary(module, outcomes, seconds)])


def _diff(module: str, code: str, mutant: Mutant) -> str:
    lines = difflib.unified_diff(code.splitlines(), mutant.code.splitlines(), lineterm="", n=1)
    return "\n".join([f"survived: {module}:{mutant.line}, {mutant.kind}, {mutant.name}", *list(lines)[3:], ""])


def _summary(module: str, outcomes: Sequence[Outcome], seconds: float) -> list[str]:
    if not outcomes:
        return [f"{module}: nothing to mutate"]
    shares = [_share(kind, [o for o in outcomes if o.mutant.kind == kind]) for kind in mutants.KINDS]
    names = [outcome.name for outcome in outcomes]
    ends = ", ".join(f"{names.count(name)} {name}" for name in ("timeout", "not importable") if name in names)
    each = f"{seconds / len(outcomes):.1f} s a mutant"
    return [f"{module}: " + ", ".join([_share("all", outcomes), *filter(None, shares), *filter(None, [ends]), each])]


def _share(kind: str, outcomes: Sequence[Outcome]) -> str:
    killed = sum(outcome.name != "survived" for outcome in outcomes)
    return f"{kind} {killed} of {len(outcomes)} killed ({100 * killed // len(outcomes)} %)" if outcomes else ""
