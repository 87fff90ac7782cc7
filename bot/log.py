"""How the bot logs: structlog, JSON in production, constant event names, and nothing that looks like a secret.

`configure` is called once by the command line. The session and the delivery are bound once with `bound` by whoever
begins to work on them, and stand in every line below.
"""

import asyncio
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars

from crds.redaction import redact

Line = MutableMapping[str, Any]

bound = bound_contextvars


def without_secrets(_: Any, __: str, line: Line) -> Line:
    """The last processor before rendering: every text of the line is redacted."""
    return {key: _redacted(value) for key, value in line.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(part) for part in value]
    return value if isinstance(value, int | float | bool | None) else redact(str(value))


def configure(format: str, level: str, stream: TextIO | None = None) -> None:
    """Sets up logging for this process: our lines and those of the libraries go to one stream in one form."""
    colours = (stream or sys.stderr).isatty()
    renderer: Any = (
        structlog.processors.JSONRenderer() if format == "json" else structlog.dev.ConsoleRenderer(colors=colours)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    _libraries(shared, renderer, stream)


def as_library_line(_: Any, __: str, line: Line) -> Line:
    """A library's line: its words are no constant, and so not the event's name."""
    record = line.get("_record")
    return {**line, "event": "library_said", "library": getattr(record, "name", ""), "words": line.get("event", "")}


def worth_a_line(record: logging.LogRecord) -> bool:
    """Whether a line of uvicorn's is worth a line of ours: how it cuts open responses at the end is no error."""
    cut = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not (record.name == "uvicorn.error" and (cut or record.msg.startswith("Cancel %s running task")))


def _libraries(shared: list[Any], renderer: Any, stream: TextIO | None) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[as_library_line, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_secrets, renderer],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(worth_a_line)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
