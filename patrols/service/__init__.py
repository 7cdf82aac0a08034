"""The use cases of patrols: scan a plate, join, leave, open, end and judge rounds, keep checkpoints and routes."""

from patrols.rules.wishes import CheckpointWish, RouteWish
from patrols.service.closing import close_overdue, end_round, judge_round
from patrols.service.companions import add_companion
from patrols.service.history import PastRound, PastVisit, PastWalker, import_rounds
from patrols.service.joining import captain_code, join_round, leave_round, open_round, typed_captain_code
from patrols.service.keeping import (
    create_checkpoint,
    create_route,
    edit_checkpoint,
    edit_route,
    print_plate,
    print_plates,
    reprint_plate,
    request_checkpoint,
    request_route,
    set_checkpoint_in_use,
    set_route_in_use,
)
from patrols.service.visiting import visit_checkpoint

__all__ = [
    "CheckpointWish",
    "PastRound",
    "PastVisit",
    "PastWalker",
    "RouteWish",
    "add_companion",
    "captain_code",
    "close_overdue",
    "create_checkpoint",
    "create_route",
    "edit_checkpoint",
    "edit_route",
    "end_round",
    "import_rounds",
    "join_round",
    "judge_round",
    "leave_round",
    "open_round",
    "print_plate",
    "print_plates",
    "reprint_plate",
    "request_checkpoint",
    "request_route",
    "set_checkpoint_in_use",
    "set_route_in_use",
    "typed_captain_code",
    "visit_checkpoint",
]
