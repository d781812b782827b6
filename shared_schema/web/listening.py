"""What a service looks at before it starts gunicorn, which would say it in a traceback, or again and again."""

import errno
import io
import os
import socket
from contextlib import redirect_stderr, redirect_stdout

import gunicorn.config
import gunicorn.errors
import gunicorn.util
import gunicorn.workers

from shared_schema import environment
from shared_schema.environment import ConfigurationError
from shared_schema.web.config import Config


def check(config: Config) -> None:
    """Raises ConfigurationError for a port that cannot be had and for settings that gunicorn would not take."""
    environment.integer("WEB_WORKERS", 2, low=1, high=256)
    environment.integer("WEB_THREADS", 8, low=1, high=1024)
    environment.seconds("DEPLOYMENT_BEAT_SECONDS", 30)
    _bound(config, shared=_checked_arguments().reuse_port).close()


def listen(config: Config) -> socket.socket | None:
    """Take the port, for gunicorn. Raises ConfigurationError if somebody has taken it since it was checked.

    None where others may have it, too (--reuse-port): gunicorn's workers then open it one by one.
    """
    arguments = _checked_arguments()
    if arguments.reuse_port:
        return None
    listener = _bound(config, shared=False)
    try:
        listener.listen(arguments.backlog)
    except OSError as error:
        listener.close()
        raise ConfigurationError(_taken(config, error)) from None
    return listener


def address(config: Config) -> str:
    """HOST:PORT, with an IPv6 host in brackets."""
    return f"[{config.host}]:{config.port}" if ":" in config.host else f"{config.host}:{config.port}"


def _bound(config: Config, *, shared: bool) -> socket.socket:
    """A socket that has the port. Two can be bound to it as long as neither listens; `shared` lets both listen."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        place = socket.getaddrinfo(config.host, config.port, family, socket.SOCK_STREAM)[0][4]
    except OSError:
        raise ConfigurationError(f"{config.service.upper()}_HOST: {config.host!r} is no address of a host") from None
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind(place)
    except OSError as error:
        bound.close()
        raise ConfigurationError(_taken(config, error)) from None
    return bound


def _taken(config: Config, error: OSError) -> str:
    prefix = config.service.upper()
    if error.errno == errno.EADDRINUSE:
        return f"{prefix}_PORT: another process listens on {address(config)}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{prefix}_PORT: this user may not listen on {address(config)}; ports from 1024 on are open to everybody"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{prefix}_HOST: {config.host} is not an address of this machine"
    return f"{prefix}_PORT: cannot listen on {address(config)}: {os.strerror(error.errno or 0)}"


def _checked_arguments() -> gunicorn.config.Config:
    """gunicorn's settings with those of GUNICORN_CMD_ARGS, read as gunicorn will read them.

    Its parser prints how it is used and ends the process; that is made into an error.
    """
    settings, printed = gunicorn.config.Config(), io.StringIO()
    try:
        with redirect_stderr(printed), redirect_stdout(printed):
            given = vars(settings.parser().parse_args(settings.get_cmd_args_from_env()))
        for name, value in given.items():
            if value is not None and name != "args":
                settings.set(name.lower(), value)
        if given["worker_class"] and given["worker_class"] not in gunicorn.workers.SUPPORTED_WORKERS:
            gunicorn.util.load_class(given["worker_class"])
        if given["args"]:
            raise ValueError(f"{given['args'][0]!r} is no setting")
    except SystemExit:
        _, _, complaint = printed.getvalue().strip().rpartition("error: ")
        raise ConfigurationError(f"GUNICORN_CMD_ARGS: {complaint.splitlines()[0]}") from None
    except RuntimeError:  # with a traceback as its text
        raise ConfigurationError(f"GUNICORN_CMD_ARGS: there is no worker class {given['worker_class']}") from None
    except (ValueError, TypeError, AttributeError, OSError, gunicorn.errors.ConfigError) as error:
        raise ConfigurationError(f"GUNICORN_CMD_ARGS: {error}") from None
    return settings
