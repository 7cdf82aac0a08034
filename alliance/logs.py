"""Structured logs on standard output: one JSON object a line, never a telephone number, never a code."""

import functools
import logging
import re
import sys
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, g, request
from flask.wrappers import Response

from core import codes
from core.config import Settings

# Ends are ASCII ones: a Chinese word stands against what follows it without a blank, and would count as \w.
_BEGIN = r"(?<![A-Za-z0-9])(?<![A-Za-z0-9]-)"
_END = r"(?!-?[A-Za-z0-9])"
_GAP = r"[-\s()（）‐-–－]"
_SYMBOL = f"[{codes.ALPHABET}{codes.ALPHABET[8:].lower()}]"
_KIND = "[" + "".join(f"{kind}{kind.lower()}" for kind in codes.Kind) + "]"
#: Seven digits and more, however they are grouped, but no day such as 2026-11-22.
_TELEPHONE = re.compile(rf"{_BEGIN}(?!\d{{4}}-\d\d-\d\d(?!\d))\+?\d(?:{_GAP}{{0,2}}\d){{6,14}}{_END}")
_CODE = re.compile(rf"(?<![A-Za-z0-9]){_KIND}{_SYMBOL}{{12,}}")
#: In groups of four as on a plate, and the short form of an activity code. Both look like words in small letters.
_GROUPED = re.compile(
    rf"{_BEGIN}(?:{_KIND}{_SYMBOL}{{3}}(?:{_GAP}{_SYMBOL}{{4}}){{2,}}(?:{_GAP}{_SYMBOL}{{1,4}})?"
    rf"|[Aa]{_SYMBOL}{{3}}{_GAP}?{_SYMBOL}{{{codes.TYPED_SYMBOLS - 3}}}){_END}"
)
_TOKEN = re.compile(r"alliance_[A-Za-z0-9_-]{16,}|(?i:bearer)\s+\S+")
#: Whole numbers of so many digits may be telephones; shorter ones are counts.
_LONG_NUMBER = range(10, 16)

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
    """Replace what looks like a telephone number, a code or a device's token anywhere in the event."""
    # What begins with _ is the formatter's own and is taken out before anything is written.
    return {str(_hide(key)): value if key.startswith("_") else _hide(value) for key, value in event.items()}


def _hide(value: Any) -> Any:
    if value is None or isinstance(value, bool | float | UUID):
        return value
    if isinstance(value, int):
        return "[number]" if len(str(abs(value))) in _LONG_NUMBER else value
    if isinstance(value, Mapping):
        return {str(_hide(key)): _hide(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hide(each) for each in value]
    return _hide_in_text(value if isinstance(value, str) else repr(value))


@functools.lru_cache(maxsize=1024)
def _hide_in_text(text: str) -> str:
    # The names of fields and routes, and who asks, come again with every line.
    text = _CODE.sub("[code]", _TOKEN.sub("[token]", text))
    return _TELEPHONE.sub("[number]", _GROUPED.sub(_unless_words, text))


def _unless_words(found: re.Match[str]) -> str:
    text = found.group()
    return "[code]" if text.isupper() or any(each.isdigit() for each in text) else text


def unlogged(app: Flask) -> bool:
    """Whether this request is one that must leave no line (`core.auth.unlogged`)."""
    return getattr(app.view_functions.get(request.endpoint or ""), "unlogged", False)


def _who(app: Flask) -> str | None:
    """Who asked, where that may stand in the log (`core.auth.logged_nameless`)."""
    nameless = getattr(app.view_functions.get(request.endpoint or ""), "logged_nameless", False)
    return None if nameless or "actor" not in g else str(g.actor.id)


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
                actor=_who(app),
            )
        return response
