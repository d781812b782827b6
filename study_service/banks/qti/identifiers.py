"""Identifiers of a file that we have written: any id as a name that XML takes, and back."""

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from study_service.banks.bank import ID_LIMIT, Choice, Objective, Unusable

TOOL = "PingToPass"  # in the toolName of what we write: in other files no identifier means another
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_NONE, _CODELESS, _HEX, REFERENCE = "n-", "d-", "x-", "ref-"


def written(name: str | None, number: int) -> str:
    """An identifier for a thing of this name, or for the thing of this number if it has none."""
    if name is None:
        return f"{_NONE}{number}"
    if _NAME.fullmatch(name) and not name.startswith((_NONE, _CODELESS, _HEX, REFERENCE)):
        return name
    return _HEX + name.encode().hex()


def read(identifier: str) -> str | None:
    """The name that `written` has made an identifier of."""
    if identifier.startswith(_NONE):
        return None
    if not identifier.startswith(_HEX):
        return identifier
    try:
        return bytes.fromhex(identifier.removeprefix(_HEX)).decode()
    except ValueError:
        return identifier


def is_ours(root: Element) -> bool:
    return root.get("toolName") == TOOL


def of_item(root: Element) -> str | None:
    """The item's own id."""
    identifier = root.get("identifier", "").strip()
    if len(name := (read(identifier) if is_ours(root) else identifier) or "") > ID_LIMIT:
        raise Unusable(f"its identifier is longer than {ID_LIMIT} characters")
    return name or None


def restored(root: Element, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The options with the names they had before we wrote them."""
    if any(len(choice.name or "") > ID_LIMIT * 8 for choice in choices):
        raise Unusable(f"an identifier in it is longer than {ID_LIMIT} characters")
    if not is_ours(root):
        return tuple(choices)
    renamed = [replace(choice, name=read(choice.name) if choice.name else None) for choice in choices]
    # A target without a name that belongs to an option was none of its own.
    used = {choice.target for choice in choices}
    return tuple(choice for choice in renamed if not choice.is_target or choice.name or choice.text not in used)


def section(objective: Objective | None, number: int) -> str:
    """The identifier of the section of an objective: its code, or whether the bank describes it at all."""
    if objective is None:
        return written(None, number)
    return f"{_CODELESS}{number}" if objective.code is None else written(objective.code, number)


def objective(element: Element) -> list[Objective]:
    """The objective that a section of ours describes, if it does."""
    identifier, title = element.get("identifier", ""), element.get("title", "")
    if identifier.startswith(_NONE) or not title:
        return []
    return [Objective(title, code=None if identifier.startswith(_CODELESS) else read(identifier))]
