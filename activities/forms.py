"""Forms of the desk's pages about activities. They give fields their labels; what a value may be the domain decides."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Optional


class ActivityForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """An activity to be planned or changed. Times are those of the programme's zone."""

    key = HiddenField()
    version = HiddenField()
    kind = SelectField(_("Kind"), validate_choice=False)
    title = StringField(_("What is it called?"), [InputRequired()])
    place = StringField(_("Where do people meet?"), [InputRequired()])
    day = DateField(_("Day"), [Optional()])
    starts = TimeField(_("Begins at"), [Optional()])
    ends = TimeField(_("Ends at"), [Optional()])
    words = TextAreaField(_("What is done there, and what to bring"), [Optional()])
    rule_code = SelectField(_("What it is awarded as"), validate_choice=False)
    most = StringField(_("Most people"), [Optional()])
    squad_id = SelectField(_("Squad that organises it"), [Optional()], validate_choice=False)
    campaign_id = SelectField(_("Campaign"), [Optional()], validate_choice=False)


class ReasonForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """Why an activity is called off."""

    key = HiddenField()
    reason = StringField(_("Reason"), [InputRequired()])


class ClosingForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """What came of an activity. Numbers are text here: the domain reads them, digit by digit."""

    key = HiddenField()
    leaflets = StringField(_("Leaflets handed out"))
    reached = StringField(_("People reached"))
    hazards = StringField(_("Hazards found"))


class CampaignForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A campaign."""

    key = HiddenField()
    name = StringField(_("Name of the campaign"), [InputRequired()])
    first_day = DateField(_("First day"), [InputRequired()])
    last_day = DateField(_("Last day"), [Optional()])
