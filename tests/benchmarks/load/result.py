"""What a measurement came to, as lines of a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Result:
    """`figures` are numbers by name. `missed` has a sentence for each target that is missed."""

    name: str
    figures: dict[str, float]
    missed: list[str]
    samples: dict[str, list[float]] = field(default_factory=dict)


def table(results: Sequence[Result]) -> Iterator[str]:
    """All figures, and the targets that are missed, in Markdown."""
    yield "| measurement | figure | value |"
    yield "|---|---|---:|"
    for result in results:
        for name, number in result.figures.items():
            yield f"| {result.name} | {name} | {_written(number)} |"
    yield ""
    yield "Targets that are missed:"
    yield from [f"{result.name}: {sentence}" for result in results for sentence in result.missed] or ["none"]


def _written(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:,.2f}" if number < 10 else f"{number:,.1f}"
