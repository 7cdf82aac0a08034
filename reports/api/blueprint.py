"""The blueprint, and what its views share."""

from flask_smorest import Blueprint

api = Blueprint(
    "reports", __name__, url_prefix="/api/v1", description="Reports by residents, homes and bills"
)
