"""GIFT, Moodle's text format for questions."""

from study_service.banks.gift.reader import read
from study_service.banks.gift.writer import write

__all__ = ["read", "write"]
