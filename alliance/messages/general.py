"""Sentences for the ground: requests, codes, keys, sign-in."""

from flask_babel import lazy_gettext as _

PROBLEMS = {
    "refused": (_("This was not possible."), _("Ask a coordinator.")),
    "domain_error": (_("This was not possible."), _("Ask a coordinator.")),
    "conflict": (
        _("This was changed by somebody else at the same time."),
        _("Load the page again and look."),
    ),
    "not_found": (_("This does not exist."), _("Check the address or go back to the first page.")),
    "forbidden": (_("This is not open to you."), _("Ask a coordinator if you think it should be.")),
    "permission_missing": (_("This is not open to you."), _("Ask a coordinator if you think it should be.")),
    "sign_in_needed": (_("You are not signed in."), _("Sign in, then do it again.")),
    "token_unknown": (_("This device is not enrolled."), _("Enrol it again with a join code.")),
    "key_reused": (
        _("This request number was already used for something else."),
        _("Scan again: the phone will take a new number."),
    ),
    "too_many_tries": (
        _("Too many tries."),
        _("Wait %(retry_after)s, then try again."),
    ),
    "too_many_requests": (
        _("Too many requests in a short time."),
        _("Wait %(retry_after)s, then try again."),
    ),
    "invalid_input": (
        _("Something in the form is not right."),
        _("Correct the marked fields and send it again."),
    ),
    "sheet_unreadable": (
        _("This file is no table that can be read here."),
        _("Save it as XLSX or CSV, without a password, and choose it again."),
    ),
    "sheet_too_large": (
        _("This table is too long."),
        _("Divide it into files of at most %(most)s rows."),
    ),
    "sheet_row_hidden": (
        _("This row is hidden in the file: nobody who looks at it sees the row."),
        _("Show the row or take it out, and choose the file again."),
    ),
    "sheet_row_merged": (
        _("This row has merged cells: it does not say by itself what they show."),
        _("Undo the merging, fill in every row, and choose the file again."),
    ),
    "cursor_invalid": (_("This page of the list does not exist."), _("Start again at the first page.")),
    "malformed_request": (_("The request could not be read."), _("Load the page again.")),
    "form_expired": (
        _("This form was open for too long."),
        _("Load the page again and send it once more. Nothing has been booked."),
    ),
    "page_not_found": (_("This page does not exist."), _("Check the address or go back to the first page.")),
    "method_not_allowed": (_("This address does not work that way."), _("Go back to the first page.")),
    "not_acceptable": (_("This format is not available."), _("Ask for JSON.")),
    "request_timeout": (_("The connection was too slow."), _("Try again where the signal is better.")),
    "request_too_large": (_("What you sent is too large."), _("Send less at once, or a smaller picture.")),
    "address_too_long": (_("This address is too long."), _("Scan the code on the plate again.")),
    "media_type_unsupported": (_("This kind of content is not understood."), _("Send JSON.")),
    "internal_error": (
        _("Something went wrong with us."),
        _("Nothing has been lost. Try again in a minute; the same scan counts only once."),
    ),
    "unavailable": (_("The service is busy."), _("Try again in a minute; the same scan counts only once.")),
    "code_too_long": (_("This is not a code of the Alliance."), _("Scan a code with our name on it.")),
    "code_foreign": (
        _("This code belongs to somebody else."),
        _(
            "Do not open it. Scan a code with our name on it, and tell a coordinator if it was stuck on our plate."
        ),
    ),
    "code_malformed": (
        _("This is not a code of the Alliance."),
        _("Scan it again, or type the letters below the code."),
    ),
    "code_mistyped": (
        _("There is a typing mistake in the code."),
        _("Compare it with the plate letter by letter and type it again."),
    ),
    "code_expired": (_("This code has run out."), _("Scan the code that is on the screen now.")),
    "code_unknown": (
        _("We do not know this code."),
        _("Scan it again. If it stays unknown, tell a coordinator."),
    ),
    "code_used": (_("This code was already used."), _("Wait for the next code on the screen and scan that.")),
    "time_impossible": (
        _("The phone's clock is wrong."),
        _("Set the phone's date and time, then scan again."),
    ),
    "heap_unknown": (
        _("This heap of refused scans is not there any more."),
        _("Its day is over, or its scans were removed. Nothing needs to be done."),
    ),
    "heap_seen": (
        _("Somebody has already looked at this heap, and nothing has come since."),
        _("The list of those looked at tells who, and why."),
    ),
    "own_heap": (
        _("Scans of your own, or of somebody of your household, are in this heap."),
        _("Another coordinator has to look at it."),
    ),
    "heap_reason_invalid": (
        _("Say in one sentence why the heap can be put away."),
        _("For example: the plate was replaced."),
    ),
    "heap_reason_invalid.too_long": (
        _("The reason is too long."),
        _("At most %(longest)s characters."),
    ),
    "heap_reason_invalid.characters": (
        _("The reason holds invisible characters."),
        _("Type it by hand instead of copying it."),
    ),
    "choose_rule": (_("What is this award for?"), _("Choose the good deed first, then scan the card.")),
}
