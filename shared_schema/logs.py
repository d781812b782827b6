"""Structured logs: one JSON line per event. Tokens and bodies are never logged."""

import logging
import sys
from typing import TextIO

import structlog


def configure(stream: TextIO = sys.stdout) -> None:
    """JSON lines on a stream, for our own logger and for the standard library's."""
    steps: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(processors=steps, logger_factory=structlog.PrintLoggerFactory(stream))
    logging.basicConfig(stream=stream, level=logging.WARNING, force=True)
