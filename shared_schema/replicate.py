"""`python -m shared_schema.replicate`: keep the replica that `TURSO_REPLICA_PATH` names, until our parent ends."""

import sys

from shared_schema import environment, logs, startup
from shared_schema.database.replica import keep


def main() -> None:
    """Read the environment, check what can be checked before anything starts, and keep the replica."""
    logs.configure(sys.stderr, environment.log_level())
    settings = environment.database()
    if settings.replica is None:
        raise environment.ConfigurationError("TURSO_REPLICA_PATH says which file to keep")
    startup.check_replicator(settings)
    keep.keep(
        settings,
        sync_s=environment.seconds("TURSO_SYNC_SECONDS", 0.2),
        silent_s=environment.seconds("TURSO_WATCHDOG_SECONDS", 30),
    )


if __name__ == "__main__":
    with startup.sentences():
        main()
