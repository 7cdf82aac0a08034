"""A list of 30,000 members as a workbook: read and rehearsed, then worked off step by step as its page asks for it."""

import argparse
import time
from pathlib import Path
from uuid import UUID

import members.queries
import members.service
from alliance.factory import create_app
from bench.scans import database, settings_for
from core import sheets
from core.auth import SYSTEM
from core.sheets import Sheet
from tests.support import members_builders as people

LIMIT_SECONDS = 60
SQUADS = 60
#: As long as the page's own request works before it tells how far it is.
STEP_SECONDS = 1.0


def run(options: argparse.Namespace, folder: Path) -> None:
    """Measure on each engine and print."""
    for engine in options.engines:
        place = folder / "members"
        place.mkdir(exist_ok=True)
        with database(engine, place) as url:
            _measure(engine, url, place, options.rows)


def _measure(engine: str, url: str, folder: Path, count: int) -> None:
    app = create_app(settings_for(url, folder))
    with app.app_context():
        names = [f"第{n}巡逻队" for n in range(SQUADS)]
        for name in names:
            people.squad(name)
        content = _workbook(names, count)
        begun = time.perf_counter()
        import_id = members.service.prepare_import(SYSTEM, content, target="active", file_name="名单.xlsx")
        read = time.perf_counter()
        members.service.start_import(SYSTEM, import_id)
        asked = _work_off(import_id)
        ended = time.perf_counter()
        found = members.queries.member_import(import_id)
        wrong = members.queries.squad_differences()
    if found.state != "done" or found.entered != count or wrong:
        raise SystemExit(f"the list is not in: {found}, head-counts {wrong}")
    print(
        f"\n== members, {engine}: {count} out of a workbook of {len(content) // 1024} KiB ==\n"
        f"  read and rehearsed {read - begun:8.1f} s\n"
        f"  worked off         {ended - read:8.1f} s   in {asked} steps with progress after each\n"
        f"  together           {ended - begun:8.1f} s   (aim: {LIMIT_SECONDS} s)",
        flush=True,
    )


def _workbook(squads: list[str], count: int) -> bytes:
    rows = [
        (f"会员{n}", f"138{n:08}" if n % 10 else None, squads[n % len(squads)], "志愿者")
        for n in range(count)
    ]
    return sheets.to_xlsx(Sheet("名单", ["姓名", "手机号", "队伍", "身份"], rows))


def _work_off(import_id: UUID) -> int:
    asked = 1
    while members.service.work_off_import(import_id, seconds=STEP_SECONDS):
        members.queries.member_import(import_id)
        asked += 1
    return asked
