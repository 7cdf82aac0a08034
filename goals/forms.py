"""The form of a goal. It gives fields their labels; what a value may be the domain decides."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Optional


class GoalForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A goal to be set, or ended. The number is text here: the domain reads it."""

    key = HiddenField()
    kind = SelectField(_("What is counted"), [InputRequired()], validate_choice=False)
    squad_id = SelectField(_("Whose goal"), validate_choice=False)
    aim = StringField(_("Aim"))
    valid_from = DateField(_("From which day on"), [Optional()])
