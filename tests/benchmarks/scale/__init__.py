"""Databases of three sizes for benchmarks, the same rows each time: `make bench-data SIZE=S|M|L [TO=FILE]`."""

from tests.benchmarks.scale.making import make
from tests.benchmarks.scale.sizes import EXAM, FRESH, HEAVY, SEEN_ALL, SEEN_EXAM, SIZES, Size

__all__ = ["EXAM", "FRESH", "HEAVY", "SEEN_ALL", "SEEN_EXAM", "SIZES", "Size", "make"]
