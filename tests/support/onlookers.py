"""Who looks at the desk and does not act: which pages open to him, and whether anything on them would act or fail."""

import html
import re

from tests.support.everybody import Person
from tests.support.matrix import Office, Route, is_refused, real_addresses, routes

_DESKS_FORM = re.compile(r'<form\b(?=[^>]*method="post")[^>]*>')
_ACTION = re.compile(r'\baction="([^"?]*)')
_FORMACTION = re.compile(r'formaction="([^"?]*)')
_LINK = re.compile(r'<a\b[^>]*\bhref="([^"?#]+)')
#: Forms of every page's frame.
_FRAMES = ("/sign-out", "/language", "/theme", "/me/")


def is_of_the_desk(route: Route) -> bool:
    """Whether the page lies at the desk."""
    return route.rule.rule == "/desk" or route.rule.rule.startswith("/desk/")


def looked_at(office: Office, person: Person) -> tuple[set[str], list[str]]:
    """Pages of the desk that do not open to him, and what is wrong with the others.

    Wrong are a page that does not answer, a form that would act, and a link to what does not open to him.
    """
    opened, closed, found = routes(office.app), set(), []
    for route in (each for each in opened if each.reads and is_of_the_desk(each)):
        for address in real_addresses(office, route):
            response, _changed = office.ask(person, route, address)
            if response.status_code == 303 and response.location.startswith("/desk/"):
                response, _changed = office.ask(person, route, response.location)
            if response.status_code == 403:
                closed.add(route.rule.rule)
            elif response.status_code != 200:
                found.append(f"{route}: {response.status_code} at {address}")
            elif response.mimetype == "text/html":
                page = response.get_data(as_text=True)
                found += [f"{route}: a form that sends to {each or 'itself'}" for each in _desks_forms(page)]
                found += [f"{route}: a link to {each}" for each in _dead_links(office, person, page)]
    return closed, sorted(set(found))


def _desks_forms(page: str) -> list[str]:
    forms = [(_ACTION.search(each) or [each, ""])[1] for each in _DESKS_FORM.findall(page)]
    return [each for each in (*forms, *_FORMACTION.findall(page)) if not each.startswith(_FRAMES)]


def _dead_links(office: Office, person: Person, page: str) -> set[str]:
    adapter, found = office.app.url_map.bind("localhost"), set()
    for href in set(_LINK.findall(html.unescape(page))):
        if href.startswith("/desk"):
            endpoint, _values = adapter.match(href, method="GET")
            mark = getattr(office.app.view_functions[endpoint], "required_permission", None)
            found |= set() if person.may(mark) else {href}
    return found


def let_act(office: Office, person: Person) -> list[str]:
    """Routes of the desk by which he could change something: that do not refuse him, or write."""
    found = []
    for route in routes(office.app):
        if route.reads or not is_of_the_desk(route):
            continue
        # Where the mark of the view refuses him, what the address names does not matter.
        may = person.may(route.permission)
        for address in real_addresses(office, route) if may else [office.made_up(route)]:
            response, changed = office.ask(person, route, address)
            if changed or not is_refused(response):
                found.append(f"{route}: {response.status_code}{', writes' if changed else ''}")
    return sorted(set(found))
