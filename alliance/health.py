"""Whether the process lives, and whether it can serve."""

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from core.auth import public
from core.config import ROOT
from core.db import db

views = Blueprint("health", __name__)


def initialise(app: Flask) -> None:
    """Install the two addresses."""
    app.register_blueprint(views)


@views.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@views.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """The database answers and its tables are those of this version; otherwise 503 and what is wrong."""
    try:
        current = MigrationContext.configure(db.session.connection()).get_current_heads()
    except sa.exc.SQLAlchemyError:
        return {"status": "unavailable", "reason": "database"}, 503
    wanted = ScriptDirectory(str(ROOT / "migrations")).get_heads()
    if set(current) != set(wanted):
        return {"status": "unavailable", "reason": "migrations"}, 503
    return {"status": "ok"}
