"""Part of `make soak`: a server whose workers are killed checks and enters lists of members."""

import json
import random
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import members.queries
import members.service
from alliance.factory import create_app
from bench.scans import database, settings_for
from core.auth import SYSTEM
from core.db import db, new_id
from members.models import Member
from tests.support import town
from tests.support.gunicorn import Gunicorn, serving

ROWS = 4_000
#: Time between two kills, in seconds.
_KILL_EVERY = (1.0, 5.0)


def soak_lists(engine: str, folder: Path, lists: int, chance: random.Random) -> list[str]:
    """Bring so many lists one after the other; prints what happened and returns what is wrong."""
    findings, over, kills = [], threading.Event(), [0]
    with database(engine, folder) as url:
        settings = settings_for(url, folder)
        app = create_app(settings)
        with app.app_context():
            desk = members.service.add_member(
                SYSTEM, name="周社区", phone="+8613700137000", roles=["coordinator"]
            )
            headers = town.sign_in(app, desk.id)
        with serving(settings, folder / "gunicorn.log") as server:
            killer = threading.Thread(target=_kill, args=(server, chance, over, kills))
            killer.start()
            try:
                for number in range(lists):
                    findings += _enter_list(server.base_url, headers, number)
            finally:
                over.set()
                killer.join()
        with app.app_context():
            names = db.session.scalars(sa.select(Member.name).where(Member.id != desk.id)).all()
            wanted = [f"会员{number}-{row}" for number in range(lists) for row in range(ROWS)]
            if sorted(names) != sorted(wanted):
                findings.append(f"{len(names)} members are there, {len(set(names))} names, of {len(wanted)}")
            findings += [f"wrong head-count: {each}" for each in members.queries.squad_differences()]
            db.session.rollback()
            db.engine.dispose()
    print(f"{engine}: {lists} lists of {ROWS} members, {kills[0]} workers killed, {len(findings)} went wrong")
    for each in findings:
        print(f"  {each}", flush=True)
    return findings


def _kill(server: Gunicorn, chance: random.Random, over: threading.Event, kills: list[int]) -> None:
    while not over.wait(chance.uniform(*_KILL_EVERY)):
        kills[0] += server.kill_worker(chance)


def _enter_list(base_url: str, headers: dict[str, str], number: int) -> list[str]:
    """Bring one list, ask until it is done; what is wrong with it."""
    lines = "\r\n".join(f"会员{number}-{row},139{number:03}{row:05}" for row in range(ROWS))
    boundary, key = new_id().hex, new_id()
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="key"\r\n\r\n{key}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        f"姓名,手机号\r\n{lines}\r\n--{boundary}--\r\n"
    )
    kind = f"multipart/form-data; boundary={boundary}"
    address = f"{base_url}/api/v1/members/imports"
    brought = _ask(address, headers | {"Content-Type": kind}, parts.encode())
    address += f"/{brought['import_id']}"
    found = brought
    for phase, end in (("work", "ready"), ("start", "running"), ("work", "done")):
        found = {}
        while found.get("state") != end:
            found = _ask(f"{address}/{phase}", headers | {"Content-Type": "application/json"}, b"{}")
    return [] if found["entered"] == ROWS else [f"list {number}: {found}"]


def _ask(address: str, headers: dict[str, str], body: bytes) -> Any:
    """The answer, however often the line breaks: all that is asked here may be asked again."""
    for _ in range(200):
        try:
            request = urllib.request.Request(address, body, headers)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                if refusal.code != 503:
                    raise RuntimeError(f"{address}: {refusal.code} {refusal.read().decode()}") from refusal
        except (OSError, EOFError, ValueError):
            continue
    raise RuntimeError(f"{address} never answered")
