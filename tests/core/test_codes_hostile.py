"""What a scanner may meet on a wall: nothing of it is opened, nothing of it breaks anything."""

import random
import string
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import codes
from core.codes import ALPHABET, Keyring, Kind
from core.errors import DomainError

BASE_URL = "https://zylm.example.cn"
NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
RING = Keyring(signing=(("7", b"k" * 32), ("8", b"l" * 32)), print_key=b"p" * 32)
STRANGERS_RING = Keyring(signing=(("7", b"s" * 32),), print_key=b"s" * 32)
#: The same in every process, because it stands in the names of tests.
CODE = codes.printed_code(RING, Kind.CHECKPOINT, UUID(int=1), 1).text

FOREIGN = [
    f"https://zylm.example.com/q/{CODE}",
    f"https://zylm.example.cn.evil.cn/q/{CODE}",
    f"https://zylm.example.cn-evil.cn/q/{CODE}",
    f"https://zylm-example.cn/q/{CODE}",
    f"https://zylmexample.cn/q/{CODE}",
    f"https://zylm.examp1e.cn/q/{CODE}",
    f"https://zyIm.example.cn.cn/q/{CODE}",
    f"https://evil.zylm.example.cn/q/{CODE}",
    f"https://www.zylm.example.cn/q/{CODE}",
    f"https://xn--zylm-9za.example.cn/q/{CODE}",
    f"https://xn--80ak6aa92e.cn/q/{CODE}",
    f"https://zylm.example.cn@evil.cn/q/{CODE}",
    f"https://zylm.example.cn:x@evil.cn/q/{CODE}",
    f"https://zylm.example.cn%40evil.cn/q/{CODE}",
    f"https://zylm.example.cn%2f@evil.cn/q/{CODE}",
    f"https://user@zylm.example.cn/q/{CODE}",
    f"https://user:word@zylm.example.cn/q/{CODE}",
    f"https://zylm.example.cn:444/q/{CODE}",
    f"https://zylm.example.cn:443/q/{CODE}",
    f"https://zylm.example.cn:/q/{CODE}",
    f"https://zylm.example.cn./q/{CODE}",
    f"https://zylm.example.cn\\@evil.cn/q/{CODE}",
    f"https:\\\\zylm.example.cn\\q\\{CODE}",
    f"https:/zylm.example.cn/q/{CODE}",
    f"https:zylm.example.cn/q/{CODE}",
    f"https:///zylm.example.cn/q/{CODE}",
    f"https://https://zylm.example.cn/q/{CODE}",
    f"//zylm.example.cn/q/{CODE}",
    f"/q/{CODE}",
    f"q/{CODE}",
    f"#{CODE}",
    f"ftp://zylm.example.cn/q/{CODE}",
    f"file://zylm.example.cn/q/{CODE}",
    f"intent://zylm.example.cn/q/{CODE}#Intent;scheme=https;end",
    f"javascript:alert(1)//zylm.example.cn/q/{CODE}",
    f"javascript://zylm.example.cn/q/{CODE}%0aalert(1)",
    f"JaVaScRiPt:location='https://zylm.example.cn/q/{CODE}'",
    f"data:text/html,<script>location='https://zylm.example.cn/q/{CODE}'</script>",
    f"https://evil.cn/?https://zylm.example.cn/q/{CODE}",
    f"https://evil.cn/#https://zylm.example.cn/q/{CODE}",
    f"https://evil.cn/q/{CODE}",
    f"https://192.0.2.7/q/{CODE}",
    f"https://3221225991/q/{CODE}",
    f"https://[::1]/q/{CODE}",
    f"https://zylm.example.cn?/q/{CODE}",
    f"https://zylm.example.cn#/q/{CODE}",
    f"https://zylm%2eexample.cn/q/{CODE}",
    f"https://zylm.example.cn\u3002evil.cn/q/{CODE}",
    f"https://zylm\u3002example\u3002cn/q/{CODE}",
    f"https://zylm.example.c\u0274/q/{CODE}",
    f"https://zylm.ex\u0430mple.cn/q/{CODE}",
    f"https://zylm.example.cn\u2044q\u2044{CODE}@evil.cn/",
    f"https://zylm.example.cn\u200b/q/{CODE}",
    f"https://zylm\u00ad.example.cn/q/{CODE}",
    f"\u202ehttps://zylm.example.cn/q/{CODE}",
    f"https://\u202enc.elpmaxe.mlyz\u202c/q/{CODE}",
    f"\ufeffhttps://zylm.example.cn/q/{CODE}",
    f"https://zylm.example.cn\x00.evil.cn/q/{CODE}",
    f"https://zylm.example.cn\n.evil.cn/q/{CODE}",
    f"https://zylm.example.cn\t/q/{CODE}",
    f"https:// zylm.example.cn/q/{CODE}",
    f"\x00https://zylm.example.cn/q/{CODE}",
    "weixin://dl/business/?t=evil",
    "https://u.wechat.com/MBxEvil",
    "alipays://platformapi/startapp?appId=1",
    "tel:110",
    "smsto:10086:CXLL",
    "WIFI:T:WPA;S:free;P:12345678;;",
    "BEGIN:VCARD\nFN:Wang\nEND:VCARD",
    "geo:34.6,119.2",
    "mailto:a@b.cn",
    "zylm@evil.cn",
    "1.1.1.1",
]

MALFORMED = [
    "",
    " ",
    "\x00",
    "\r\n",
    "-",
    "6901234567892",
    "HELLO WORLD",
    "正义联盟",
    "C",
    "0",
    CODE[:8],
    CODE + CODE,
    "B" + CODE[1:],
    f"{CODE}\x00",
    f"\x00{CODE}",
    f"{CODE[:5]}\x00{CODE[5:]}",
    f"\u202e{CODE[::-1]}",
    f"{CODE[:5]}\u202e{CODE[5:]}\u202c",
    f"{CODE[:5]}\u200b{CODE[5:]}",
    f"{CODE[:5]}\ud800{CODE[5:]}",
    f"{CODE}\u0301",
    CODE.replace("J", "\u0408", 1),  # a Cyrillic letter
    f"{CODE}'--",
    f"{CODE};DROP",
    f"{{{{{CODE}}}}}",
    f"<b>{CODE}",
    "https://zylm.example.cn",
    "https://zylm.example.cn/",
    "https://zylm.example.cn/leaderboard",
    f"https://zylm.example.cn/qq/{CODE}",
    f"https://zylm.example.cn/q{CODE}",
    f"https://zylm.example.cn/q//{CODE}",
    f"https://zylm.example.cn/q/../q/{CODE}",
    f"https://zylm.example.cn/q/{CODE}/",
    f"https://zylm.example.cn/q/{CODE}?next=https://evil.cn",
    f"https://zylm.example.cn/q/{CODE}#x",
    f"https://zylm.example.cn/q/#{CODE}",
    f"https://zylm.example.cn/q/%4A{CODE[1:]}",
    f"https://zylm.example.cn/q/{CODE}@evil.cn",
    f"https://zylm.example.cn/@evil.cn/q/{CODE}",
    f"https://zylm.example.cn//evil.cn/q/{CODE}",
    f"https://zylm.example.cn/q/{CODE}\x00",
    f"https://zylm.example.cn/q\\{CODE}",
    f"https://zylm.example.cn/\uff51/{CODE}",
]


def refusal(text: str, base_url: str = BASE_URL) -> str:
    with pytest.raises(DomainError) as refused:
        codes.parse(text, base_url)
    return refused.value.code


def try_all(text: str, base_url: str = BASE_URL) -> str:
    """Does with a text all that can be done without a database. Only a `DomainError` may come out of it."""
    try:
        code = codes.parse(text, base_url)
        assert set(code.text[1:]) <= set(ALPHABET)
        assert codes.parse(codes.address(base_url, code), base_url) == code
        codes.digest(RING, code)
        if code.kind is Kind.ACTIVITY:
            codes.read_activity_code(RING, code, NOON)
        if code.kind is Kind.PHONE:
            codes.read_phone_code(RING, code, NOON)
    except DomainError as error:
        return error.code
    return "read"


@pytest.mark.parametrize("text", FOREIGN)
def test_an_address_of_somebody_else_is_foreign_even_with_a_genuine_code_in_it(text):
    assert refusal(text) == "code_foreign"


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_code_is_malformed(text):
    assert refusal(text) == "code_malformed"


@pytest.mark.parametrize(
    "text", [*(each for each in FOREIGN + MALFORMED if CODE in each), CODE[:-1], CODE * 20]
)
def test_a_refusal_does_not_repeat_what_was_scanned(text):
    with pytest.raises(DomainError) as refused:
        codes.parse(text, BASE_URL)
    assert CODE[:8] not in repr((refused.value, refused.value.data))
    assert set(refused.value.data) <= {"field", "length", "expected", "longest"}


@pytest.mark.parametrize(("base_url", "look_alike"), [
    ("https://link.cn", "https://lin\u212a.cn"),  # KELVIN SIGN, lower case k
    ("https://sos.cn", "https://\u017fos.cn"),  # LATIN SMALL LETTER LONG S, upper case S
    ("https://zylm.cn", "https://zylmxcn"),  # a dot in a pattern would mean any character
    ("https://istanbul.cn", "https://\u0130stanbul.cn"),
    ("https://xn--fsq.cn", "https://\u4e2d.cn"),
    ("https://zylm.cn:8443", "https://zylm.cn"),
    ("http://localhost:8000", "http://localhost:80"),
    ("http://localhost:8000", "http://localhost:80001"),
    ("https://example.cn/zylm", "https://example.cn"),
    ("https://example.cn/zylm", "https://example.cn/other"),
])  # fmt: skip
def test_a_host_that_only_looks_like_ours_is_foreign(base_url, look_alike):
    assert refusal(f"{look_alike}/q/{CODE}", base_url) == "code_foreign"


@pytest.mark.parametrize(
    "letter", ["\u017f", "\u0131", "\u212a", "\u00df", "\ufb01", "\u0391", "\u0421", "\u2160", "\u0662"]
)
def test_a_letter_that_only_becomes_ours_in_capitals_is_not_taken_for_it(letter):
    assert refusal(CODE[:4] + letter + CODE[5:]) == "code_malformed"


@pytest.mark.parametrize("letter", "0O1IL")
def test_a_look_alike_in_a_code_is_called_a_slip(letter):
    assert refusal(CODE[:4] + letter + CODE[5:]) == "code_mistyped"


@pytest.mark.parametrize("text", [
    "C" * 201, "C" * 7_168, "https://zylm.example.cn/q/" + "C" * 7_168, " " * 7_168 + CODE, "\x00" * 8_000,
    "\U00020000" * 201, "https://" + "a." * 4_000, "(" * 7_000, "9" * 1_000_000,
])  # fmt: skip
def test_a_huge_text_is_refused_by_its_length_alone(text, monkeypatch):
    monkeypatch.setattr(codes, "_without_address", lambda *_: pytest.fail("the text was looked at"))
    with pytest.raises(codes.CodeTooLong) as refused:
        codes.parse(text, BASE_URL)
    assert refused.value.data == {"field": "code", "longest": 200}


def test_the_longest_text_that_is_looked_at_can_hold_an_address_of_ours():
    base_url = "https://" + "a" * 150 + ".cn"
    code = codes.phone_code(RING, 1, NOON)
    assert codes.parse(codes.address(base_url, code), base_url) == code


def genuine_texts() -> list[str]:
    made = [codes.random_code(kind) for kind in (Kind.ORDER, Kind.VOUCHER, Kind.JOIN)]
    for ring in (RING, STRANGERS_RING):
        made += [codes.activity_code(ring, 7, NOON), codes.phone_code(ring, 1_002_347, NOON)]
    made.append(codes.activity_code(RING, 7, NOON - timedelta(hours=1)))
    return [text for code in made for text in (code.text, codes.address(BASE_URL, code), codes.grouped(code))]


NASTY = [
    *(
        "\x00",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\udfff",
        "\U0010ffff",
        "\u0130",
        "\ufb01",
        "é",
        "正",
    ),
    *(
        "/",
        "\\",
        ":",
        "@",
        "#",
        "?",
        "%00",
        "%2f",
        "..",
        "//",
        "q/",
        "Q#",
        "javascript:",
        BASE_URL,
        BASE_URL + "/q/",
    ),
    *(
        " ",
        "-",
        "\r\n",
        "\t",
        "\u3000",
        "\uff23",
        "\uff10",
        "０",
        "٣",
        "²",
        "½",
        "Ⅷ",
        "ß",
        "'",
        '"',
        "<",
        "{{",
        "$(",
    ),
    *("C", "A", "M", "P", "S", "O", "V", "J", "0", "Z" * 33, "2" * 27, "Z" * 170),
]


def nasty_text(chance: random.Random, genuine: list[str]) -> str:
    """A genuine text that was cut, stretched and mixed with nasty pieces, or nothing but noise."""
    way = chance.randrange(4)
    if way == 0:
        return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(60)))
    if way == 1:
        kind = chance.choice(list(Kind))
        return kind.value + "".join(chance.choices(ALPHABET, k=codes.length(kind) - 1))
    if way == 2:
        return "".join(chance.choices([*NASTY, *string.printable], k=chance.randrange(40)))
    text = chance.choice(genuine)
    for _ in range(chance.randrange(4)):
        start, end = sorted(chance.choices(range(len(text) + 1), k=2))
        piece = chance.choice(NASTY)
        text = chance.choice(
            [text[:start] + piece + text[start:], text[:start] + text[end:], text[:end] + text[start:]]
        )
    return text


def test_twenty_thousand_nasty_texts_raise_nothing_but_refusals():
    chance = random.Random(20261118)
    genuine = genuine_texts()
    outcomes = [try_all(nasty_text(chance, genuine)) for _ in range(20_000)]
    refusals = {"too_long", "foreign", "malformed", "mistyped", "unknown", "expired"}
    assert set(outcomes) == {"read", *(f"code_{each}" for each in refusals)}


def test_forty_thousand_guesses_hit_nothing():
    chance = random.Random(7)
    for _ in range(20_000):
        for kind in (Kind.ACTIVITY, Kind.PHONE):
            guess = (
                kind.value + chance.choice("78") + "".join(chance.choices(ALPHABET, k=codes.length(kind) - 2))
            )
            assert try_all(guess) == "code_unknown"


@settings(max_examples=500)
@given(st.text(max_size=250), st.text(max_size=30))
def test_no_text_at_all_raises_anything_but_a_refusal(text, piece):
    for each in (
        text,
        f"{BASE_URL}/q/{piece}",
        f"{BASE_URL}/q#{piece}",
        BASE_URL + piece,
        CODE[:7] + piece + CODE[7:],
    ):
        try_all(each)


@given(st.text(st.characters(codec="ascii"), max_size=40).filter(lambda text: not text.startswith("/")))
def test_nothing_put_behind_our_name_makes_another_host_ours(piece):
    assert refusal(f"https://zylm.example.cn{piece or 'x'}.evil.cn/q/{CODE}") in {
        "code_foreign",
        "code_too_long",
    }
