"""Forms of the pages about notices. They give fields their labels; what may stand in them the domain decides."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional


class NoticeForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A notice: written, corrected, or put in the place of another one."""

    key = HiddenField()
    version = HiddenField()
    replaces_id = HiddenField()
    title_zh = StringField(_("Heading, in Chinese"), [InputRequired()])
    text_zh = TextAreaField(_("Text, in Chinese"), [InputRequired()])
    title_en = StringField(_("Heading, in English"), [Optional()])
    text_en = TextAreaField(_("Text, in English"), [Optional()])
    audience = RadioField(
        _("For whom"),
        choices=[
            SelectChoice("everybody", _("All members")),
            SelectChoice("squads", _("Some squads")),
            SelectChoice("areas", _("Some areas")),
        ],
        validate_choice=False,
    )
    squad_ids = SelectMultipleField(_("Squads"), validate_choice=False)
    area_ids = SelectMultipleField(_("Areas, with all that lie in them"), validate_choice=False)
    first_day = DateField(_("First day"), [InputRequired()])
    last_day = DateField(_("Last day"), [InputRequired()])
    pinned = BooleanField(_("Keep it on top"))


class WithdrawalForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A notice that is taken back."""

    key = HiddenField()
    reason = StringField(_("Reason"), [InputRequired()])
