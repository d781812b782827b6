"""What X says cannot be seen: the `errors` of a response that are about one tweet or one user."""

import re
from collections.abc import Iterable, Mapping

from growth_service.posts.gone import Gone

_MAX_ERRORS = 1000  # of one response
_ID = re.compile(r"[0-9]{1,20}")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
# The last part of an error's type, and what it says of the thing. Other types are about the request or one field.
_REASONS = {
    "resource-not-found": "not_found",
    "not-authorized-for-resource": "not_authorized",
    "resource-unavailable": "unavailable",
    "disallowed-resource": "forbidden",
}


def told(errors: Iterable[object], seen: set[tuple[str, str]]) -> list[Gone]:
    """The tweets and users that X says are gone, each once. What the response shows (`seen`: kind, id) is not."""
    listed: dict[tuple[str, str], Gone] = {}
    for error in errors:
        if isinstance(error, Mapping) and (gone := _of(error)) and (gone["kind"], gone["id"]) not in seen:
            listed.setdefault((gone["kind"], gone["id"]), gone)
    return list(listed.values())[:_MAX_ERRORS]


def _of(error: Mapping[str, object]) -> Gone | None:
    kind, reason = str(error.get("resource_type")), _reason(error)
    named = error.get("resource_id") or error.get("value")
    if kind not in ("tweet", "user") or reason is None or not isinstance(named, str):
        return None
    # X names users that a text mentions, or that were looked up so, by their handles, which may be digits alone.
    by_handle = kind == "user" and "username" in str(error.get("parameter"))
    if not (_HANDLE if by_handle else _ID).fullmatch(named):
        return None
    return {"kind": kind, "id": named, "reason": reason, "by_handle": by_handle}


def _reason(error: Mapping[str, object]) -> str | None:
    detail, title = (str(error.get(name) or "") for name in ("detail", "title"))
    if "suspended" in detail.lower():
        return "suspended"
    reason = _REASONS.get(str(error.get("type") or "").rpartition("/")[2])
    if reason == "not_found" and title == "Forbidden":
        return "forbidden"
    return reason
