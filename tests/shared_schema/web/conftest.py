"""The bank of questions, for what is tried with answers."""

from tests.study_service.conftest import bank, cables

__all__ = ["bank", "cables"]
