"""Structured logs on standard output: one JSON object a line, never a telephone number and never a code."""

import logging
import re
import sys
import time
from typing import Any

import structlog
from flask import Flask, g, request
from flask.wrappers import Response

from core.config import Settings

_TELEPHONE = re.compile(r"(?<![\w-])\+?\d{7,15}(?![\w-])")
_CODE = re.compile(r"(?i)(/q[/#]|\b)[CAMPSOVJ][2-9A-HJKMNP-Z]{12,}")

log = structlog.get_logger("alliance")


def initialise(settings: Settings) -> None:
    """Send everything, also what libraries log, through one JSON formatter."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        hide_private,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if getattr(each, "alliance", False)]:
        root.removeHandler(old)
    handler.alliance = True  # type: ignore[attr-defined] # marks our own, so that a second app does not add another
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    # It announces itself whenever the tables' version is looked at, which /readyz does every few seconds.
    logging.getLogger("alembic").setLevel(logging.WARNING)


def hide_private(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace what looks like a telephone number or a code in any text of the event."""
    return {key: _hide(value) for key, value in event.items()}


def _hide(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _TELEPHONE.sub("[number]", _CODE.sub("[code]", value))


def unlogged(app: Flask) -> bool:
    """Whether this request is one that must leave no line (`core.auth.unlogged`)."""
    return getattr(app.view_functions.get(request.endpoint or ""), "unlogged", False)


def watch_requests(app: Flask) -> None:
    """Log every request by its rule, not by its path: a path may hold a code."""

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _finish(response: Response) -> Response:
        if request.endpoint not in {"health.alive", "health.ready"} and not unlogged(app):
            log.info(
                "request",
                method=request.method,
                rule=request.url_rule.rule if request.url_rule else None,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
                actor=str(g.actor.id) if "actor" in g else None,
            )
        return response
