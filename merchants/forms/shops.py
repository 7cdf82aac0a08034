"""Forms of a shop's pages. They give fields their labels; the domain decides about values."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from merchants.queries import LIMITS


class ShopForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """What stands on a shop's page. Its opening hours stand beside it: see `merchants.forms.hours`."""

    key = HiddenField()
    name = StringField(_("Name of the shop"))
    name_en = StringField(_("English name"), [Optional()])
    trade_code = SelectField(_("Trade"), validate_choice=False)
    area_id = SelectField(_("Area"), [Optional()], validate_choice=False)
    address = StringField(_("Address"), [Optional()])
    contact_name = StringField(_("Whom to ask for"), [Optional()])
    phone = StringField(_("Telephone of the shop"), [Optional()])
    about = TextAreaField(_("About the shop"), [Optional()])


class EnteredShopForm(ShopForm):
    """A shop that the desk enters for a member."""

    owner_number = StringField(_("Member number of the owner"))


class OfferForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """Something that a shop gives for points."""

    key = HiddenField()
    name = StringField(_("What you give"))
    points = StringField(_("Points"))
    name_en = StringField(_("The same in English"), [Optional()])
    note = StringField(_("Note"), [Optional()])


class ClerkForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """Somebody new at the counter."""

    key = HiddenField()
    member_number = StringField(_("Member number"))
    post = SelectField(_("Post"), validate_choice=False)


class CounterPinForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A counter PIN, typed twice because it is not seen."""

    pin = PasswordField(_("New counter PIN"))
    again = PasswordField(_("The same once more"))


class ReasonForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """An act about a shop, and why."""

    key = HiddenField()
    reason = StringField(_("Reason"))


class LimitsForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A shop's own limits; an empty one is the alliance's."""

    payment_limit = StringField(_("Points in one payment"), [Optional()])
    member_day_limit = StringField(_("Points of one member in a day"), [Optional()])
    day_limit = StringField(_("Points of all members in a day"), [Optional()])

    def typed(self) -> dict[str, str]:
        """What stands in each field, without blanks at its ends."""
        return {name: (self[name].data or "").strip() for name in LIMITS}


class BudgetForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """Points for a shop to give away, or back out of its budget."""

    key = HiddenField()
    act = SelectField(_("What to do"), validate_choice=False)
    points = StringField(_("Points"))
    reason = StringField(_("Reason"))


class DeedForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A good deed of a shop."""

    key = HiddenField()
    rule_code = SelectField(_("Good deed"), validate_choice=False)
    day = DateField(_("Day"), [Optional()])
    note = StringField(_("Note"), [Optional()])


class TradeForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A line of business."""

    code = StringField(_("Short name for programs"))
    name_zh = StringField(_("Name in Chinese"))
    name_en = StringField(_("Name in English"))
    position = StringField(_("Place in the list"))
