"""Tables of the growth service: the voices that drafts are written in."""

import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, counter, flag, now, refers_to
from shared_schema.tables.table import Table

_STRINGS = shape.List(shape.String())


class VoiceProfile(Table):
    """How our posts sound. One profile is active at most: the bot drafts in that voice."""

    id = peewee.AutoField()
    name = peewee.TextField()
    description = peewee.TextField(null=True)
    tone = peewee.TextField(null=True)
    topics = JSONField(_STRINGS, null=True)
    vocabulary = JSONField(_STRINGS, null=True)  # the words to use; those to avoid are in `avoided`
    examples = JSONField(_STRINGS, null=True)
    voice_data = JSONField(shape.Dict(), null=True)
    is_active = flag("is_active")
    created_at = now()
    updated_at = now()
    avoided = JSONField(_STRINGS, null=True)
    # The latest version of the content. A trigger counts it, whoever changes the content.
    version = counter(1)
    # When the profile was deleted, NULL while it is there. Its versions stay.
    deleted_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "voice_profiles"


VoiceProfile.add_index(
    VoiceProfile.index(
        VoiceProfile.is_active, unique=True, where=VoiceProfile.is_active == 1, name="voice_profiles_one_active"
    )
)


class VoiceProfileVersion(Table):
    """What a profile said in one of its versions. A row is written by triggers and never changes."""

    profile_id = refers_to("voice_profiles", "CASCADE")
    version = peewee.IntegerField()
    name = peewee.TextField()
    description = peewee.TextField(null=True)
    tone = peewee.TextField(null=True)
    topics = JSONField(_STRINGS, null=True)
    vocabulary = JSONField(_STRINGS, null=True)
    avoided = JSONField(_STRINGS, null=True)
    examples = JSONField(_STRINGS, null=True)
    voice_data = JSONField(shape.Dict(), null=True)
    created_at = now()

    class Meta:
        table_name = "voice_profile_versions"
        primary_key = peewee.CompositeKey("profile_id", "version")
        without_rowid = True  # rows are found by their key alone


# The columns that make a version.
CONTENT = ("name", "description", "tone", "topics", "vocabulary", "avoided", "examples", "voice_data")
_KEEP = f"INSERT INTO voice_profile_versions (profile_id, version, {', '.join(CONTENT)})"
_VALUES = ", ".join(f"new.{column}" for column in CONTENT)
_CHANGED = " OR ".join(f"new.{column} IS NOT old.{column}" for column in CONTENT)

# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
#
# Whoever changes the content of a profile makes a version of it, also by hand.
OBJECTS: tuple[str, ...] = (
    f"""
    CREATE TRIGGER voice_profile_versions_first AFTER INSERT ON voice_profiles
    BEGIN {_KEEP} VALUES (new.id, new.version, {_VALUES}); END
    """,
    f"""
    CREATE TRIGGER voice_profile_versions_next AFTER UPDATE OF {", ".join(CONTENT)} ON voice_profiles
    WHEN {_CHANGED}
    BEGIN
        UPDATE voice_profiles SET version = old.version + 1 WHERE id = new.id;
        {_KEEP} VALUES (new.id, old.version + 1, {_VALUES});
    END
    """,
    """
    CREATE TRIGGER voice_profile_versions_no_update BEFORE UPDATE ON voice_profile_versions
    BEGIN SELECT RAISE(ABORT, 'voice_profile_versions: a version stays as it was written'); END
    """,
    # With the profile, its versions go.
    """
    CREATE TRIGGER voice_profile_versions_no_delete BEFORE DELETE ON voice_profile_versions
    WHEN EXISTS (SELECT 1 FROM voice_profiles WHERE id = old.profile_id)
    BEGIN SELECT RAISE(ABORT, 'voice_profile_versions: a version is kept as long as its profile'); END
    """,
)
