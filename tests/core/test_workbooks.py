"""A workbook is read, or refused with a word; whatever is wrong in it, it is never a fault of ours."""

import io
import random
import re
import zipfile
from collections import Counter
from datetime import date

from openpyxl import Workbook

from core.errors import DomainError
from core.workbooks import read_table

ROUNDS = 300
INSTEAD = (
    "", "<x/>", '""', '"-1"', '"999999999999"', '"A"', "<row/>", "<c/>", "<v/>", "é",
    '<c r="B2" t="s"><v>9</v></c>',
)  # fmt: skip


def parts() -> dict[str, bytes]:
    """The parts of a good workbook with a day, a number, a formula and merged cells."""
    workbook = Workbook()
    for row in (
        ["姓名", "手机号", "日期"],
        ["李梅", "13800138000", date(2026, 11, 1)],
        ["赵云", 13800138001, "=1+1"],
    ):
        workbook.active.append(row)
    workbook.active.merge_cells("A5:B6")
    kept = io.BytesIO()
    workbook.save(kept)
    with zipfile.ZipFile(kept) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return kept.getvalue()


def test_a_workbook_that_is_damaged_anywhere_is_read_or_refused():
    good, dice, seen = parts(), random.Random(7), Counter()
    for _ in range(ROUNDS):
        damaged = dict(good)
        name = dice.choice([each for each in damaged if each.endswith((".xml", ".rels"))])
        text = damaged.pop(name).decode()
        if dice.random() > 0.1:
            gone = dice.choice(re.findall(r'<[^>]+>|"[^"]*"', text))
            damaged[name] = text.replace(gone, dice.choice(INSTEAD), dice.choice((1, -1))).encode()
        try:
            read_table(packed(damaged), most_rows=1000)
            seen["read"] += 1
        except DomainError:
            seen["refused"] += 1
    assert min(seen["read"], seen["refused"]) > ROUNDS / 10
