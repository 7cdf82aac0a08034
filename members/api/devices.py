"""Devices: join codes, enrolment, withdrawal."""

from typing import Any
from uuid import UUID

import members.service
from core import codes
from core.auth import current_actor, public, requires
from core.config import settings
from core.errors import Unauthenticated
from members import queries
from members.api.blueprint import api, network_address, read_code
from members.schemas import DeviceCodeIn, DeviceCodeOut, DevicesOut, EnrolIn, EnrolledOut


@api.route("/devices", methods=["GET"])
@api.response(200, DevicesOut)
@requires("device.read")
def get_devices() -> dict[str, Any]:
    """All devices with their rights and their last use."""
    return {"items": queries.devices(), "next": None}


@api.route("/devices/codes", methods=["POST"])
@api.arguments(DeviceCodeIn)
@api.response(201, DeviceCodeOut)
@api.alt_response(200, schema=DeviceCodeOut, description="answered before; without the code")
@requires("award.give")
def post_device_code(payload: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Make a join code with which one device enrols, once. The code is told only now.

    A device that awards is enrolled by the coordinator in whose name it does; all others need `device.manage`.
    """
    made = members.service.create_device_code(current_actor(), **payload)
    body = {
        "join_code_id": made.answer.body["join_code_id"],
        "code": made.code.text if made.code else None,
        "address": codes.address(settings().base_url, made.code) if made.code else None,
    }
    return body, 200 if made.answer.replayed else 201


@api.route("/devices/codes/<uuid:join_code_id>", methods=["DELETE"])
@api.response(204)
@requires("device.manage")
def delete_device_code(join_code_id: UUID) -> None:
    """End a join code before its time."""
    members.service.withdraw_join_code(current_actor(), join_code_id)


@api.route("/devices", methods=["POST"])
@api.arguments(EnrolIn)
@api.response(201, EnrolledOut)
@public
def post_device(payload: dict[str, str]) -> dict[str, Any]:
    """Enrol this device with a join code. The token is told only now; send it as `Authorization: Bearer …`."""
    device_id, token = members.service.enrol_device(
        code=read_code(payload["code"]), name=payload["name"], network_address=network_address()
    )
    return {"device_id": device_id, "token": token}


@api.route("/devices/presence", methods=["POST"])
@api.response(204)
@public
def post_presence() -> None:
    """This device is there. One that only reads says so every few minutes: reading writes nothing, not even when.

    Any device may, whatever it is enrolled for; the gatekeeper notes the time, as for everything that a device sends.
    """
    if current_actor().kind != "device":
        raise Unauthenticated


@api.route("/devices/<uuid:device_id>", methods=["DELETE"])
@api.response(204)
@requires("device.manage")
def delete_device(device_id: UUID) -> None:
    """Shut a device out, from its next request on."""
    members.service.revoke_device(current_actor(), device_id)
