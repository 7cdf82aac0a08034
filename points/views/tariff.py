"""The tariff: for members to read, for administrators to keep."""

from datetime import date, timedelta
from typing import Any

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import points.service
from core import clock
from core.auth import current_actor, requires
from core.errors import DomainError, Invalid
from core.pages import go, show_again
from points import queries, rules, words
from points.errors import RuleInvalid, RuleUnknown
from points.forms import RuleForm
from points.rules import Rule
from points.views.blueprint import day_of, options, views


@views.get("/tariff")
@requires("tariff.read")
def tariff() -> ResponseReturnValue:
    """What earns how many points."""
    in_force = queries.rules_on(clock.today())
    groups = [
        (words.category(category), [rule for rule in in_force if rule.category == category])
        for category in rules.CATEGORIES
    ]
    return render_template("points/tariff.html", groups=[group for group in groups if group[1]])


@views.get("/desk/tariff")
@requires("tariff.audit")
def desk_tariff() -> ResponseReturnValue:
    """All rules, with those that are over and those that are to come."""
    return render_template("points/desk_tariff.html", rules=queries.all_rules(), today=clock.today())


@views.get("/desk/tariff/new")
@requires("tariff.manage")
def new_rule() -> ResponseReturnValue:
    """An empty form for a rule."""
    form = _form()
    form.valid_from.data = clock.today()
    return render_template("points/desk_rule.html", form=form, code=None, versions=[])


@views.post("/desk/tariff/new")
@requires("tariff.manage")
def add_rule() -> ResponseReturnValue:
    """Add a rule."""
    form = _form()
    try:
        rule = points.service.add_rule(current_actor(), code=(form.code.data or "").strip(), **_values(form))
    except DomainError as refusal:
        return _show_again(form, refusal, code=None, versions=[])
    flash(_("The rule is in the tariff: %(name)s.", name=words.rule_name(rule)), "ok")
    return go("/desk/tariff")


@views.get("/desk/tariff/rules/<code>")
@requires("tariff.audit")
def edit_rule(code: str) -> ResponseReturnValue:
    """The newest version of a rule, to be changed from a day on."""
    versions = _versions(code)
    form = _form()
    _fill(form, versions[0])
    return render_template("points/desk_rule.html", form=form, code=code, versions=versions)


@views.post("/desk/tariff/rules/<code>")
@requires("tariff.manage")
def change_rule(code: str) -> ResponseReturnValue:
    """Give a rule its next version."""
    versions, form = _versions(code), _form()
    based_on = form.based_on.data or ""
    try:
        rule = points.service.change_rule(
            current_actor(),
            code=code,
            based_on=int(based_on) if based_on.isascii() and based_on.isdigit() else 0,
            **_values(form),
        )
    except DomainError as refusal:
        return _show_again(form, refusal, code=code, versions=versions)
    flash(_("The rule is changed: %(name)s.", name=words.rule_name(rule)), "ok")
    return go("/desk/tariff")


def _show_again(form: RuleForm, refusal: DomainError, **context: Any) -> ResponseReturnValue:
    if refusal.data.get("field") == "valid_until":
        # People name the last day, the tariff keeps the day after it.
        refusal.data["field"] = "last_day"
    return show_again("points/desk_rule.html", form, refusal, **context)


def _versions(code: str) -> list[Rule]:
    versions = queries.rule_versions(code)
    if not versions:
        raise RuleUnknown(rule=code if rules.is_rule_code(code) else "")
    return versions


def _form() -> RuleForm:
    form = RuleForm()
    form.category.choices = options([(each, words.category(each)) for each in rules.CATEGORIES])
    return form


def _fill(form: RuleForm, rule: Rule) -> None:
    form.based_on.data = str(rule.version)
    form.name_zh.data, form.name_en.data, form.category.data = rule.name_zh, rule.name_en, rule.category
    form.points.data = str(rule.points)
    form.daily_cap.data, form.weekly_cap.data = str(rule.daily_cap or ""), str(rule.weekly_cap or "")
    form.valid_from.data, form.last_day.data = max(rule.valid_from, clock.today()), rule.last_day


def _values(form: RuleForm) -> dict[str, Any]:
    last_day = _day(form, "last_day")
    return {
        "name_zh": form.name_zh.data or "",
        "name_en": form.name_en.data or "",
        "category": form.category.data or "",
        "points": rules.read_amount(form.points.data or "", "points"),
        "daily_cap": _cap(form.daily_cap.data, "daily_cap"),
        "weekly_cap": _cap(form.weekly_cap.data, "weekly_cap"),
        "valid_from": _day(form, "valid_from") or clock.today(),
        "valid_until": last_day + timedelta(days=1) if last_day and last_day < date.max else None,
    }


def _day(form: RuleForm, name: str) -> date | None:
    return day_of(form, name, RuleInvalid(field=name, reason="date"))


def _cap(text: str | None, field: str) -> int | None:
    if not (text or "").strip():
        return None
    try:
        return rules.read_amount(text or "", field)
    except Invalid as error:
        raise RuleInvalid(field=field, reason="range") from error
