"""What is asked of an address beside the address itself: its filters, its search words, and where its own links lead.

The search words are those of the bench (`bench/desk_routes.py`), about people and things of the town; filters of the
interface come from its document, those of pages from their own links. Nobody lists an address here.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from bench.desk_routes import Known, searches
from core import clock
from tests.support.everybody import Everybody

#: Different links of one page that are followed: of a list of links to one filter all do the same.
MOST_LINKS = 4
_LINK = re.compile(r'href="([^"#]*)\?([^"#]+)')
#: Parameters that say how much of a list, not which.
_PAGING = {"limit", "cursor"}


#: Parameters that are not called as their table is.
_TABLES = {
    "subject_id": "member",
    "account_id": "member",
    "code_of": "refused_scan",
    "phone_of": "refused_scan",
    "run_of": "award_request",
}
#: Ids of some rows of a table.
IdsOf = Callable[[str], list[UUID]]


def known(town: Everybody, ids_of: IdsOf) -> Known:
    """What is searched for in the town."""
    victim = town.victim
    return Known(
        surname=victim.name[:2],
        name=victim.name,
        number=str(victim.number),
        phone=town.canaries["phone of a member"],
        address=town.canaries["address of a home"][:3],
        area=ids_of("area")[0],
        squad=victim.squad_id or ids_of("squad")[0],
        shop=ids_of("merchant")[0],
        member=victim.id,
        transfer=ids_of("transfer")[0],
        audited=victim.id,
        refused=ids_of("refused_scan")[0],
    )


class Questions:
    """All queries by address."""

    def __init__(self, document: Mapping[str, Any], town: Everybody, ids_of: IdsOf) -> None:
        self._about = known(town, ids_of)
        self._ids_of = ids_of
        self._words = searches(self._about)
        self._filters = {
            path.replace("{", "<").replace("}", ">"): list(_filters(operations["get"]))
            for path, operations in document["paths"].items()
            if "get" in operations
        }

    def of(self, rule: str, address: str, page: str) -> list[str]:
        """Queries for an address that is built by this rule and answers with this page."""
        plain = re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"<\1>", rule)
        asked = [urlencode(each) for each in self._words.get(rule, ())]
        asked += [urlencode(each) for each in self._filtered(self._filters.get(plain, ()))]
        return list(dict.fromkeys([*asked, *_links(address, page)]))

    def _filtered(self, parameters: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
        """Each filter with each of its values, beside those without which nothing is answered; all days together."""
        values = {each["name"]: self._values(each) for each in parameters}
        needed = {each["name"]: values[each["name"]] for each in parameters if each.get("required")}
        always = {name: found[0] for name, found in needed.items() if found}
        days = {each["name"]: clock.today() for each in parameters if each["schema"].get("format") == "date"}
        if len(days) > 1:
            yield always | days
        for name, found in values.items():
            yield from (always | {name: each} for each in found)

    def _values(self, parameter: Mapping[str, Any]) -> list[Any]:
        name, schema, about = parameter["name"], parameter["schema"], self._about
        kinds = schema.get("type", ())
        if schema.get("enum"):
            return [each for each in schema["enum"] if each is not None]
        if schema.get("format") == "uuid":
            return self._ids_of(_TABLES.get(name, name.removesuffix("_id")))
        if schema.get("format") == "date":
            return [clock.today()]
        if "boolean" in kinds:
            return ["true"]
        return [1] if "integer" in kinds else [about.surname, about.phone]


def _filters(operation: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for each in operation.get("parameters", ()):
        if each.get("in") == "query" and each["name"] not in _PAGING:
            yield each


def _links(address: str, page: str) -> list[str]:
    """Queries in links of a page to itself: tabs, orders, further pages."""
    found = [html.unescape(query) for path, query in _LINK.findall(page) if path in {"", address}]
    return list(dict.fromkeys(found))[:MOST_LINKS]
