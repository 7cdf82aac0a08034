"""Forms of the desk's pages about letters. They give fields their labels; what a text may be the domain decides."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional


class LetterForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A letter to one member."""

    key = HiddenField()
    member_id = HiddenField()
    occasion_zh = TextAreaField(_("What we thank for, in Chinese"), [InputRequired()])
    occasion_en = TextAreaField(_("What we thank for, in English"), [Optional()])


class RevocationForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A letter that is withdrawn."""

    key = HiddenField()
    reason = StringField(_("Reason"), [InputRequired()])
