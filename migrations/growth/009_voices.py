"""Drafts are written in one voice: one profile is active at most, and each change of a profile is a version of its own."""

from typing import Any

ALLOW = {
    "contract": "no release before this one writes voice profiles; the rows that are there are mended here",
    "long-lock": "there is a handful of voice profiles",
}


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "voice_profile_versions" (
            "profile_id" INTEGER NOT NULL REFERENCES "voice_profiles" ("id") ON DELETE CASCADE,
            "version" INTEGER NOT NULL,
            "name" TEXT NOT NULL,
            "description" TEXT,
            "tone" TEXT,
            "topics" TEXT,
            "vocabulary" TEXT,
            "avoided" TEXT,
            "examples" TEXT,
            "voice_data" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            PRIMARY KEY ("profile_id", "version")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        ALTER TABLE "voice_profiles" ADD COLUMN "avoided" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "voice_profiles" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1
        """
    )
    migrator.sql(
        """
        ALTER TABLE "voice_profiles" ADD COLUMN "deleted_at" INTEGER
        """
    )
    # Of several active profiles, which an older database may have, the one that was changed last stays so.
    migrator.sql(
        """
        UPDATE voice_profiles SET is_active = 0
        WHERE is_active = 1 AND id <> (
            SELECT id FROM voice_profiles WHERE is_active = 1 ORDER BY updated_at DESC, id DESC LIMIT 1)
        """
    )
    migrator.sql(
        """
        INSERT INTO voice_profile_versions (profile_id, version, name, description, tone, topics, vocabulary, avoided,
            examples, voice_data, created_at)
        SELECT id, version, name, description, tone, topics, vocabulary, avoided, examples, voice_data, updated_at
        FROM voice_profiles
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "voice_profiles_one_active" ON "voice_profiles" ("is_active") WHERE ("is_active" = 1)
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER voice_profile_versions_first AFTER INSERT ON voice_profiles
        BEGIN INSERT INTO voice_profile_versions (profile_id, version, name, description, tone, topics, vocabulary, avoided, examples, voice_data) VALUES (new.id, new.version, new.name, new.description, new.tone, new.topics, new.vocabulary, new.avoided, new.examples, new.voice_data); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER voice_profile_versions_next AFTER UPDATE OF name, description, tone, topics, vocabulary, avoided, examples, voice_data ON voice_profiles
        WHEN new.name IS NOT old.name OR new.description IS NOT old.description OR new.tone IS NOT old.tone OR new.topics IS NOT old.topics OR new.vocabulary IS NOT old.vocabulary OR new.avoided IS NOT old.avoided OR new.examples IS NOT old.examples OR new.voice_data IS NOT old.voice_data
        BEGIN
            UPDATE voice_profiles SET version = old.version + 1 WHERE id = new.id;
            INSERT INTO voice_profile_versions (profile_id, version, name, description, tone, topics, vocabulary, avoided, examples, voice_data) VALUES (new.id, old.version + 1, new.name, new.description, new.tone, new.topics, new.vocabulary, new.avoided, new.examples, new.voice_data);
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER voice_profile_versions_no_update BEFORE UPDATE ON voice_profile_versions
        BEGIN SELECT RAISE(ABORT, 'voice_profile_versions: a version stays as it was written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER voice_profile_versions_no_delete BEFORE DELETE ON voice_profile_versions
        WHEN EXISTS (SELECT 1 FROM voice_profiles WHERE id = old.profile_id)
        BEGIN SELECT RAISE(ABORT, 'voice_profile_versions: a version is kept as long as its profile'); END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "voice_profile_versions_no_delete"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "voice_profile_versions_no_update"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "voice_profile_versions_next"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "voice_profile_versions_first"
        """
    )
    migrator.sql(
        """
        DROP INDEX "voice_profiles_one_active"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "voice_profiles" DROP COLUMN "avoided"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "voice_profiles" DROP COLUMN "version"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "voice_profiles" DROP COLUMN "deleted_at"
        """
    )
    migrator.sql(
        """
        DROP TABLE "voice_profile_versions"
        """
    )
