"""Devices at the desk: join codes, last use, withdrawal."""

from typing import Any
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core.auth import current_actor, requires
from core.codes import address as address_of
from core.codes import grouped
from core.config import settings
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, show_again
from core.qr import draw_svg
from members import queries
from members.forms import DeviceCodeForm
from members.views import words
from members.views.blueprint import options, views


def _form() -> DeviceCodeForm:
    form, actor = DeviceCodeForm(), current_actor()
    permissions = words.DEVICE_PERMISSIONS.items()
    people = {
        each.id: each.name for role in ("coordinator", "administrator") for each in queries.holders_of(role)
    }
    if not actor.may("device.manage"):
        # Coordinators enrol what awards in their own name, and nothing else.
        permissions = {code: word for code, word in permissions if code == "award.give"}.items()
        people = {actor.id: actor.name}
    form.permissions.choices = options((code, str(word)) for code, word in permissions)
    form.responsible_id.choices = options((str(member_id), name) for member_id, name in people.items())
    return form


@views.get("/desk/devices")
@requires("desk.read")
def device_list() -> ResponseReturnValue:
    """All devices, and how to enrol one, for whoever may."""
    form = _form() if current_actor().may("award.give") else None
    if form is not None:
        form.key.data = str(new_id())
    return render_template("members/desk_devices.html", form=form, **_lists())


def _lists() -> dict[str, Any]:
    actor = current_actor()
    return {
        "devices": queries.devices() if actor.may("device.read") else [],
        "codes": queries.join_codes("device") if actor.may("device.manage") else [],
    }


@views.post("/desk/devices")
@requires("award.give")
def post_device_code() -> ResponseReturnValue:
    """Make a join code and show it, once."""
    form = _form()
    try:
        made = members.service.create_device_code(
            current_actor(),
            key=form_key(),
            label=form.label.data or "",
            permissions=form.permissions.data or [],
            responsible_id=identifier(form.responsible_id.data) or new_id(),
            days=int(form.days.data) if form.days.data in {"1", "7", "30"} else 1,
        )
    except DomainError as refusal:
        return show_again("members/desk_devices.html", form, refusal, **_lists())
    if made.code is None:
        flash(_("This join code was made already. Withdraw it and make a new one if it was lost."), "warn")
        return go("/desk/devices")
    address = address_of(settings().base_url, made.code)
    return render_template(
        "members/device_code.html",
        svg=draw_svg(address, "M", _("Join code of the device")),
        text=grouped(made.code),
        label=form.label.data,
    )


@views.post("/desk/devices/codes/<uuid:join_code_id>/withdraw")
@requires("device.manage")
def withdraw_device_code(join_code_id: UUID) -> ResponseReturnValue:
    """End a join code before its time."""
    done = _("The join code is withdrawn.")
    return act(
        lambda: members.service.withdraw_join_code(current_actor(), join_code_id), done, "/desk/devices"
    )


@views.post("/desk/devices/<uuid:device_id>/revoke")
@requires("device.manage")
def revoke_device(device_id: UUID) -> ResponseReturnValue:
    """Shut a device out, from its next request on."""
    done = _("The device is shut out.")
    return act(lambda: members.service.revoke_device(current_actor(), device_id), done, "/desk/devices")
