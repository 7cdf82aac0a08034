"""Refusals of the members package: one class each, named by its stable code."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused, TooMany, Unauthenticated


class MemberUnknown(NotFound):
    """There is no such member, or not for this reader."""

    code = "member_unknown"


class SquadUnknown(NotFound):
    """There is no such squad."""

    code = "squad_unknown"


class AreaUnknown(NotFound):
    """There is no such area."""

    code = "area_unknown"


class MemberOnLeave(Refused):
    """The member rests. Data: `until`, the last day of leave in ISO form, or None."""

    code = "member_on_leave"


class MemberSuspended(Refused):
    """The membership is suspended."""

    code = "member_suspended"


class MemberLeft(Refused):
    """The member has left the alliance."""

    code = "member_left"


class MemberNotAdmitted(Refused):
    """The application waits for a coordinator."""

    code = "member_not_admitted"


class StatusChangeImpossible(Refused):
    """The status machine has no such step. Data: `status` now, `wanted`."""

    code = "status_change_impossible"


class LeaveDateInvalid(Invalid):
    """Leave ends on a day after today, at most a year ahead. Data: `field`."""

    code = "leave_date_invalid"


class NameInvalid(Invalid):
    """Not a name: empty, too long, or with characters that no hand writes. Data: `field`, `reason`, `longest`."""

    code = "name_invalid"


class PhoneInvalid(Invalid):
    """Not a mobile number that could get a message. Data: `field`."""

    code = "phone_invalid"


class PhoneTaken(Conflict):
    """Another membership has this telephone number; one number signs in one person."""

    code = "phone_taken"


class PasswordTooWeak(Invalid):
    """Too short, too long or among the first that somebody would guess. Data: `field`, `reason`, `shortest`."""

    code = "password_too_weak"


class PinTooWeak(Invalid):
    """Not four to six digits, or such that are guessed first. Data: `field`, `reason`."""

    code = "pin_too_weak"


class ConsentMissing(Invalid):
    """Membership needs the applicant's consent to keep name and telephone number. Data: `field`."""

    code = "consent_missing"


class SignInFailed(Unauthenticated):
    """Telephone and password do not belong together; which of the two is wrong is not said."""

    code = "sign_in_failed"


class CodesNotSent(Refused):
    """Nobody has set up how one-time codes reach a telephone."""

    code = "codes_not_sent"


class PasswordWrong(SignInFailed):
    """Whoever is signed in and changes a secret did not give his present password. Data: `field`."""

    code = "password_wrong"


class OneTimeCodeWrong(Unauthenticated):
    """Wrong, used or too old a one-time code; which of these is not said."""

    code = "one_time_code_wrong"


class PinsDiffer(Invalid):
    """The PIN was typed twice and not alike. Data: `field`."""

    code = "pins_differ"


class PinWrong(Refused):
    """Not the member's PIN. Data: `field`, `tries_left`, at least 1: the last wrong try locks."""

    code = "pin_wrong"


class PinLocked(TooMany):
    """Too many wrong PINs; it opens again by itself, or at the desk. Data: `retry_after`, seconds."""

    code = "pin_locked"


class PinMissing(Refused):
    """The member has no PIN yet. Data: `field`."""

    code = "pin_missing"


class PinOwnPhone(Refused):
    """The member has a telephone of his own and sets the PIN with it, not at the desk."""

    code = "pin_own_phone"


class SignInTooOften(TooMany):
    """Too many tries to sign in. Data: `retry_after`, seconds."""

    code = "sign_in_too_often"


class OneTimeCodeTooOften(TooMany):
    """Too many one-time codes were asked for. Data: `retry_after`, seconds."""

    code = "one_time_code_too_often"


class ApplicationTooOften(TooMany):
    """Too many applications from one address. Data: `retry_after`, seconds."""

    code = "application_too_often"


class MemberCodeForStaff(Forbidden):
    """A card or phone code before somebody to whom it tells nothing: found, his own, valid or not."""

    code = "member_code_for_staff"


class CardUnknown(NotFound):
    """A card that was never issued, or that a newer one has replaced."""

    code = "card_unknown"


class CardRevoked(Refused):
    """The card was reported lost."""

    code = "card_revoked"


class CardExpired(Refused):
    """The card is older than cards may be."""

    code = "card_expired"


class CardMissing(Refused):
    """The member has no valid card to revoke or print."""

    code = "card_missing"


class CodeUsed(Refused):
    """A changing code works once; the phone shows the next one within half a minute."""

    code = "code_used"


class JoinCodeUnknown(NotFound):
    """No join code of ours, or one that was withdrawn."""

    code = "join_code_unknown"


class JoinCodeUsed(Refused):
    """A device has enrolled with this join code already."""

    code = "join_code_used"


class JoinCodeExpired(Refused):
    """The join code is too old."""

    code = "join_code_expired"


class JoinCodePurpose(Refused):
    """The join code is for the other thing: a device or a person. Data: `purpose`."""

    code = "join_code_purpose"


class DevicePermissionUnknown(Invalid):
    """Devices cannot hold this permission. Data: `field`, `permission`."""

    code = "device_permission_unknown"


class ResponsibleLacksPermission(Refused):
    """A device may do no more than the member answerable for it. Data: `permission`."""

    code = "responsible_lacks_permission"


class AwardDeviceNotOwn(Refused):
    """A device awards in the name of whoever made its join code, and in nobody else's. Data: `field`."""

    code = "award_device_not_own"


class DeviceUnknown(NotFound):
    """There is no such device."""

    code = "device_unknown"


class RoleUnknown(Invalid):
    """There is no such role. Data: `field`."""

    code = "role_unknown"


class MemberOutranks(Forbidden):
    """The member is staff; only those who give staff roles manage his account."""

    code = "member_outranks"


class NotOnOneself(Refused):
    """Somebody else of the staff has to do this."""

    code = "not_on_oneself"


class LastAdministrator(Refused):
    """The alliance needs an administrator: appoint another one first."""

    code = "last_administrator"


class CaptainNotInSquad(Refused):
    """Captains are active members of their squad."""

    code = "captain_not_in_squad"


class CaptainsAreTwo(Refused):
    """Captain and acting captain are two people."""

    code = "captains_are_two"


class SquadNameTaken(Conflict):
    """Another squad has this name."""

    code = "squad_name_taken"


class AreaNameTaken(Conflict):
    """Another area in the same place has this name."""

    code = "area_name_taken"


class AreaLevelWrong(Invalid):
    """Below a station are communities, below them grids, below them estates. Data: `field`, `parent_level`."""

    code = "area_level_wrong"


class HelperUnfit(Refused):
    """Whoever is helped cannot help others; a helper is an active member with a sign-in of his own."""

    code = "helper_unfit"


class TooManyManaged(Refused):
    """One member looks after no more accounts than this. Data: `most`."""

    code = "too_many_managed"


class NotManagedByYou(Forbidden):
    """Somebody else looks after this account."""

    code = "not_managed_by_you"


class NotByHelper(Forbidden):
    """Only the member himself or the desk does this, not the one who looks after the account."""

    code = "not_by_helper"


class ClaimCodeWrong(Refused):
    """Wrong, used or too old a claim code; the desk gives a new one."""

    code = "claim_code_wrong"


class NothingToClaim(Refused):
    """The member has a sign-in of his own already."""

    code = "nothing_to_claim"


class MemberErased(Refused):
    """The personal data of this member is gone; nothing can be written into the membership any more."""

    code = "member_erased"


class ConsentOutdated(Refused):
    """Meanwhile there is a newer text about personal data. Data: `field`, `version`."""

    code = "consent_outdated"


class ProofMissing(Invalid):
    """Who wants his personal data gone gives his password, a one-time code or his PIN. Data: `field`."""

    code = "proof_missing"


class DeletionStaff(Refused):
    """The member holds an office of the alliance."""

    code = "deletion_staff"


class DeletionCaptain(Refused):
    """The member leads a squad. Data: `squad`."""

    code = "deletion_captain"


class DeletionDevice(Refused):
    """The member is answerable for a device. Data: `device`."""

    code = "deletion_device"


class DeletionOwed(Refused):
    """The member owes points. Data: `points`."""

    code = "deletion_owed"


class DeletionVoucherOpen(Refused):
    """A voucher of the member can still be fetched. Data: `count`."""

    code = "deletion_voucher_open"


class DeletionPaymentOpen(Refused):
    """Points of the member are held for a payment that is under way. Data: `count`."""

    code = "deletion_payment_open"


class DeletionShopOwner(Refused):
    """The member owns a shop, or has applied for one. Data: `shop`."""

    code = "deletion_shop_owner"


class DeletionRoundOpen(Refused):
    """The member is on a patrol that has not ended."""

    code = "deletion_round_open"


class DeletionAwardWaits(Refused):
    """An award for the member waits for a second coordinator. Data: `count`."""

    code = "deletion_award_waits"


class DeletionReportOpen(Refused):
    """A report of the member is not closed yet. Data: `count`."""

    code = "deletion_report_open"


class DeskSessionMissing(Refused):
    """The member is not known to stand at the desk: scan the card and enter the PIN first."""

    code = "desk_session_missing"


class MergeStatus(Refused):
    """Merged are a member who is here and one who is here or has applied. Data: `field`, `status`."""

    code = "merge_status"


class MergeStaff(Refused):
    """Whoever holds an office of the alliance does not go up in another membership."""

    code = "merge_staff"


class MergeHelps(Refused):
    """The membership that goes looks after others. Data: `count`."""

    code = "merge_helps"


class MergeShopPost(Refused):
    """The membership that goes works at a shop. Data: `shop`."""

    code = "merge_shop_post"


class MergeLeaving(Refused):
    """One of the two wishes his personal data gone. Data: `field`."""

    code = "merge_leaving"


class MergeUnknown(NotFound):
    """There is no such merge."""

    code = "merge_unknown"


class MergeUndone(Refused):
    """The two memberships have been separated again."""

    code = "merge_undone"


class MergeTooOld(Refused):
    """So long after the merge it cannot be undone any more. Data: `days`."""

    code = "merge_too_old"


class MergeChained(Refused):
    """The kept membership was merged into another one since: that comes first."""

    code = "merge_chained"


class MemberMerged(Refused):
    """The membership has gone up in another one. Data: `number` of that one."""

    code = "member_merged"
