"""The question that is edited."""

from typing import Any

import pytest


@pytest.fixture
def q0(bank: dict[str, Any]) -> int:
    """Option a is right."""
    question: int = bank["Routing question 0"]["id"]
    return question
