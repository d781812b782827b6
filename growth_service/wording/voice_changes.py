"""Changes of voice profiles. The database counts the versions, and has one active profile at most."""

from collections.abc import Callable

import peewee

from growth_service.wording import voices, words
from growth_service.wording.voices import Content, Row, Voice, Wish
from shared_schema import audit, idempotency, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.database.batch import Query
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Damaged, NotFound, PreconditionFailed, invalid
from shared_schema.tables import db
from shared_schema.tables.voices import CONTENT, VoiceProfile

Columns = dict[str, object]

# In a batch, the profile that has just been added has the greatest id.
_ADDED = "SELECT max(id) FROM voice_profiles"
_LOG_ADDED = (
    f"SELECT id, NULL AS old, {audit.document(VoiceProfile, CONTENT)} AS new FROM voice_profiles WHERE id = ({_ADDED})"
)
_RECEIPT = f"SELECT {idempotency.row_json(VoiceProfile)} FROM voice_profiles WHERE id = "
_EXISTS = "EXISTS (SELECT 1 FROM voice_profiles WHERE id = ? AND deleted_at IS NULL)"
_UNCHANGED = "EXISTS (SELECT 1 FROM voice_profiles WHERE id = ? AND version = ? AND deleted_at IS NULL)"
_INACTIVE = "EXISTS (SELECT 1 FROM voice_profiles WHERE id = ? AND is_active = 0)"
_DELETE = "UPDATE voice_profiles SET deleted_at = unixepoch(), updated_at = unixepoch() WHERE id = ?"
_OTHERS, _THIS = "is_active = 1 AND id <> :id", "is_active = 0 AND id = :id"
_SWITCH = "UPDATE voice_profiles SET is_active = {to}, updated_at = unixepoch() WHERE {which}"
_LOG_SWITCH = """
    SELECT id, json_object('is_active', json(iif(is_active, 'true', 'false'))) AS old,
        json_object('is_active', json(iif(is_active, 'false', 'true'))) AS new
    FROM voice_profiles WHERE {which}
"""
# A list that the code cannot read, and an object that is none.
_NO_LIST = """
    CASE WHEN {column} IS NULL THEN 0 WHEN NOT json_valid({column}) THEN 1 WHEN json_type({column}) <> 'array' THEN 1
        ELSE EXISTS (SELECT 1 FROM json_each({column}) WHERE type <> 'text') END
"""
_NO_OBJECT = """
    CASE WHEN voice_data IS NULL THEN 0 WHEN NOT json_valid(voice_data) THEN 1
        ELSE json_type(voice_data) NOT IN ('object', 'null') END
"""
_BROKEN = " OR ".join([*(f"({_NO_LIST.format(column=column)})" for column in voices.LISTS), f"({_NO_OBJECT})"])


def add(content: Wish, actor: Actor, once: Once) -> Receipt:
    """A new profile, which is not active. The receipt goes to `shown`. Invalid where it contradicts itself."""
    columns = _columns(content)
    _check(columns)
    steps: list[Query] = [
        VoiceProfile.insert(columns),
        audit.entries(actor, "voice_profile.create", "voice_profile", _LOG_ADDED, {}),
    ]
    return once.write(steps, f"{_RECEIPT} ({_ADDED})")


def change(profile_id: int, wish: Wish, expect: Callable[[str], None], actor: Actor) -> Voice:
    """Change what a profile says; what `wish` does not name stays. The profile as it is now, of its next version.

    `expect` is called with the state that was read and raises where the admin has seen another. A change that changes
    nothing writes nothing. Damaged, and nothing changed, where its row cannot be used.
    """
    voice = voices.one(db.fetch([voices.select(profile_id)])[0])
    expect(state(voice))
    before = _columns(voice)
    changes = {column: value for column, value in _columns(wish).items() if value != before[column]}
    if not changes:
        return voice
    if "vocabulary" in wish:
        _check(before | changes)
    new = changes | {"updated_at": peewee.SQL("unixepoch()")}
    results = db.batch(
        [
            require(_UNCHANGED, (profile_id, voice["version"]), otherwise=PreconditionFailed),
            audit.change(actor, "voice_profile.change", "voice_profile", VoiceProfile, profile_id, changes),
            VoiceProfile.update(new).where(VoiceProfile.id == profile_id),
            voices.select(profile_id),
        ]
    )
    return voices.one(results[-1])


def delete(profile_id: int, expect: Callable[[str], None], actor: Actor) -> None:
    """Take a profile away; its versions stay. Conflict for the active one: drafts are written in it."""
    row = voices.stored(db.fetch([voices.select(profile_id)])[0])
    expect(state(row))
    db.batch(
        [
            require(_UNCHANGED, (profile_id, row["version"]), otherwise=PreconditionFailed),
            require(
                _INACTIVE,
                (profile_id,),
                otherwise=lambda: Conflict("this profile is active: activate another one first"),
            ),
            audit.entry(actor, "voice_profile.delete", "voice_profile", profile_id, old={"name": row["name"]}),
            Statement(_DELETE, (profile_id,)),
        ]
    )


def activate(profile_id: int, actor: Actor, once: Once) -> Receipt:
    """Let drafts be written in this voice, and in no other. The receipt goes to `shown`.

    For the active profile, nothing happens. Damaged, and nothing changed, where its row cannot be used.
    """
    which = {"id": profile_id}
    steps: list[Query | Guard] = [
        require(_EXISTS, (profile_id,), otherwise=lambda: NotFound("no such voice profile")),
        *_usable(profile_id),
        audit.entries(actor, "voice_profile.deactivate", "voice_profile", _LOG_SWITCH.format(which=_OTHERS), which),
        Statement(_SWITCH.format(to=0, which=_OTHERS), which),
        audit.entries(actor, "voice_profile.activate", "voice_profile", _LOG_SWITCH.format(which=_THIS), which),
        Statement(_SWITCH.format(to=1, which=_THIS), which),
    ]
    return once.write(steps, f"{_RECEIPT} ?", (profile_id,))


def shown(document: Row) -> Voice:
    """The profile of a receipt."""
    return rows.one("voice_profiles", document, voices.read)


def state(voice: Voice | Row) -> str:
    """What the ETag of a profile stands for: all that is said in it. Whether it is active is not among that."""
    return f"voice profile {voice['id']}, version {voice['version']}"


def _usable(profile_id: int) -> list[Guard]:
    """The steps that stop a batch with Damaged where the profile could not be shown."""
    error = Damaged("voice_profiles", profile_id, " or ".join((*voices.LISTS, "voice_data")), "cannot be used")
    broken = f"EXISTS (SELECT 1 FROM voice_profiles WHERE id = ? AND ({_BROKEN}))"
    return [
        rows.require_usable(voices.SHAPE, profile_id),
        require(f"NOT {broken}", (profile_id,), otherwise=lambda: error),
    ]


def _columns(content: Wish | Content) -> Columns:
    """What a profile says, by column."""
    columns = {name: value for name, value in content.items() if name in CONTENT and name != "vocabulary"}
    if vocabulary := content.get("vocabulary"):
        columns |= {"vocabulary": vocabulary["preferred"], "avoided": vocabulary["avoided"]}
    return columns


def _check(columns: Columns) -> None:
    """Invalid where a word is both preferred and avoided."""
    avoided = {" ".join(words.listed(word)) or word: word for word in _listed(columns, "avoided")}
    for word in _listed(columns, "vocabulary"):
        if (" ".join(words.listed(word)) or word) in avoided:
            raise invalid("vocabulary", f"{word} is both preferred and avoided.")


def _listed(columns: Columns, name: str) -> list[str]:
    texts = columns.get(name)
    return texts if isinstance(texts, list) else []
