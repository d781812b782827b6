"""The output of a command: lines or one JSON document on stdout, the rest on stderr; and its exit code."""

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import click
import peewee

from migrations.tool import exits
from migrations.tool.backup import space
from migrations.tool.commands import target
from migrations.tool.commands.target import Target
from shared_schema.database import errors
from shared_schema.environment import ConfigurationError
from shared_schema.releases import files

CODES = f"""
Exit codes: {exits.OK} done, {exits.FOUND} something was found (pending, drift, lint), {exits.USAGE} not understood,
{exits.LATER} not now (another operator, or a deployment that must go first),
{exits.NOTHING_DONE} failed, and nothing was changed, {exits.LOOK} an operator must look,
{exits.HALF_DONE} failed half way: what is listed is done and stays.
"""
# The codes of errors that are not the tool's own.
_CODES_OF_OTHERS: dict[type[Exception], int] = {
    ConfigurationError: exits.USAGE,
    files.Unreadable: exits.NOTHING_DONE,
    FileNotFoundError: exits.NOTHING_DONE,
    PermissionError: exits.NOTHING_DONE,
    peewee.PeeweeException: exits.NOTHING_DONE,
}


@dataclass(slots=True)
class Answer:
    """What a command answers: lines for people, values for programs, and the exit code."""

    lines: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    code: int = exits.OK


def options(
    *, changes: bool = False, files: bool = False, database: bool = True
) -> Callable[[Callable[..., Answer]], Callable[..., None]]:
    """The options that commands share. A command that `changes` a server asks first, unless --yes is given; with
    `files` it asks before it changes a file, too.

    With `database` the command gets its Target as first argument.
    """

    def decorate(command: Callable[..., Answer]) -> Callable[..., None]:
        @functools.wraps(command)
        def wrapped(env: str | None = None, as_json: bool = False, yes: bool = False, **arguments: Any) -> None:
            name = command.__name__.rstrip("_")
            asks = changes and not yes
            call = functools.partial(_call, command, name, env, asks, asks and files, database, arguments)
            sys.exit(_print(name, as_json, call))

        decorated = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")(wrapped)
        if changes:
            decorated = click.option(
                "--yes", is_flag=True, help=f"Do not ask before changing {'it' if files else 'a server'}."
            )(decorated)
        if database:
            help_ = "The database of TURSO_DATABASE_URL_DEV or _PROD."
            decorated = click.option("--env", type=click.Choice(target.ENVIRONMENTS), help=help_)(decorated)
        return decorated

    return decorate


def _call(
    command: Callable[..., Answer],
    name: str,
    env: str | None,
    on_server: bool,
    on_file: bool,
    database: bool,
    arguments: dict[str, Any],
) -> tuple[str | None, Answer]:
    """Run a command; the name of its database, if it has one, and its answer.

    It asks before it changes a server if `on_server`, and a file if `on_file`.
    """
    if not database:
        return None, command(**arguments)
    chosen = target.of(env)
    click.echo(f"database: {chosen.name}", err=True)
    if (on_server if chosen.on_server else on_file) and not arguments.get("dry_run"):
        _confirm(name, chosen)
    try:
        return chosen.name, command(chosen, **arguments)
    except peewee.OperationalError as error:
        if not space.is_full(error):
            raise
        raise space.Full(f"{space.sentence(error, space.place(chosen.settings))}: make room there") from error


def _confirm(name: str, chosen: Target) -> None:
    if not sys.stdin.isatty():
        why = "is a server" if chosen.on_server else "will be replaced"
        raise ConfigurationError(f"{chosen.name} {why}: say --yes to {name} without being asked")
    if not click.confirm(f"{name} on {chosen.name}?", err=True):
        raise ConfigurationError("not confirmed")


def _print(name: str, as_json: bool, call: Callable[[], tuple[str | None, Answer]]) -> int:
    """Run a command, print its answer or its error, and return the exit code."""
    database: str | None = None
    try:
        database, answer = call()
    except Exception as error:  # an error without an exit code is raised again
        code = _code(error)
        if code is None:
            raise
        failed = {"error": {"kind": type(error).__name__, "message": exits.text(error)}}
        answer = Answer([], failed | dict(getattr(error, "values", {})), code)
        click.echo(exits.text(error), err=True)
    if as_json:
        values = {"command": name, "database": database, "exit": answer.code, **answer.values}
        click.echo(json.dumps(values, default=str))
    elif answer.lines:
        click.echo("\n".join(answer.lines))
    return answer.code


def _code(error: Exception) -> int | None:
    """The exit code an error stands for; None for an error that nobody foresaw, which is a bug."""
    if isinstance(error, exits.Stopped):
        return error.exit_code
    if isinstance(getattr(error, "orig", None), errors.OutcomeUnknown):
        return exits.LOOK
    return next((code for kind, code in _CODES_OF_OTHERS.items() if isinstance(error, kind)), None)


class Progress:
    """A bar on a terminal, nothing elsewhere. Called with the name of the work, how much is done, and of how much."""

    def __init__(self) -> None:
        self._what = ""
        self._bar: Any = None
        self._done = 0

    def __call__(self, what: str, done: int, of: int) -> None:
        if not sys.stderr.isatty():
            return
        if what != self._what or done < self._done:
            self.end()
            self._what, self._done = what, 0
            self._bar = click.progressbar(length=max(of, 1), label=what, file=sys.stderr)
            self._bar.__enter__()
        self._bar.update(done - self._done)
        self._done = done

    def end(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            click.echo(err=True)
        self._bar = None
