"""Sentences for the refusals of `members`."""

from flask_babel import lazy_gettext as _

_SEE_LIST = _("Go back to the list and choose again.")
_ASK = _("Ask a coordinator.")
_NEW_JOIN_CODE = _("Ask the alliance for a new code.")
_NEW_CARD = _("The desk prints a new one while you wait.")

PROBLEMS = {
    "member_unknown": (_("We do not know this member."), _SEE_LIST),
    "squad_unknown": (_("There is no such squad."), _SEE_LIST),
    "area_unknown": (_("There is no such area."), _SEE_LIST),
    "member_on_leave": (
        _("This member is on leave and rests."),
        _("End the leave under Me, or ask a coordinator; then do it again."),
    ),
    "member_suspended": (_("This membership is suspended."), _("Please talk to a coordinator.")),
    "member_left": (_("This member has left the alliance."), _("A coordinator can admit him again.")),
    "member_not_admitted": (
        _("This membership still waits for a coordinator."),
        _("Wait for the answer, or come to the desk."),
    ),
    "status_change_impossible": (
        _("This step is not possible for this membership now."),
        _("Load the page again and look at the present state."),
    ),
    "leave_date_invalid": (
        _("Leave ends on a day after today, within a year."),
        _("Choose another day, or leave the day empty."),
    ),
    "name_invalid": (
        _("This text is empty, too long, or has signs that cannot be written by hand."),
        _("Write it again, without special signs."),
    ),
    "name_invalid.empty": (_("Nothing is written here."), _("Write something and send it again.")),
    "name_invalid.too_long": (
        _("This text is too long: %(longest)s characters at most."),
        _("Shorten it and send it again."),
    ),
    "name_invalid.characters": (
        _("This text has signs that cannot be written by hand, or no letter at all."),
        _("Write it again, without special signs."),
    ),
    "phone_invalid": (
        _("This is not a mobile number."),
        _("Write its eleven digits, for example 138 0013 8000."),
    ),
    "phone_taken": (
        _("Another membership has this telephone number."),
        _("Sign in with it, or use another number."),
    ),
    "password_too_weak": (
        _("This password is too easy to guess, too short or too long."),
        _("Take at least %(shortest)s signs: a few words that only you put together."),
    ),
    "pin_too_weak": (
        _(
            "A PIN has four to six digits, and none that others would guess: no 1234, no birthday, no phone number."
        ),
        _("Choose other digits."),
    ),
    "consent_missing": (
        _("Without consent we may not keep name and telephone number."),
        _("Tick the box if you agree."),
    ),
    "sign_in_failed": (
        _("Telephone number and password do not belong together."),
        _("Try again. Forgotten the password? The sign-in page says how else you get in."),
    ),
    "codes_not_sent": (
        _("No codes are sent to telephones here."),
        _("Sign in with your password. The desk gives you a code with which you set one."),
    ),
    "password_wrong": (
        _("This is not your present password."),
        _("Type it again, or let us send you a code."),
    ),
    "one_time_code_wrong": (
        _("This code is wrong, used or too old."),
        _("Look at the newest message, or ask for a new code."),
    ),
    "pins_differ": (_("The two PINs are not alike."), _("Type the same PIN twice.")),
    "pin_wrong": (
        _("This is not the right PIN."),
        _("Enter it again. Tries left before it is locked: %(tries_left)s."),
    ),
    "pin_locked": (
        _("The PIN was wrong too often and is locked."),
        _("A coordinator at the desk can unlock it now; by itself it opens within a day."),
    ),
    "pin_missing": (
        _("There is no PIN yet."),
        _("Set one under Me, or at the desk with the card."),
    ),
    "pin_own_phone": (
        _("This member has a phone and sets the PIN with it."),
        _("Open Me, then PIN, on the member's phone."),
    ),
    "sign_in_too_often": (
        _("Too many tries."),
        _("Wait %(retry_after)s, then try again."),
    ),
    "one_time_code_too_often": (
        _("Too many codes were asked for."),
        _("Wait %(retry_after)s, then ask again."),
    ),
    "application_too_often": (
        _("Too many applications came from here."),
        _("Wait %(retry_after)s, or come to the desk."),
    ),
    "member_code_for_staff": (
        _("This is a member's card or code. It tells only coordinators whose it is."),
        _(
            "If you have found a card, please bring it to the police room. Your own code is for others to scan."
        ),
    ),
    "card_unknown": (_("This card is unknown, or a newer one has taken its place."), _NEW_CARD),
    "card_revoked": (_("This card was reported lost."), _NEW_CARD),
    "card_expired": (_("This card is too old."), _NEW_CARD),
    "card_missing": (_("There is no card yet."), _NEW_CARD),
    "code_used": (_("This code was already used."), _("Wait for the next code on the screen and scan that.")),
    "join_code_unknown": (_("This join code does not exist or was withdrawn."), _NEW_JOIN_CODE),
    "join_code_used": (_("A device has already enrolled with this code."), _NEW_JOIN_CODE),
    "join_code_expired": (_("This join code is too old."), _NEW_JOIN_CODE),
    "join_code_purpose": (
        _("This join code is for something else."),
        _("Codes for people and codes for devices are different ones: take the other one."),
    ),
    "device_permission_unknown": (
        _("Devices cannot hold this right."),
        _("Choose at least one of the rights in the list."),
    ),
    "responsible_lacks_permission": (
        _("The member answerable for the device may not do this himself."),
        _("Choose another member, or fewer rights."),
    ),
    "award_device_not_own": (
        _("A device awards in the name of whoever makes its join code."),
        _("Choose yourself, or let the colleague make the code."),
    ),
    "device_unknown": (_("There is no such device."), _SEE_LIST),
    "role_unknown": (_("There is no such role."), _("Choose one of the roles in the list.")),
    "member_outranks": (
        _("This member belongs to the staff; administrators look after the account."),
        _("Ask an administrator to do it."),
    ),
    "not_on_oneself": (_("Nobody does this to himself."), _("Ask a colleague to do it.")),
    "last_administrator": (
        _("The alliance would have no administrator left."),
        _("Appoint another administrator first."),
    ),
    "captain_not_in_squad": (
        _("Captains are active members of their squad."),
        _("Put the member into the squad first."),
    ),
    "captains_are_two": (
        _("Captain and acting captain are two people."),
        _("Choose another acting captain, or nobody."),
    ),
    "squad_name_taken": (_("Another squad has this name."), _("Choose another name.")),
    "area_name_taken": (_("Another area there has this name."), _("Choose another name.")),
    "area_level_wrong": (
        _("Below a station are communities, below them grids, below them estates."),
        _("Choose another place or another level."),
    ),
    "helper_unfit": (
        _("A helper is an active member who signs in with his own phone."),
        _("Choose another helper."),
    ),
    "too_many_managed": (
        _("One member looks after no more than %(most)s others."),
        _("Ask another member to help."),
    ),
    "not_managed_by_you": (_("You do not look after this member."), _ASK),
    "not_by_helper": (
        _("Only the member himself decides this, not his helper."),
        _("Please come to the desk together."),
    ),
    "claim_code_wrong": (
        _("This claim code is wrong, used or too old."),
        _("The desk gives you a new one."),
    ),
    "nothing_to_claim": (
        _("This member signs in himself, or looks after others."),
        _("No helper is needed here."),
    ),
    "member_erased": (
        _("The personal data of this member is deleted; only the number is left."),
        _("Whoever wants to take part again applies anew and gets a new number."),
    ),
    "consent_outdated": (_("Meanwhile there is a newer text."), _("Please read it and say once more.")),
    "proof_missing": (
        _("We want to be sure that it is you."),
        _("Type your password, or the PIN that goes with your card."),
    ),
    "deletion_staff": (
        _("Whoever holds an office of the alliance cannot be deleted."),
        _("Let an administrator take the office back first."),
    ),
    "deletion_captain": (
        _("The member still leads the squad %(squad)s."),
        _("Let the desk appoint another captain first."),
    ),
    "deletion_device": (
        _("The member answers for the device %(device)s."),
        _("Let the desk withdraw the device or enrol it under another member first."),
    ),
    "deletion_owed": (
        _("%(points)s points are still owed: they were taken back after they had been spent."),
        _("The next points that come in repay them; or talk to the desk."),
    ),
    "deletion_voucher_open": (
        _("There are vouchers that can still be fetched: %(count)s."),
        _("Fetch them, or give them back under My vouchers; the points return."),
    ),
    "deletion_payment_open": (
        _("A payment is under way: %(count)s."),
        _("It ends by itself within two minutes. Please try again then."),
    ),
    "deletion_shop_owner": (
        _("The shop %(shop)s belongs to the member."),
        _("Hand it over to somebody else or let it leave the alliance first; the desk helps."),
    ),
    "deletion_round_open": (
        _("A patrol is not over yet."),
        _("End the round first."),
    ),
    "deletion_award_waits": (
        _("Points for a good deed wait for a second coordinator: %(count)s."),
        _("Please wait for the answer, it comes within days."),
    ),
    "deletion_report_open": (
        _("Reports are not closed yet: %(count)s."),
        _("Wait until they are, or ask the desk to close them."),
    ),
    "merge_status": (
        _("Only members who are here can be made one; the one that goes may also be an application."),
        _("Look at the status of both, or let the other one go."),
    ),
    "merge_staff": (
        _("Whoever holds an office of the alliance does not go up in another membership."),
        _(
            "Let an administrator take the office back first, or keep this membership and let the other one go."
        ),
    ),
    "merge_helps": (
        _("This membership looks after others: %(count)s."),
        _("Give them another helper first."),
    ),
    "merge_shop_post": (
        _("This membership works at the shop %(shop)s."),
        _("Let the shop take the other membership on first and end this post."),
    ),
    "merge_leaving": (
        _("One of the two wishes his personal data gone."),
        _("Ask the member; when he calls the wish off, the two can be made one."),
    ),
    "merge_unknown": (_("We do not know this merge."), _SEE_LIST),
    "merge_undone": (
        _("The two memberships have been taken apart already."),
        _("Load the page again and look at the present state."),
    ),
    "merge_too_old": (
        _("A merge can be undone for %(days)s days; that time is over."),
        _("Enter the member anew and let an administrator see to the points."),
    ),
    "merge_chained": (
        _("The kept membership has itself gone up in another one since."),
        _("Undo that later merge first."),
    ),
    "merge_proposed": (
        _("About this membership something waits for a second coordinator already."),
        _("Look at “Registered twice?”, to agree: one answer first, then the next wish."),
    ),
    "merge_proposal_unknown": (_("We do not know this proposal."), _SEE_LIST),
    "merge_proposal_closed": (
        _("This was decided already."),
        _("Load the page again and look at the present state."),
    ),
    "merge_proposal_not_own": (
        _("Only who has proposed it calls it off."),
        _("You can decline it, with a reason."),
    ),
    "merge_second_is_first": (
        _("Nobody agrees to what he, or somebody of his household, has proposed."),
        _("Please let another coordinator look at it."),
    ),
    "merge_changed": (
        _("Meanwhile points have come to this membership. Nothing was moved."),
        _("Load the page again and look at the two once more."),
    ),
    "member_merged": (
        _("This membership has gone up in the one with the number %(number)s."),
        _("Go on with that one, or undo the merge on the member's page."),
    ),
    "desk_session_missing": (
        _("We do not know that the member stands at the desk."),
        _("Scan the card and enter the PIN first."),
    ),
}
