"""Forms of the pages about people. They give fields their labels; what a value may be is decided by the domain."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.validators import Optional


class KeyedForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A form that creates something. The page makes the key, so that a second tap is the same wish."""

    key = HiddenField()


class NewPhoneForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A member's new telephone number, and how the desk knows that it is his."""

    phone = TelField(_("New mobile number"))
    code = StringField(_("Code from the message"), [Optional()])
    reason = StringField(_("How do you know the person?"), [Optional()])


class SignInForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """Telephone and password."""

    phone = TelField(_("Mobile number"))
    password = PasswordField(_("Password"))
    next = HiddenField()


class PhoneForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A telephone to which a code is sent."""

    phone = TelField(_("Mobile number"))
    next = HiddenField()


class CodeForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """The code that was sent."""

    code = StringField(_("Code from the message"))
    next = HiddenField()


class ClaimForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """The code from the desk and one's own telephone."""

    claim_code = StringField(_("Code from the desk"))
    phone = TelField(_("Your own mobile number"))


class ClaimCodeForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """The code from the message, and a password for later."""

    code = StringField(_("Code from the message"))
    password = PasswordField(_("New password"), [Optional()])


class JoinForm(KeyedForm):
    """An application for membership."""

    name = StringField(_("Your name"))
    phone = TelField(_("Mobile number"))
    role = RadioField(
        _("I want to"),
        choices=[SelectChoice("volunteer", _("walk and help")), SelectChoice("resident", _("be a member"))],
    )
    squad_id = SelectField(
        _("Squad"), [Optional()], description=_("A wish; the coordinator decides with you.")
    )
    area_id = SelectField(_("Where I live"), [Optional()])
    endorser = StringField(
        _("Number of a member who knows me"),
        [Optional()],
        description=_("It stands on the member's card. He is asked whether he knows you."),
    )
    consent = BooleanField(
        _("I agree that the alliance keeps my name and telephone number for the membership."),
        description=_("Nobody else gets them. You can leave at any time."),
    )
    code = HiddenField()


class SettingsForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """How pages look and sound."""

    language = RadioField(
        _("Language"), choices=[SelectChoice("zh_Hans_CN", "中文"), SelectChoice("en", "English")]
    )
    theme = RadioField(
        _("Colours"),
        choices=[
            SelectChoice("auto", _("like the phone")),
            SelectChoice("light", _("light")),
            SelectChoice("dark", _("dark")),
        ],
    )
    large_type = BooleanField(_("Large type"), description=_("All text a third larger."))
    speak = BooleanField(_("Read results aloud"))
    listed = BooleanField(
        _("Show me on the leaderboard of members"),
        description=_("Only with a masked name, such as 王*芳; also in weeks and months that are over."),
    )


class LeaveForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """How long to rest."""

    until = DateField(
        _("Last day of leave"), [Optional()], description=_("Empty: until you come back yourself.")
    )


class PasswordForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A new password, with the present one or a code."""

    current = PasswordField(_("Present password"), [Optional()])
    code = StringField(_("or the code from the message"), [Optional()])
    password = PasswordField(_("New password"), description=_("At least eight signs; a few words are best."))


class PinForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A new PIN, with the password or a code."""

    current = PasswordField(_("Present password"), [Optional()])
    code = StringField(_("or the code from the message"), [Optional()])
    pin = StringField(
        _("New PIN"), description=_("Four to six digits. No 1234, no birthday, no phone number.")
    )


class DeletionForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """The wish to be deleted, with the password or the PIN."""

    password = PasswordField(_("Password"), [Optional()])
    pin = PasswordField(_("or the PIN that goes with the card"), [Optional()])


class ManagedForm(KeyedForm):
    """Somebody to look after."""

    name = StringField(_("Name"))
    consent = BooleanField(_("This person has agreed to the membership and to my help."))


class MemberForm(KeyedForm):
    """A member entered at the desk."""

    name = StringField(_("Name"))
    phone = TelField(_("Mobile number"), [Optional()], description=_("Empty for members without a phone."))
    roles = SelectMultipleField(_("Roles"))
    squad_id = SelectField(_("Squad"), [Optional()])
    area_id = SelectField(_("Area"), [Optional()])
    pin = StringField(
        _("PIN for the card"), [Optional()], description=_("Four to six digits, typed by the member.")
    )
    consent = BooleanField(
        _("The member has heard what is kept about him, and agrees"),
        description=_("Otherwise he is asked when he signs in first."),
    )


class SquadForm(KeyedForm):
    """What a squad is called and looks like."""

    name = StringField(_("Name of the squad"))
    kind = SelectField(_("Kind"))
    crest_color = SelectField(_("Colour of the crest"))
    area_id = SelectField(_("Area"), [Optional()])
    founded_on = DateField(_("Founded on"), [Optional()])
    motto = StringField(_("Motto"), [Optional()])


class AreaForm(KeyedForm):
    """A new area."""

    name = StringField(_("Name of the area"))
    level = SelectField(_("Level"))
    parent_id = SelectField(_("Belongs to"), [Optional()])


class DeviceCodeForm(KeyedForm):
    """A join code for a device."""

    label = StringField(_("Name of the device"))
    permissions = SelectMultipleField(_("What it may do"))
    responsible_id = SelectField(_("Who answers for it"))
    days = SelectField(
        _("Join code works for"),
        choices=[
            SelectChoice("1", _("one day")),
            SelectChoice("7", _("a week")),
            SelectChoice("30", _("a month")),
        ],
    )


class PosterForm(KeyedForm):
    """A join code for a poster."""

    label = StringField(_("Where it will hang"))
    squad_id = SelectField(_("Squad"), [Optional()])
    area_id = SelectField(_("Area"), [Optional()])


class DeskPinForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """A PIN that a member without a telephone types at the desk, with the card lying there."""

    card = StringField(_("Code on the card"))
    current = PasswordField(_("Present PIN"), [Optional()], description=_("Only if there is one."))
    pin = PasswordField(_("New PIN"), description=_("Four to six digits, typed by the member."))
    again = PasswordField(_("New PIN once more"))


class DeskForm(FlaskForm):  # type: ignore[misc] # Flask-WTF comes without types
    """Card and PIN of a member at the desk."""

    card = StringField(_("Code on the card"))
    pin = PasswordField(_("PIN"))
