"""What of HTML is no text: pictures, sound, formulas; and the words that may stand for them."""

from collections.abc import Iterable

from study_service.banks import addresses
from study_service.banks.bank import Unusable
from study_service.banks.html.tags import Tag

EMPTY = {"embed", "frame", "img"}
DRAWN = {"canvas", "object"}  # show what stands in them where the picture cannot be
_WHAT = {
    "applet": "a program",
    "audio": "a sound",
    "canvas": "a picture",
    "embed": "an embedded file",
    "frame": "another page",
    "iframe": "another page",
    "img": "a picture",
    "math": "a formula",
    "object": "a picture",
    "svg": "a drawing",
    "video": "a video",
}
NAMES = _WHAT.keys()
# Attributes whose words say what is shown. The title of a page in a page is its player's name, if anything.
_LABELS = {
    "audio": ("aria-label", "title"),
    "canvas": ("aria-label",),
    "img": ("alt", "aria-label"),
    "math": ("alttext", "aria-label"),
    "object": ("aria-label",),
    "svg": ("aria-label",),
    "video": ("aria-label", "title"),
}


def words(tag: Tag) -> str:
    """What it shows, as its author says it, or ""."""
    labels = (tag.get(attribute) for attribute in _LABELS.get(tag.name, ()))
    return next(filter(None, labels), "")


def text(name: str, label: str) -> str:
    """What is shown in its place."""
    noun = _WHAT[name].split(" ", 1)[1]
    return f"[{noun}: {label}]" if label else f"[{noun}]"


def loss(name: str, label: str) -> str:
    return f"{_WHAT[name]}: {label}" if label else _WHAT[name]


def unusable(name: str) -> Unusable:
    what = _WHAT[name]
    how = " without a description (alt)" if name in _LABELS else ""
    return Unusable(f"there is {what}{how} in it, and it cannot be understood without")


def only_image(pieces: Iterable[str | Tag]) -> str | None:
    """The address of the one picture, None where there are more or it is not on the web."""
    images = [piece for piece in pieces if isinstance(piece, Tag) and piece.name == "img" and not piece.closes]
    address = images[0].attributes.get("src", "").strip() if len(images) == 1 else ""
    return address if addresses.is_web(address) else None
