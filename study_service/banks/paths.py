"""Paths of question categories as Moodle writes them, in GIFT and in XML: `$course$/top/Routing/TCP//IP`."""

import re

_APART = re.compile(r"(?<!/)/(?!/)")  # a slash in a name is written as two
_TOP = "$course$/top"


def names(path: str) -> tuple[str, ...]:
    """The names in a path, from the outermost in. `$course$/top` says only where the path begins."""
    parts = [part.strip().replace("//", "/") for part in _APART.split(path)]
    parts = [part for part in parts if part]
    if parts and re.fullmatch(r"\$\w+\$", parts[0]):
        del parts[0]
    return tuple(parts[1:] if parts[:1] == ["top"] else parts)


def path(name: str | None) -> str:
    """A path that `names` reads as this name alone, or as none."""
    if name is None:
        return _TOP
    # Three slashes in a row would part nothing, so a space comes before a slash at the beginning; it is not read.
    return f"{_TOP}/{' ' if name.startswith('/') else ''}{name.replace('/', '//')}"
