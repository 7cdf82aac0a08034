"""Forms of the desk's pages about rewards. They give fields their labels; what a value may be the domain decides."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional


class RewardForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A reward: what it is, what it costs, how often, how long, and how it looks."""

    key = HiddenField()
    version = HiddenField()
    name_zh = StringField(_("Name in Chinese"), [InputRequired()])
    name_en = StringField(_("Name in English"), [Optional()])
    about_zh = TextAreaField(_("What it is, in Chinese"), [Optional()])
    about_en = TextAreaField(_("What it is, in English"), [Optional()])
    kind = SelectField(_("Kind"))
    points = StringField(_("Price in points"), [InputRequired()])
    merchant_id = SelectField(_("Who offers it"))
    stock = StringField(_("How many lie on the shelf now"), [Optional()])
    low_stock = StringField(_("Warn when so many or fewer are free"), [Optional()])
    quota = StringField(_("How many one member may have"), [Optional()])
    quota_period = SelectField(_("Over which time"))
    voucher_hours = StringField(_("Hours that a voucher waits"), [InputRequired()])
    offered_from = StringField(_("First day"), [Optional()])
    offered_until = StringField(_("Last day"), [Optional()])
    drawing = StringField(_("Picture"), [Optional()])
    picture = FileField(_("A photo of your own"), [Optional()])


class ReturnForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A reward that was handed over is taken back."""

    key = HiddenField()
    reason = StringField(_("Why"), [InputRequired()])
    to_stock = BooleanField(_("The piece lies on the shelf again"))


class StockForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """Pieces that came in, were damaged, or were counted."""

    key = HiddenField()
    count = StringField(_("How many"), [InputRequired()])
    note = StringField(_("Note"), [Optional()])
