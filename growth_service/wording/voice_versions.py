"""What a voice profile has said, version by version."""

from growth_service.wording import voices
from growth_service.wording.voices import Content, Stored
from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.rows import Page, Shape
from shared_schema.tables import db

_SHAPE = Shape("voice_profile_versions", moments=("created_at",))
_CONTENT = ", ".join(f"w.{column}" for column in Stored.__annotations__)
_PAGE = f"""
    SELECT w.version, w.version = v.version AS current, w.created_at, {_CONTENT}
    FROM voice_profiles v CROSS JOIN voice_profile_versions w ON w.profile_id = v.id
    WHERE v.id = :id AND w.version < :before ORDER BY w.version DESC LIMIT :limit
"""
_LATEST = 2**63 - 1


class Version(Content):
    """What a profile said in one of its versions. `current` is true of the latest."""

    version: int
    current: int
    created_at: int


class VersionRow(Stored):
    """A row of voice_profile_versions."""

    version: int
    current: int
    created_at: int


def page(profile_id: int, after: int, limit: int) -> Page[Version]:
    """The versions of a profile, the latest first, at most `limit` below the version `after` (0: from the latest).

    NotFound without the profile.
    """
    values = {"id": profile_id, "before": after or _LATEST, "limit": limit}
    profile, listed = db.fetch([voices.select(profile_id), Statement(_PAGE, values)])
    voices.stored(profile)
    stored = listed.all(VersionRow)
    usable = rows.usable("voice_profile_versions", stored, _read, "version")
    return Page(usable, stored[-1]["version"] if len(stored) == limit else None)


def _read(row: VersionRow) -> Version:
    rows.checked(row, _SHAPE)
    return {
        **voices.content(row),
        "version": row["version"],
        "current": row["current"],
        "created_at": row["created_at"],
    }
