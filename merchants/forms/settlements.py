"""Forms of settlement. They give fields their labels; what a value may be the domain decides."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField


class AgreementForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """How the desk saw the shop's consent."""

    key = HiddenField()
    note = StringField(_("Who signed on paper, and when"))


class PayoutForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """How a statement was paid."""

    key = HiddenField()
    paid_on = DateField(_("Paid on"))
    reference = StringField(_("Reference"))


class RateForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """What a point is worth from a day on. The number is text here: the domain reads it, digit by digit."""

    key = HiddenField()
    scope = SelectField(_("For"), validate_choice=False)
    cents_per_point = StringField(_("Cents for one point"))
    valid_from = DateField(_("First day"))
