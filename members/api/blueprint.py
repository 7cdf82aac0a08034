"""The one blueprint of this package's interface."""

from flask import request
from flask_smorest import Blueprint

from core import codes
from core.codes import Code
from core.config import settings

api = Blueprint("members", __name__, url_prefix="/api/v1", description="Members, squads, areas, devices")


def network_address() -> str:
    """Where the request comes from, for limits of tries."""
    return request.remote_addr or ""


def read_code(text: str) -> Code:
    """A code that was typed or scanned. Raises the refusals of `core.codes.parse`."""
    return codes.parse(text, settings().base_url)
