"""Forms of the pages about points. They give fields their labels; what a value may be is decided by the domain."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Optional


class AwardForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """One deed for one member. The page makes the key, so that a second tap is the same wish."""

    key = HiddenField()
    rule_code = RadioField(_("What was done?"), validate_choice=False)
    who = StringField(_("Who did it?"))
    member_id = HiddenField()
    done_on = DateField(_("Day of the deed"), [Optional()])
    memo = StringField(_("Note"))


class WithdrawalForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """Why an award is taken back."""

    key = HiddenField()
    reason = StringField(_("Reason"))


class RuleForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A rule of the tariff, or its next version. Numbers are text here: the domain reads them, digit by digit."""

    code = StringField(_("Code for programs"))
    based_on = HiddenField()
    name_zh = StringField(_("Name in Chinese"))
    name_en = StringField(_("Name in English"))
    category = SelectField(_("Category"), validate_choice=False)
    points = StringField(_("Points"))
    daily_cap = StringField(_("Most times a day"), [Optional()])
    weekly_cap = StringField(_("Most times a week"), [Optional()])
    valid_from = DateField(_("First day"), [InputRequired(_("This is needed."))])
    last_day = DateField(_("Last day"), [Optional()])
