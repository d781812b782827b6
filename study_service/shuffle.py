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
    begun = hashlib.blake2b(f"{seed}:{question_id}:".encode(), digest_size=8)

    def number(option: Option) -> bytes:
        hashed = begun.copy()  # half the price of a hash that begins anew
        hashed.update(option["id"].encode())
        return hashed.digest()

    fixed = [option for option in listed if option.get("fixed")]
    free = [option for option in listed if not option.get("fixed")] if fixed else listed
    return sorted(free, key=number) + fixed
