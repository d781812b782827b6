"""The command `studio`."""

import importlib.util
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from migrations.tool.backup import build, make, space
from migrations.tool.commands.arguments import existing
from migrations.tool.commands.console import Answer, options
from migrations.tool.commands.target import Target


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@options()
def studio(target: Target, port: int) -> Answer:
    """Look at the database in a browser, read-only; of a server, at a copy of this moment."""
    db = existing(target)
    if target.settings.path:
        return Answer(code=_serve(target.settings.path, port))
    with tempfile.TemporaryDirectory() as scratch:
        with space.watched(Path(scratch), "make room there, or choose another directory by TMPDIR"):
            made = make.write(db, Path(scratch) / "copy.sql.gz", target.source)
            copy = build.fresh(Path(scratch) / "copy.db")
            build.fill(copy, made.path, made.manifest)
        copy.close()
        return Answer(code=_serve(f"{scratch}/copy.db", port))


def _serve(path: str, port: int) -> int:
    """Show a database file in a browser until a signal stops us, and leave no process running."""
    if importlib.util.find_spec("sqlite_web") is None:
        raise FileNotFoundError("sqlite_web is not installed: it comes with `make .venv/test`")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    page = subprocess.Popen([sys.executable, "-m", "migrations.tool.commands.page", str(port), path])  # noqa: S603 - our own module by this Python, without a shell
    try:
        return page.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        page.terminate()
        page.wait()
