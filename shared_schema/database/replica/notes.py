"""The note beside a replica file: how fresh the file is.

It is written after each sync after which the file provably had everything, so in an outage of the primary it grows old.
"""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

_NOTE_READ_S = 0.05


@dataclass(frozen=True, slots=True)
class Note:
    """`fresh_at`: a moment, in epoch seconds, at which the file had everything the primary had. `generation` begins
    with the file's inode, and changes when another file takes its place. `tick`: the clock row of the file then. A file
    whose clock is behind its note is being pulled anew, and is not read.
    """

    fresh_at: float
    generation: str
    tick: int

    @property
    def age_s(self) -> float:
        return abs(time.time() - self.fresh_at)  # abs: after the host's clock was set back, the file is not fresh

    def is_of(self, replica: str) -> bool:
        """Whether the file at this path is the one the note was written for."""
        try:
            return self.generation.startswith(f"{os.stat(replica).st_ino}-")
        except OSError:
            return False


def note_path(replica: str) -> Path:
    return Path(f"{replica}.note")


def write_note(replica: str, note: Note) -> None:
    """Publish a note, whole or not at all."""
    path = note_path(replica)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(orjson.dumps(asdict(note)))
    fresh.replace(path)


def read_note(replica: str) -> Note | None:
    """The note, or None if it is missing or cannot be read."""
    try:
        return Note(**orjson.loads(note_path(replica).read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError):
        return None


class Notes:
    """The note, read from its file again when it is older than a few hundredths of a second."""

    def __init__(self, replica: str) -> None:
        self._replica = replica
        self._note: Note | None = None
        self._read_at = 0.0

    def latest(self) -> Note | None:
        """The current note; None before the first sync, and when the file it was written for is there no more."""
        if time.monotonic() - self._read_at > _NOTE_READ_S:
            note = read_note(self._replica)
            self._note = note if note and note.is_of(self._replica) else None
            self._read_at = time.monotonic()
        return self._note
