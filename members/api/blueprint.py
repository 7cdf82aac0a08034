"""The one blueprint of this package's interface."""

from typing import Any

from flask import request
from flask_smorest import Blueprint

from core import codes
from core.codes import Code
from core.config import settings
from core.receipts import Answer

api = Blueprint("members", __name__, url_prefix="/api/v1", description="Members, squads, areas, devices")


def network_address() -> str:
    """Where the request comes from, for limits of tries."""
    return request.remote_addr or ""


def answered(answer: Answer) -> tuple[dict[str, Any], int]:
    """The body of a creation: 201 the first time, 200 when it is repeated."""
    return answer.body, 200 if answer.replayed else 201


def read_code(text: str) -> Code:
    """A code that was typed or scanned. Raises the refusals of `core.codes.parse`."""
    return codes.parse(text, settings().base_url)
