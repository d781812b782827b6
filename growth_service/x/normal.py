"""The form in which a text of ours and the post that X makes of it are the same.

X replaces links by its own short ones, adds http:// to bare domains, writes & < > as HTML, puts the mentions of a
conversation in front, and appends links to pictures and to the post that is quoted.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

# What X escapes, and two that other sources escape, too. One pass: what a text itself says in HTML stays.
_ESCAPED = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'"}
_ESCAPE = re.compile("|".join(_ESCAPED))
_SHORT = re.compile(r"https?://t\.co/[A-Za-z0-9]+")
_SCHEME = re.compile(r"https?://(?=\S)", re.IGNORECASE)
# A domain and the rest of its link. It is looked for once in a run of letters and dots, so a long text takes no longer.
_LINK = re.compile(r"(?<![a-z0-9.-])(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,})(?P<rest>[/?#]\S*)?", re.IGNORECASE)
_LAST_SLASH = re.compile(r"/(?=[.,;:!?)]*\Z)")
_PICTURE = re.compile(r"(?:https?://)?pic\.(?:twitter|x)\.com/[A-Za-z0-9]+", re.IGNORECASE)
_PICTURE_PAGE = re.compile(r"/status/[0-9]+/(?:photo|video)/[0-9]+\Z")
_POST_PAGE = re.compile(r"/status/([0-9]+)(?:[/?#]\S*)?\Z")
_LEADING_MENTIONS = re.compile(r"\A(?:@[A-Za-z0-9_]{1,50}(?:\s+|\Z))+")


def of_draft(text: str, quoted_id: str | None = None) -> str:
    """The normal form of a text as we wrote it. `quoted_id` is the post that it quotes."""
    return _form(text, quoted_id)


def of_post(text: str, links: Sequence[Mapping[str, object]], quoted_id: str | None = None) -> str:
    """The normal form of the text of a post of X. `links` are its `entities.urls`, as they came.

    A short link becomes the link as it was written (`expanded_url`), else where it leads (`unwound_url`); without an
    entity it stays. It goes where it leads to a picture of the post.
    """
    written = {str(link.get("url")): _written(link) for link in links}
    # HTML first: an address may have an &amp; of its own.
    plain = _ESCAPE.sub(lambda match: _ESCAPED[match[0]], text)
    return _form(_SHORT.sub(lambda match: written.get(match[0], match[0]), plain), quoted_id)


def _written(link: Mapping[str, object]) -> str:
    leads_to = next((value for name in ("expanded_url", "unwound_url", "url") if (value := link.get(name))), "")
    is_picture = bool(link.get("media_key")) or bool(_PICTURE_PAGE.search(str(leads_to)))
    return "" if is_picture else str(leads_to)


def _form(text: str, quoted_id: str | None) -> str:
    """NFC, without pictures and leading mentions; each link in one spelling, that to the quoted post gone; white space
    is one space.
    """
    plain = _SCHEME.sub("", _PICTURE.sub("", unicodedata.normalize("NFC", text)))
    spelled = _LINK.sub(lambda match: _spelled(match, quoted_id), plain)
    return _LEADING_MENTIONS.sub("", " ".join(spelled.split()))


def _spelled(link: re.Match[str], quoted_id: str | None) -> str:
    """A link with its domain in lower case and no slash at the end; nothing for that to the quoted post."""
    rest = link["rest"] or ""
    page = _POST_PAGE.search(rest)
    if page and page[1] == quoted_id:
        return ""
    return link["host"].lower() + _LAST_SLASH.sub("", rest)
