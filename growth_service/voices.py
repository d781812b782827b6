"""Provisional: voice profiles are room voices'."""

from typing import TypedDict

ACTIVE = "SELECT id, name FROM voice_profiles WHERE is_active = 1"


class Row(TypedDict):
    id: int
    name: str


Voice = Row


def read(row: Row) -> Voice:
    return row
