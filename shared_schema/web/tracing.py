"""W3C Trace Context: which trace a request belongs to, and the name of our own part of it.

The header is `<version>-<trace id>-<span id>-<flags>` in lower-case hex. What follows the four parts of a later version
is not for us. A header that is not valid starts a new trace, as if none had come. `tracestate` is not passed on.
"""

import random
import re
from dataclasses import dataclass

HEADER = "traceparent"
_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_SAMPLED = "01"  # every request has its line in our log


@dataclass(frozen=True, slots=True)
class Span:
    """Our part of a trace. `parent_id` is the caller's part, None where the trace begins here."""

    trace_id: str
    span_id: str
    parent_id: str | None
    flags: str

    @property
    def header(self) -> str:
        """What those that we call are told, and who has called us."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def begin(header: str | None) -> Span:
    """A span of its own under the caller's, or in a trace of its own."""
    own = f"{random.getrandbits(64):016x}"
    parent = _PARENT.fullmatch(header) if header is not None and len(header) <= 256 else None
    if parent is None or not _counts(*parent.groups()):
        return Span(f"{random.getrandbits(128):032x}", own, None, _SAMPLED)
    _, trace_id, parent_id, flags, _ = parent.groups()
    # Of the flags this version knows the last bit alone: whether the caller keeps the trace.
    return Span(trace_id, own, parent_id, f"{int(flags, 16) & 1:02x}")


def _counts(version: str, trace_id: str, parent_id: str, _: str, rest: str | None) -> bool:
    """Version 00 has four parts, ff is none, and ids of zeros only are none."""
    if version == "ff" or (version == "00" and rest is not None):
        return False
    return trace_id.strip("0") != "" and parent_id.strip("0") != ""
