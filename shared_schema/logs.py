"""Structured logs: one JSON line per event. Tokens and bodies are never logged."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import orjson
import structlog

# What all lines of a piece of work, say a request, have in common.
ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039  # nobody changes a mapping that is set
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def configure(stream: TextIO = sys.stdout, level: str = "INFO") -> None:
    """JSON lines on a stream, for our own logger and for the standard library's. A line ends where its event does:
    JSON has no line breaks, whatever a client has sent.

    Other libraries are heard from warnings on, or from `level`, if that is graver.
    """
    steps: list[structlog.types.Processor] = [
        _with_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render = structlog.processors.JSONRenderer(serializer=_json)
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[*steps, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    foreign: list[structlog.types.Processor] = [structlog.stdlib.add_logger_name, *steps]
    shown: list[structlog.types.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, render]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processors=shown))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def _with_ids(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """For structlog, whose own variables cost a copy of the context for each line."""
    return {**ids.get(), **line}


def _json(line: Any, **_: object) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
