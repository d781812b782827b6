"""Right and wrong answers to questions of every type, made from their options, and whether an answer is right."""

import random
from typing import Any

Options = list[dict[str, Any]]


def right(kind: str, options: Options) -> Any:
    """What earns everything."""
    keys = [option for option in options if option["isCorrect"]]
    match kind:
        case "multi_select":
            return [option["id"] for option in keys]
        case "drag_drop" if any(option.get("isTarget") for option in options):
            return [[option["id"], option["target"]] for option in options if option.get("target")]
        case "drag_drop":
            return [option["id"] for option in sorted(options, key=lambda option: option["place"])]
        case "hotspot":
            left, top, right_side, bottom = next(option["coords"] for option in keys)
            return {"x": (left + right_side) / 2, "y": (top + bottom) / 2}
        case "short_answer":
            return keys[0]["text"]
        case "numeric":
            return keys[0]["value"]
    return keys[0]["id"]


def wrong(kind: str, options: Options, dice: random.Random) -> Any:
    """What earns nothing."""
    others = [option["id"] for option in options if not option["isCorrect"]]
    match kind:
        case "multi_select":
            return dice.choice(([others[0]], [option["id"] for option in options]))
        case "drag_drop" if any(option.get("isTarget") for option in options):
            pairs = right(kind, options)
            targets = [target for _, target in pairs]
            return [[item, target] for (item, _), target in zip(pairs, targets[1:] + targets[:1], strict=True)]
        case "drag_drop":
            return right(kind, options)[::-1]
        case "hotspot":
            return {"x": 199, "y": 99}
        case "short_answer":
            return "none of that"
        case "numeric":
            return "-99999"
    return dice.choice(others)


def is_right(kind: str, options: Options, selected: Any) -> bool:
    """Whether an answer, of those that are made here, is right by this key."""
    key = right(kind, options)
    if kind == "multi_select":
        return set(key) == set(selected)
    return bool(key == selected)


def fits(kind: str, options: Options, selected: Any) -> bool:
    """Whether the options that were chosen are there."""
    ids = {option["id"] for option in options}
    if kind in ("hotspot", "short_answer", "numeric"):
        return True
    chosen = selected if isinstance(selected, list) else [selected]
    return {part for one in chosen for part in (one if isinstance(one, list) else [one])} <= ids
