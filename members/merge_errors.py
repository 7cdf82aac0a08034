"""Refusals of merges that wait for a second person: one class each, named by its stable code."""

from core.errors import Conflict, NotFound, Refused


class MergeProposed(Conflict):
    """About the membership that goes something waits for a second person already. Data: `proposal_id`."""

    code = "merge_proposed"


class MergeProposalUnknown(NotFound):
    """There is no such proposal."""

    code = "merge_proposal_unknown"


class MergeProposalClosed(Conflict):
    """The proposal was decided already. Data: `state`."""

    code = "merge_proposal_closed"


class MergeProposalNotOwn(Refused):
    """Only who has proposed calls it off."""

    code = "merge_proposal_not_own"


class MergeSecondIsFirst(Refused):
    """Nobody agrees to what he, or somebody of his household, has proposed."""

    code = "merge_second_is_first"


class MergeChanged(Conflict):
    """Between the look and the deed points came to the membership that goes."""

    code = "merge_changed"
