"""What programs send and get about people."""

import marshmallow as ma

from core.fields import Day, KeyIn, PageIn, YesOrNo, text
from members import rules


def _known(values: tuple[str, ...]) -> ma.validate.OneOf:
    return ma.validate.OneOf(values)


def _short(longest: int, shortest: int = 0) -> ma.validate.Length:
    return ma.validate.Length(min=shortest or None, max=longest)


_PHONE = _short(40)
_SECRET = _short(1000)


# --- Session ---------------------------------------------------------------------------------------------------------


class SignInIn(ma.Schema):
    """Telephone with either password or one-time code."""

    phone = ma.fields.String(required=True, validate=_PHONE)
    password = ma.fields.String(validate=_SECRET)
    code = ma.fields.String(validate=_PHONE)

    @ma.validates_schema
    def one_of_both(self, data: dict[str, str], **_more: object) -> None:
        """Exactly one proof."""
        if ("password" in data) == ("code" in data):
            raise ma.ValidationError("Give either a password or a code.", "password")


class OneTimeCodeIn(ma.Schema):
    """Ask for a one-time code."""

    phone = ma.fields.String(required=True, validate=_PHONE)
    purpose = ma.fields.String(load_default="sign_in", validate=_known(("sign_in", "password", "phone")))


class SessionOut(ma.Schema):
    """Who is signed in, and the token that every changing request of this session sends as X-CSRF-Token."""

    member_id = ma.fields.UUID(allow_none=True, required=True)
    name = ma.fields.String(required=True)
    permissions = ma.fields.List(ma.fields.String(), required=True)
    csrf_token = ma.fields.String(required=True)


# --- Oneself ---------------------------------------------------------------------------------------------------------


class MeOut(ma.Schema):
    """The member in whose name this session acts."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    spoken_number = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=_known(rules.STATUSES))
    on_leave_until = ma.fields.Date(allow_none=True, required=True)
    squad_id = ma.fields.UUID(allow_none=True, required=True)
    area_id = ma.fields.UUID(allow_none=True, required=True)
    roles = ma.fields.List(ma.fields.String(), required=True)
    language = ma.fields.String(required=True)
    theme = ma.fields.String(required=True)
    large_type = ma.fields.Boolean(required=True)
    speak = ma.fields.Boolean(required=True)
    listed = ma.fields.Boolean(required=True)
    helped_by = ma.fields.String(
        allow_none=True, required=True, metadata={"description": "name of who acts now"}
    )


class MyDataOut(ma.Schema):
    """Everything that is kept about the member: stable names, times with their offset, no hash of anything."""

    made_at = ma.fields.String(required=True)
    profile = ma.fields.Dict(keys=ma.fields.String(), required=True)
    consents = ma.fields.List(ma.fields.Dict(keys=ma.fields.String()), required=True)
    deletion_due_at = ma.fields.String(allow_none=True, required=True)
    tables = ma.fields.Dict(keys=ma.fields.String(), required=True)


class DeletionIn(ma.Schema):
    """Who wants his personal data gone is known once more by one of these."""

    password = ma.fields.String(validate=_SECRET)
    code = ma.fields.String(validate=_PHONE)
    pin = ma.fields.String(validate=_PHONE)


class DeletionOut(ma.Schema):
    """From when on the personal data is gone, unless the wish is called off before."""

    due_at = ma.fields.AwareDateTime(required=True)


class SettingsIn(ma.Schema):
    """Settings to change; what is absent stays."""

    language = ma.fields.String(validate=_known(rules.LANGUAGES))
    theme = ma.fields.String(validate=_known(rules.THEMES))
    large_type = YesOrNo()
    speak = YesOrNo()
    listed = YesOrNo()


class PhoneCodeOut(ma.Schema):
    """The code on the member's phone. Ask for the next one at `renew_at`."""

    code = ma.fields.String(required=True)
    address = ma.fields.String(required=True)
    svg = ma.fields.String(required=True)
    grouped = ma.fields.String(required=True)
    renew_at = ma.fields.AwareDateTime(required=True)
    valid_until = ma.fields.AwareDateTime(required=True)


class LeaveIn(ma.Schema):
    """Rest until the end of this day (programme's zone), or until called back."""

    until = ma.fields.Date(load_default=None, allow_none=True)


class ManagedIn(KeyIn):
    """Somebody without a phone to look after."""

    name = text(rules.LONGEST_NAME, required=True)
    consent = YesOrNo(required=True)
    squad_id = ma.fields.UUID(load_default=None, allow_none=True)
    area_id = ma.fields.UUID(load_default=None, allow_none=True)


# --- Members ---------------------------------------------------------------------------------------------------------


class ApplyIn(KeyIn):
    """An application for membership."""

    name = text(rules.LONGEST_NAME, required=True)
    phone = ma.fields.String(required=True, validate=_PHONE)
    consent = YesOrNo(required=True)
    role = ma.fields.String(load_default="volunteer", validate=_known(rules.OPEN_ROLES))
    squad_id = ma.fields.UUID(load_default=None, allow_none=True)
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    join_code = ma.fields.String(load_default=None, allow_none=True, validate=_short(1000))
    endorser = ma.fields.String(
        load_default="",
        validate=_short(400),
        metadata={"description": "number or card of a member who knows the applicant"},
    )


class AppliedOut(ma.Schema):
    """The same for everybody: it does not tell whether the telephone is a member's."""

    applied = ma.fields.Boolean(required=True)


class MemberIn(KeyIn):
    """A member entered at the desk."""

    name = text(rules.LONGEST_NAME, required=True)
    phone = ma.fields.String(load_default=None, allow_none=True, validate=_PHONE)
    roles = ma.fields.List(
        ma.fields.String(validate=_known(rules.ROLES)),
        load_default=lambda: ["volunteer"],
        validate=_short(len(rules.ROLES)),
    )
    squad_id = ma.fields.UUID(load_default=None, allow_none=True)
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    language = ma.fields.String(load_default=rules.LANGUAGES[0], validate=_known(rules.LANGUAGES))
    password = ma.fields.String(load_default=None, allow_none=True, validate=_SECRET)
    pin = ma.fields.String(load_default=None, allow_none=True, validate=_SECRET)
    consent = YesOrNo(
        load_default=False,
        metadata={"description": "he has agreed at the desk; else he is asked when he signs in first"},
    )


class MemberCreatedOut(ma.Schema):
    """The new member."""

    member_id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)


class MembersIn(PageIn):
    """Which members: number, telephone or the beginning of a name, and filters; an area with all below it."""

    search = text(rules.LONGEST_NAME, load_default="")
    status = ma.fields.String(load_default=None, validate=_known(rules.STATUSES))
    squad_id = ma.fields.UUID(load_default=None)
    area_id = ma.fields.UUID(load_default=None)
    role = ma.fields.String(load_default=None, validate=_known(rules.ROLES))
    without_squad = ma.fields.Boolean(load_default=False)
    without_phone = ma.fields.Boolean(load_default=False)
    joined_since = Day(load_default=None)


class MemberLineOut(ma.Schema):
    """A member in a list; of the telephone only its end."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    squad_id = ma.fields.UUID(allow_none=True, required=True)
    area_id = ma.fields.UUID(allow_none=True, required=True)
    helper_id = ma.fields.UUID(allow_none=True, required=True)
    phone_end = ma.fields.String(allow_none=True, required=True)
    on_leave_until = ma.fields.Date(allow_none=True, required=True)


class MembersOut(ma.Schema):
    """A page of members."""

    items = ma.fields.List(ma.fields.Nested(MemberLineOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)


class MemberOut(ma.Schema):
    """One member's record, for staff."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    spoken_number = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    phone = ma.fields.String(allow_none=True, required=True)
    status = ma.fields.String(required=True)
    on_leave_until = ma.fields.Date(allow_none=True, required=True)
    roles = ma.fields.List(ma.fields.String(), required=True)
    squad_id = ma.fields.UUID(allow_none=True, required=True)
    area_id = ma.fields.UUID(allow_none=True, required=True)
    helper_id = ma.fields.UUID(allow_none=True, required=True)
    listed = ma.fields.Boolean(required=True)
    language = ma.fields.String(required=True)
    card_generation = ma.fields.Integer(required=True)
    card_issued_at = ma.fields.AwareDateTime(allow_none=True, required=True)
    card_revoked_at = ma.fields.AwareDateTime(allow_none=True, required=True)
    admitted_at = ma.fields.AwareDateTime(allow_none=True, required=True)
    created_at = ma.fields.AwareDateTime(required=True)


class RolesIn(ma.Schema):
    """All roles that the member shall hold."""

    roles = ma.fields.List(
        ma.fields.String(validate=_known(rules.ROLES)), required=True, validate=_short(len(rules.ROLES))
    )


class PlaceIn(ma.Schema):
    """Squad and area; null takes the member out."""

    squad_id = ma.fields.UUID(required=True, allow_none=True)
    area_id = ma.fields.UUID(required=True, allow_none=True)


class StatusIn(ma.Schema):
    """The status that the member shall have. `reason` is needed to suspend, and to admit without
    endorsements; `until` may limit a leave."""

    status = ma.fields.String(required=True, validate=_known(("active", "on_leave", "suspended", "left")))
    reason = text(rules.LONGEST_MOTTO, load_default="")
    until = ma.fields.Date(load_default=None, allow_none=True)


class CardOut(ma.Schema):
    """An issued card; how many the member has had."""

    member_id = ma.fields.UUID(required=True)
    generation = ma.fields.Integer(required=True)


# --- Squads and areas ------------------------------------------------------------------------------------------------


class SquadOut(ma.Schema):
    """A squad; `active_members` counts neither members on leave nor suspended ones."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=_known(rules.SQUAD_KINDS))
    crest_color = ma.fields.String(required=True, validate=_known(rules.CREST_COLORS))
    area_id = ma.fields.UUID(allow_none=True, required=True)
    captain_id = ma.fields.UUID(allow_none=True, required=True)
    acting_captain_id = ma.fields.UUID(allow_none=True, required=True)
    active_members = ma.fields.Integer(required=True)
    founded_on = ma.fields.Date(allow_none=True, required=True)
    motto = ma.fields.String(required=True)


class SquadsOut(ma.Schema):
    """All squads by name."""

    items = ma.fields.List(ma.fields.Nested(SquadOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)


class SquadChangeIn(ma.Schema):
    """What a squad is called and looks like."""

    name = text(rules.LONGEST_NAME, required=True)
    kind = ma.fields.String(load_default="patrol", validate=_known(rules.SQUAD_KINDS))
    crest_color = ma.fields.String(required=True, validate=_known(rules.CREST_COLORS))
    area_id = ma.fields.UUID(load_default=None, allow_none=True)
    founded_on = ma.fields.Date(load_default=None, allow_none=True)
    motto = text(rules.LONGEST_MOTTO, load_default="")


class SquadIn(SquadChangeIn, KeyIn):
    """A new squad; without a colour it gets the rarest one."""

    crest_color = ma.fields.String(load_default=None, allow_none=True, validate=_known(rules.CREST_COLORS))


class SquadCreatedOut(ma.Schema):
    """The new squad."""

    squad_id = ma.fields.UUID(required=True)


class CaptainsIn(ma.Schema):
    """Who leads the squad and who stands in; null leaves a post empty."""

    captain_id = ma.fields.UUID(required=True, allow_none=True)
    acting_captain_id = ma.fields.UUID(load_default=None, allow_none=True)


class AreaOut(ma.Schema):
    """An area; `path` are the names from the station down to it."""

    id = ma.fields.UUID(required=True)
    parent_id = ma.fields.UUID(allow_none=True, required=True)
    level = ma.fields.String(required=True, validate=_known(rules.AREA_LEVELS))
    name = ma.fields.String(required=True)
    path = ma.fields.List(ma.fields.String(), required=True)


class AreasOut(ma.Schema):
    """All areas, parents before children."""

    items = ma.fields.List(ma.fields.Nested(AreaOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)


class AreaIn(KeyIn):
    """A new area."""

    name = text(rules.LONGEST_NAME, required=True)
    level = ma.fields.String(required=True, validate=_known(rules.AREA_LEVELS))
    parent_id = ma.fields.UUID(load_default=None, allow_none=True)


class AreaChangeIn(ma.Schema):
    """What an area is called and belongs to; it stays of its level."""

    name = text(rules.LONGEST_NAME, required=True)
    parent_id = ma.fields.UUID(required=True, allow_none=True)


class AreaCreatedOut(ma.Schema):
    """The new area."""

    area_id = ma.fields.UUID(required=True)


# --- Devices ---------------------------------------------------------------------------------------------------------


class DeviceCodeIn(KeyIn):
    """A join code for one device."""

    label = text(rules.LONGEST_NAME, required=True)
    permissions = ma.fields.List(
        ma.fields.String(validate=_known(tuple(sorted(rules.DEVICE_PERMISSIONS)))),
        required=True,
        validate=_short(len(rules.DEVICE_PERMISSIONS), 1),
    )
    responsible_id = ma.fields.UUID(required=True)
    days = ma.fields.Integer(
        load_default=1, strict=True, validate=ma.validate.Range(1, rules.MOST_JOIN_CODE_DAYS)
    )


class DeviceCodeOut(ma.Schema):
    """The join code; `code` and `address` are null when this request was answered before."""

    join_code_id = ma.fields.UUID(required=True)
    code = ma.fields.String(allow_none=True, required=True)
    address = ma.fields.String(allow_none=True, required=True)


class EnrolIn(ma.Schema):
    """A device enrols itself."""

    code = ma.fields.String(required=True, validate=_short(1000))
    name = text(rules.LONGEST_NAME, required=True)


class EnrolledOut(ma.Schema):
    """The device's id, and its token, which is told only now."""

    device_id = ma.fields.UUID(required=True)
    token = ma.fields.String(required=True)


class DeviceOut(ma.Schema):
    """An enrolled device."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    permissions = ma.fields.List(ma.fields.String(), required=True)
    responsible_id = ma.fields.UUID(required=True)
    responsible_name = ma.fields.String(required=True)
    enrolled_at = ma.fields.AwareDateTime(required=True)
    last_used_at = ma.fields.AwareDateTime(allow_none=True, required=True)
    revoked_at = ma.fields.AwareDateTime(allow_none=True, required=True)


class DevicesOut(ma.Schema):
    """All devices."""

    items = ma.fields.List(ma.fields.Nested(DeviceOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)
