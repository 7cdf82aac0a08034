"""Forms of the desk's pages about patrols. They give fields their labels; what a value may be the domain decides."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional


class CheckpointForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A checkpoint. Coordinates are decimal degrees, as maps show them."""

    key = HiddenField()
    name = StringField(_("Name of the point"), [InputRequired()])
    hint = StringField(_("Where the plate hangs"), [Optional()])
    area_id = SelectField(_("Area"), [Optional()])
    latitude = StringField(_("Latitude"), [Optional()])
    longitude = StringField(_("Longitude"), [Optional()])


class RouteForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A route. The order of walking is the order of the numbers typed beside the points."""

    key = HiddenField()
    name = StringField(_("Name of the route"), [InputRequired()])
    squad_id = SelectField(_("Squad"), [Optional()])
    area_id = SelectField(_("Area"), [Optional()])
    ordered = BooleanField(_("The points must be visited in this order"))
    minimum_points = IntegerField(_("Points that are needed"), [Optional()])
    minimum_minutes = IntegerField(_("Minutes that are needed"), [InputRequired()])
    cooldown_minutes = IntegerField(_("Minutes until the same member may walk it again"), [InputRequired()])
    time_out_minutes = IntegerField(_("Minutes after which a round ends by itself"), [InputRequired()])
    opens_at = StringField(_("May begin from"), [Optional()])
    closes_at = StringField(_("May begin until"), [Optional()])
    rule_code = SelectField(_("What it pays"))


class OpenRoundForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A round for people without a phone."""

    key = HiddenField()
    route_id = SelectField(_("Route"))
    walkers = TextAreaField(_("Who walks"), [InputRequired()])


class JudgeForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A coordinator's word about a round that looked odd."""

    key = HiddenField()
    reason = TextAreaField(_("Reason"), [InputRequired()])
