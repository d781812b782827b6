"""The order in which the options of a question are delivered: by a seed, so that their places never tell the key."""

import hashlib
from collections.abc import Sequence
from typing import NotRequired, TypedDict, TypeVar


class Placed(TypedDict):
    """What the place of an option depends on."""

    id: str
    fixed: NotRequired[bool]


Option = TypeVar("Option", bound=Placed)


def options(seed: int, question_id: int, listed: Sequence[Option]) -> list[Option]:
    """The options in the order of this delivery; those marked as `fixed` come last, in their author's order.

    The same seed gives the same order. Each option has its own pseudo-random number, made of the seed, the question
    and the option's id alone, so every order is as likely as every other and none depends on which option is right.
    """
    place = f"{seed}:{question_id}:"
    free = [option for option in listed if not option.get("fixed")]
    free.sort(key=lambda option: hashlib.blake2b((place + option["id"]).encode(), digest_size=8).digest())
    return free + [option for option in listed if option.get("fixed")]
