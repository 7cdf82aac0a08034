"""Forms of the desk's pages about homes and bills. They give fields their labels; the domain decides about values."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField
from wtforms.validators import Optional


class HomeForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A dwelling that is let."""

    key = HiddenField()
    report = HiddenField()
    address = StringField(_("Address of the home"))
    area_id = SelectField(_("Area"), [Optional()], validate_choice=False)
    term_from = DateField(_("Let from"), [Optional()])
    term_until = DateField(_("Let until"), [Optional()])
    tenants = StringField(_("Tenants"), [Optional()])
    another = BooleanField(_("It is another home"))
    member_number = StringField(_("Member number"))


class BillForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """One receipt of a bill that is paid at the desk."""

    key = HiddenField()
    utility = SelectField(_("Which bill"), validate_choice=False)
    amount = StringField(_("Amount in yuan"))
    receipt_number = StringField(_("Number of the receipt"))
    member_number = StringField(_("Member number"))


class OpeningForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """What lies in the till before the first bill."""

    key = HiddenField()
    opening = StringField(_("Counted in the till, in yuan"))
    why = StringField(_("Why it is another sum"), [Optional()])


class TillForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """What is handed over at the end of the day, and what stays in the till."""

    key = HiddenField()
    handed_over = StringField(_("Handed over, in yuan"))
    counted = StringField(_("Still in the till, counted, in yuan"), [Optional()])
    note = StringField(_("Why it differs"), [Optional()])
