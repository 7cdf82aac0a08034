"""The blueprints of the package; the modules beside this one add the addresses."""

from flask_smorest import Blueprint

api = Blueprint("merchants", __name__, url_prefix="/api/v1", description="Partner shops and what they offer")
counter = Blueprint("counter", __name__, url_prefix="/api/v1", description="Points taken at a shop's counter")
settlements = Blueprint(
    "settlements", __name__, url_prefix="/api/v1", description="What shops are owed, month by month"
)

#: What the document says of status 202.
WAITS = "above a limit: a second coordinator has to agree"
