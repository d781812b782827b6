"""The lists of the study service, as three people see them."""

from collections.abc import Callable
from typing import Any

# The lists: who asks, the address, and the noun.
LISTS = {
    "exams": ("alice", "/api/exams", "exams"),
    "objectives": ("alice", "/api/exams/1/objectives", "objectives"),
    "moderated": ("mo", "/api/questions?limit=100", "questions"),
    "picked": ("alice", "/api/study/questions?examId=1&limit=100&excludeRecentHours=0", "questions"),
    "sessions": ("alice", "/api/study/sessions", "sessions"),
    "progress": ("alice", "/api/progress", "progress"),
    "sessions of bob": ("bob", "/api/study/sessions", "sessions"),
    "progress of bob": ("bob", "/api/progress", "progress"),
}
Ask = Callable[[str, str], Any]


def listed(ask: Ask) -> dict[str, list[dict[str, Any]]]:
    """What every list shows, by id or exam."""
    shown = {}
    for name, (who, path, noun) in LISTS.items():
        response = ask(who, path)
        assert response.status_code == 200, (name, response.json)
        assert response.json.get("next") is None
        shown[name] = sorted(response.json[noun], key=key_of)
        if name == "picked":  # the places of the options are another draw each time
            for question in shown[name]:
                question["answers"].sort(key=lambda option: option["id"])
    return shown


def key_of(row: dict[str, Any]) -> int:
    """The id of a row; of progress, its exam."""
    number: int = row["id"] if "id" in row else row["examId"]
    return number
