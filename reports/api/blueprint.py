"""The blueprint, and what its views share."""

from typing import Any

from flask_smorest import Blueprint

from core.receipts import Answer

api = Blueprint(
    "reports", __name__, url_prefix="/api/v1", description="Reports by residents, homes and bills"
)
AGAIN = "answered before; the same answer again"


def answered(answer: Answer) -> tuple[dict[str, Any], int]:
    """The answer with its status: made now, or before."""
    return answer.body, 200 if answer.replayed else 201
