"""A local replica as its readers see it: a plain database file and a note of how fresh it is.

One process per host keeps the file (`replicate`); everybody else only reads. The note is written after each sync that
provably caught up, so an outage of the primary shows as a note that grows old.
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

_NOTE_READ_S = 0.05


@dataclass(frozen=True, slots=True)
class Note:
    """`fresh_at`: a moment, in epoch seconds, at which the file had everything the primary had. `generation` changes
    when the file is replaced by another.
    """

    fresh_at: float
    generation: str

    @property
    def age_s(self) -> float:
        return max(0.0, time.time() - self.fresh_at)


def note_path(replica: str) -> Path:
    return Path(f"{replica}.note")


def write_note(replica: str, note: Note) -> None:
    """Publish a note, whole or not at all."""
    path = note_path(replica)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(orjson.dumps(asdict(note)))
    fresh.replace(path)


def read_note(replica: str) -> Note | None:
    """The note, or None where there is none that makes sense."""
    try:
        return Note(**orjson.loads(note_path(replica).read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError):
        return None


class Notes:
    """The note, read from its file now and then."""

    def __init__(self, replica: str) -> None:
        self._replica = replica
        self._note: Note | None = None
        self._read_at = 0.0

    def latest(self) -> Note | None:
        """The note, at most a few hundredths of a second old; None before the first sync."""
        if time.monotonic() - self._read_at > _NOTE_READ_S:
            self._note, self._read_at = read_note(self._replica), time.monotonic()
        return self._note
