"""How a name sounds: the clerk has heard it, and wrote it with other characters, in another order, in Latin letters.

A name is taken apart into the syllables of standard Chinese, without tones: a character into its first reading, Latin
letters into syllables as they are spelled on passports. What is no such syllable counts by its letters alone. The
order does not matter: 张伟, 章伟, 張 偉, Zhang Wei, WEI ZHANG and zhangwei sound the same.
"""

import os
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from core import texts

# Single characters have their readings without the list of phrases, which would take 45 MB in each process.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
from pypinyin.constants import PINYIN_DICT

from members.rules import name_key

#: By what likely pairs are looked for: names that are written alike, or that only sound alike.
LIKELY_BY: Final = ("name", "sound")
#: What two members may have in common → how much it says. "phone": only one of them has one.
LIKELY_SIGNS: Final[Mapping[str, int]] = {"tail": 5, "helper": 4, "squad": 3, "area": 2, "phone": 1}
#: Room for what is kept; a name of sixty characters would need more, and is told apart well before.
LONGEST_SOUND: Final = 200
#: Characters that in names are hardly ever read as in other texts.
_IN_NAMES: Final = {
    "翟": "zhai", "曾": "zeng", "仇": "qiu", "缪": "miao", "繆": "miao",
    "冼": "xian", "覃": "qin", "卜": "bu", "晟": "sheng", "隗": "wei",
}  # fmt: skip
#: Characters that are read otherwise as a surname, that is, where a name begins.
_SURNAMES: Final = {
    "单": "shan", "單": "shan", "区": "ou", "區": "ou", "解": "xie", "查": "zha", "盖": "ge", "蓋": "ge",
    "朴": "piao", "种": "chong", "折": "she", "员": "yun", "員": "yun", "秘": "bi", "繁": "po", "洗": "xian",
    "薄": "bo", "召": "shao", "乐": "yue", "樂": "yue", "祭": "zhai", "万俟": "mo qi", "萬俟": "mo qi",
    "尉迟": "yu chi", "尉遲": "yu chi", "澹台": "tan tai", "澹臺": "tan tai",
}  # fmt: skip
_LETTERS: Final = re.compile(r"[a-z]+")
_LONGEST_SYLLABLE: Final = 6
#: A longer word is no Chinese one, and trying all its parts would take long.
_LONGEST_WORD: Final = 30
#: What may stand for the beginning of a syllable that somebody did not type to its end.
_INITIALS: Final = frozenset("abcdefghjklmnopqrstwxyz")


def _plain(reading: str) -> str:
    """A reading without its tone, with v for ü: "lǚ" → "lv"."""
    parts = unicodedata.normalize("NFD", reading).replace("u\N{COMBINING DIAERESIS}", "v")
    return "".join(part for part in parts if "a" <= part <= "z")


@lru_cache(maxsize=50_000)
def _of_character(character: str) -> str | None:
    """The syllable of a Chinese character, or None for any other sign."""
    readings: Any = PINYIN_DICT.get(ord(character))
    return _IN_NAMES.get(character) or (_plain(readings.split(",")[0]) or None if readings else None)


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    every = {_plain(each.split(",")[0]) for each in PINYIN_DICT.values()}
    return frozenset(each for each in every if any(vowel in each for vowel in "aeiouv"))


def _spelled(name: str) -> str:
    """In small letters, compatibility forms and accents gone; ü, however it was written, as v."""
    parts = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name).casefold())
    parts = parts.replace("u\N{COMBINING DIAERESIS}", "v")
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    # Inside a word n may end a syllable: "chenyu" is chen yu. No syllable ends in l.
    return re.sub("(l|(?<![a-z])n)yu", r"\1v", letters)


@lru_cache(maxsize=5_000)
def _split(word: str, *, beginnings: bool = False) -> tuple[str, ...] | None:
    """Latin letters as syllables, as few as possible; with `beginnings` also single letters that begin one.

    A syllable does not begin with a vowel inside a word if it can be helped: "fangang" is fan gang. None when it
    is no such word.
    """
    if len(word) > _LONGEST_WORD:
        return None
    best: list[tuple[int, tuple[str, ...]] | None] = [(0, ())]
    for end in range(1, len(word) + 1):
        found: list[tuple[int, tuple[str, ...]]] = []
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before, piece = best[start], word[start:end]
            cost = 2 if piece in _syllables() else 7 if beginnings and piece in _INITIALS else 0
            if before is not None and cost:
                cost += 3 if start and piece[0] in "aeo" and cost == 2 else 0
                found.append((before[0] + cost, (*before[1], piece)))
        best.append(min(found) if found else None)
    return best[-1][1] if best[-1] is not None else None


def _chinese(text: str) -> str:
    """The text with a syllable between two spaces for each Chinese character."""
    found = [(place, syllable) for place, sign in enumerate(text) if (syllable := _of_character(sign))]
    read = dict(found)
    for length in (2, 1):
        first = [place for place, _syllable in found[:length]]
        surname = _SURNAMES.get("".join(text[place] for place in first))
        if surname and len(found) > length:
            read |= zip(first, surname.split(), strict=True)
            break
    return "".join(f" {read[place]} " if place in read else sign for place, sign in enumerate(text))


def _others(text: str) -> tuple[list[str], list[str]]:
    """Numbers, and the letters of other scripts."""
    return re.findall("[0-9]+", text), [
        sign for sign in text if texts.has_letter(sign) and not sign.isascii()
    ]


def sound(name: str) -> str:
    """How a name sounds, as it is kept and compared: the first letters of its syllables, then the syllables, in the
    order of the alphabet: "wz wei zhang". Empty for a name without a letter.
    """
    text = _chinese(_spelled(name))
    words = _LETTERS.findall(text)
    split = [_split(word) for word in words]
    pieces, rest = _others(text)
    if all(split):
        pieces += [piece for each in split if each for piece in each]
    else:
        rest += "".join(words)
    if rest:
        pieces.append("".join(sorted(rest)))
    pieces.sort()
    return f"{''.join(each[0] for each in pieces)} {' '.join(pieces)}"[:LONGEST_SOUND].strip()


def latin(name: str) -> str:
    """A name as it is typed in Latin letters, in its own order: "张 伟" → "zhangwei"; other signs as they are."""
    return "".join(sign for sign in _chinese(_spelled(name)) if texts.has_letter(sign))[:LONGEST_SOUND]


def typed_sound(text: str) -> tuple[str, tuple[str, ...]] | None:
    """What somebody looks for who typed Latin letters in any order: how the kept sound begins, and its whole syllables.

    "wei zhang" and "zw" find 张伟: every syllable is wanted, whole or by its first letter. None when the letters are no
    syllables, and for a single letter.
    """
    spelled = _spelled(text)
    if not is_latin(text):
        return None
    split = [_split(word, beginnings=True) for word in _LETTERS.findall(spelled)]
    pieces = sorted(piece for each in split if each for piece in each)
    if not all(split) or len("".join(pieces)) < 2:
        return None
    whole = tuple(piece for piece in pieces if piece in _syllables() and len(piece) > 1)
    return "".join(piece[0] for piece in pieces), whole


def is_latin(text: str) -> bool:
    """Whether this can only be a name in Latin letters."""
    return re.fullmatch(r"[a-z\s'’.·-]*[a-z][a-z\s'’.·-]*", _spelled(text)) is not None


def kept(name: str) -> dict[str, str]:
    """What is kept beside a name to find it by, by column."""
    return {"name_key": name_key(name), "name_sound": sound(name), "name_latin": latin(name)}
