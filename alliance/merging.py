"""Two memberships of one person, in all packages: what hinders that they are made one, and what goes over."""

from uuid import UUID

import members.queries
import merchants.queries
import points.queries
import points.service
from core.auth import Actor
from core.errors import DomainError
from members.errors import MergeShopPost
from members.queries import Moved, Part, Purse


def initialise() -> None:
    """Let members know of points and shops."""
    members.queries.connect("merging", Part(hinders=hinders, purse=purse, join=join, separate=separate))


def hinders(member_id: UUID) -> list[DomainError]:
    """Posts at shops: who owns one hinders a deletion as well and is named there."""
    posts = merchants.queries.posts_of(member_id)
    return [MergeShopPost(shop=each.name) for each in posts if each.post != "owner"]


def purse(member_id: UUID) -> Purse:
    """What the member holds in the ledger."""
    held = points.queries.holdings(member_id)
    lots = tuple((lot.expires_on, lot.points) for lot in held.lots)
    return Purse(held.balance, held.owed, lots, points.queries.ever_held(member_id))


def join(actor: Actor, key: UUID, merge_id: UUID, gone_id: UUID, kept_id: UUID) -> Moved:
    """Move points and debts to the kept membership."""
    return Moved(*points.service.join_accounts(actor, key, merge_id, gone_id, kept_id))


def separate(actor: Actor, key: UUID, merge_id: UUID, gone_id: UUID, kept_id: UUID) -> Moved:
    """Move them back."""
    return Moved(*points.service.separate_accounts(actor, key, merge_id, gone_id, kept_id))
