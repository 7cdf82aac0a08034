"""The phone reads codes by the same grammar as the server: what one takes the other takes, for the same code."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

import pytest

from core import codes
from core.codes import Kind
from core.config import ROOT
from core.db import new_id
from core.errors import DomainError

BASE_URL = "https://alliance.example"
PROGRAM = """
import { readCode } from "%s/frontend/lib/codes.js";
let input = "";
for await (const part of process.stdin) input += part;
const { base, texts } = JSON.parse(input);
const read = (text) => {
  try { return readCode(text, base).text; } catch (error) { return `! ${error.reason}`; }
};
console.log(JSON.stringify(texts.map(read)));
"""


def on_the_phone(texts: list[str]) -> list[str]:
    node = shutil.which("node")
    assert node, "tests need node"
    program = PROGRAM % ROOT.as_uri()
    answer = subprocess.run(
        [node, "--input-type=module", "--eval", program],
        input=json.dumps({"base": BASE_URL, "texts": texts}),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return json.loads(answer.stdout)


def on_the_server(text: str) -> str:
    try:
        return codes.parse(text, BASE_URL).text
    except DomainError as refusal:
        return f"! {refusal.code.removeprefix('code_')}"


def genuine() -> Iterator[codes.Code]:
    keys = codes.Keyring(signing=(("A", b"s" * 32),), print_key=b"p" * 32)
    now = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
    for _ in range(5):
        for kind in (Kind.CHECKPOINT, Kind.CARD, Kind.SHOP, Kind.LETTER):
            yield codes.printed_code(keys, kind, new_id(), 1)
        for kind in (Kind.ORDER, Kind.VOUCHER, Kind.JOIN):
            yield codes.random_code(kind)
        yield codes.activity_code(keys, 77, now)
        yield codes.typed_activity_code(keys, 77, now)
        yield codes.phone_code(keys, 1002347, now)


def as_people_write_them(code: codes.Code, chance: Random) -> Iterator[str]:
    text = code.text
    yield from (text, text.lower(), codes.grouped(code), f"  {text}\n", "-".join(text))
    yield codes.address(BASE_URL, code)
    yield codes.address(BASE_URL.upper(), code)
    yield f"http://alliance.example/q/{text}"
    yield f"alliance.example/Q/{text}"
    yield "".join(chr(ord(each) + 0xFEE0) for each in text)
    place = chance.randrange(1, len(text))
    yield text[:place] + chance.choice(codes.ALPHABET) + text[place + 1 :]
    yield text[:place] + text[place + 1 :]
    yield text[:place] + "0" + text[place + 1 :]
    yield text + "2"
    yield text[: len(text) // 2]


STRANGE = [
    "",
    " ",
    "hello",
    "javascript:alert(1)",
    "https://evil.example/q/C7K4M9QX2PRTAB",
    "https://alliance.example.evil.example/q/C7K4M9QX2PRTAB",
    "https://alliance.example@evil.example/q/C7K4M9QX2PRTAB",
    "https://alliance.example:444/q/C7K4M9QX2PRTAB",
    "https://alliance.example",
    "https://alliance.example/",
    "https://alliance.example/q/C7\u212a4M9QX2PRTAB",
    "https://alliance.example/elsewhere/C7K4M9QX2PRTAB",
    "\u202ehttps://evil.example",
    "WIFI:S:free;;",
    "weixin://dl/business",
    "C" * 200,
    "C" * 7000,
    "CſſſſſſſſſſſſK",
    "巡逻点一号",
]


def test_phone_and_server_read_the_same_codes_and_refuse_the_same_texts():
    chance = Random(20261118)
    texts = [text for code in genuine() for text in as_people_write_them(code, chance)] + STRANGE
    differences = [
        (text[:60], phone, server)
        for text, phone, server in zip(texts, on_the_phone(texts), map(on_the_server, texts), strict=True)
        if phone != server
    ]
    assert differences == []


@pytest.mark.parametrize("text", STRANGE)
def test_the_phone_takes_nothing_strange(text):
    (answer,) = on_the_phone([text])
    assert answer.startswith("! ")
