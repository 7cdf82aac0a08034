"""Refusals of patrols: each a class with a stable code. Words are in `alliance/messages/patrols.py`."""

from core.errors import Conflict, Forbidden, Invalid, NotFound, Refused

# ------------------------------------------------------------------------------------------ the plate


class CheckpointUnknown(NotFound):
    """No plate of ours has this code."""

    code = "checkpoint_unknown"


class PlateReplaced(Refused):
    """The plate was printed anew and this old one counts no more. Data: `where`."""

    code = "plate_replaced"


class CheckpointRetired(Refused):
    """The checkpoint is no longer in use. Data: `where`."""

    code = "checkpoint_retired"


class NoRoute(Refused):
    """No route in use leads past this checkpoint. Data: `where`."""

    code = "no_route"


class ChooseRoute(Refused):
    """Several routes lead past this checkpoint. Data: `where`, `routes` as a list of {id, name}."""

    code = "choose_route"


class NotOnRoute(Refused):
    """The checkpoint is not on the route of the round that is under way. Data: `where`, `route`, `round_id`."""

    code = "not_on_route"


# ------------------------------------------------------------------------------------------ the time


class OutsideHours(Refused):
    """A round on this route cannot begin at this hour. Data: `route`, `opens_at`, `closes_at` as "HH:MM"."""

    code = "outside_hours"


class Cooldown(Refused):
    """The member walked this route only just now. Data: `route`, `minutes` still to wait, `until` as ISO time."""

    code = "cooldown"


class ClockWrong(Refused):
    """The phone's clock is off by more than half a day. Data: `hours` it is off."""

    code = "clock_wrong"


class ScanTooOld(Refused):
    """The scan waited in the phone for more than two days. Data: `hours` it waited."""

    code = "scan_too_old"


# ------------------------------------------------------------------------------------------ the round


class AlreadyVisited(Refused):
    """The round has this checkpoint already. Data: `where`, `visited`, `total`, `minutes`, `minutes_needed`."""

    code = "already_visited"


class OutOfOrder(Refused):
    """The route has a fixed order and another checkpoint is next. Data: `where`, `route`, `next_point`."""

    code = "out_of_order"


class RoundOver(Refused):
    """The round is closed. Data: `route`, `round_id`, `state`."""

    code = "round_over"


class RoundUnknown(NotFound):
    """There is no such round, or none that this reader may see."""

    code = "round_unknown"


class RoundNotYours(Forbidden):
    """Only who walks the round, a captain of its squad or a coordinator may do this."""

    code = "round_not_yours"


class RoundElsewhere(Refused):
    """The member has another round under way. Data: `route`, `round_id`."""

    code = "round_open_elsewhere"


class BeforeJoining(Refused):
    """The member scanned long before he joined the round under way. Data: `where`, `route`, `round_id`."""

    code = "before_joining"


class AlreadyJoined(Refused):
    """The member is in this round. Data: `route`, `round_id`."""

    code = "already_joined"


class RoundFull(Refused):
    """No more companions fit. Data: `most`."""

    code = "round_full"


class MemberCodeMissing(Refused):
    """A gate must send the code of the member who stands before it."""

    code = "member_code_missing"


class WalkerNeeded(Refused):
    """Only a member can walk, no command and no device by itself."""

    code = "walker_needed"


class WalkerNotFound(Refused):
    """What was typed at the desk does not name exactly one member. Data: `field`, `typed`."""

    code = "walker_not_found"


class CompanionNotFound(Refused):
    """Number and name of a companion do not fit together; which of the two is wrong is not said. Data: `field`."""

    code = "companion_not_found"


# ------------------------------------------------------------------------------------------ judging


class RoundNotHeld(Conflict):
    """There is nothing to judge: the round does not wait for it. Data: `state`."""

    code = "round_not_held"


class AlreadyJudged(Conflict):
    """Somebody else has judged the round. Data: `state`."""

    code = "already_judged"


class AnotherRound(Conflict):
    """Since the round was held, another one at the same time came in. Data: `rounds`, ids that nobody has seen."""

    code = "another_round"


class OwnRound(Forbidden):
    """Nobody judges a round that he, or somebody of his household, walked in."""

    code = "own_round"


class VerdictMissing(Invalid):
    """A judgement accepts or does not accept. Data: `field`."""

    code = "verdict_missing"


class JudgementReasonMissing(Invalid):
    """A judgement needs a reason in words. Data: `field`, `reason`."""

    code = "judgement_reason_missing"


# ------------------------------------------------------------------------------------------ managing


class RouteUnknown(NotFound):
    """There is no such route."""

    code = "route_unknown"


class RouteRetired(Refused):
    """The route is no longer in use. Data: `route`."""

    code = "route_retired"


class RouteInvalid(Invalid):
    """The route cannot be walked as described. Data: `field`, `reason`."""

    code = "route_invalid"


class RuleNotForRoutes(Refused):
    """Rounds are paid by a patrol rule with a daily cap only. Data: `field`, `rule`."""

    code = "rule_not_for_routes"


class RouteNameTaken(Conflict):
    """Another route has this name. Data: `field`, `name`."""

    code = "route_name_taken"


class CheckpointNotFound(NotFound):
    """There is no checkpoint with this id."""

    code = "checkpoint_not_found"


class CheckpointInvalid(Invalid):
    """The checkpoint cannot be as described. Data: `field`, `reason`."""

    code = "checkpoint_invalid"


class PlateRenewed(Conflict):
    """The checkpoint got a new plate since its page was read. Data: `where`, `generation` of the newest plate."""

    code = "plate_renewed"


class CheckpointOnRoute(Refused):
    """The checkpoint is still on routes in use. Data: `where`, `routes` as a list of names."""

    code = "checkpoint_on_route"
