"""Addresses on the web: what a link or a picture of a question may point at. Others (javascript:) would do harm."""

import re

LIMIT = 2_000
_WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)


def is_web(text: str) -> bool:
    return len(text) <= LIMIT and _WEB.fullmatch(text) is not None
