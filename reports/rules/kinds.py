"""What can be reported: one row of `KINDS` for each kind, with its short form and its rule of the tariff."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from reports.errors import AnswerInvalid, KindUnknown
from reports.rules.texts import clean_line

LONGEST_ANSWER: Final = 120
#: For questions with two answers.
YES_NO: Final = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a short form; without `choices` it is answered by a line of text of at most `most` letters."""

    code: str
    choices: tuple[str, ...] = ()
    required: bool = False
    most: int = LONGEST_ANSWER


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report. `rule_code`: what a useful one earns by the tariff. `due_days`: days until it should be done.

    `on_site`: somebody goes and looks before it is resolved. `overnight`: it must not stay open past midnight.
    `confidential`: its words are for the handler alone, whether or not the reporter asked for it. `registered`: it is
    useful once the home that it tells of is registered, and is paid by that.
    """

    code: str
    rule_code: str
    questions: tuple[Question, ...] = ()
    due_days: int = 3
    on_site: bool = True
    overnight: bool = False
    confidential: bool = False
    registered: bool = False


#: Every kind, in the order in which it is offered.
KINDS: Final[dict[str, Kind]] = {
    each.code: each
    for each in (
        Kind(
            "hazard",
            "hazard",
            (
                Question(
                    "what",
                    ("fire", "electricity", "gas", "blocked_way", "building", "road", "water", "other"),
                    required=True,
                ),
                Question("urgent", YES_NO, required=True),
                Question("responsible"),
            ),
            due_days=1,
        ),
        Kind(
            "dispute",
            "dispute",
            (
                Question(
                    "between", ("neighbours", "family", "landlord", "shop", "work", "other"), required=True
                ),
                Question("now", YES_NO, required=True),
                Question("tried_before", YES_NO),
            ),
            due_days=0,
            overnight=True,
        ),
        Kind(
            "scam",
            "lead",
            (
                Question("channel", ("telephone", "message", "internet", "doorstep", "other"), required=True),
                Question("money_paid", YES_NO, required=True),
                Question("contact"),
            ),
            due_days=1,
            on_site=False,
            confidential=True,
        ),
        Kind(
            "suspicious",
            "lead",
            (
                Question("what", ("person", "vehicle", "gathering", "object", "other"), required=True),
                Question("seen", ("now", "today", "earlier", "often"), required=True),
            ),
            due_days=1,
            confidential=True,
        ),
        Kind(
            "rented",
            "rental",
            (
                Question("dwelling", required=True),
                Question("tenants"),
                Question("owner_agrees", YES_NO),
            ),
            registered=True,
        ),
        Kind("other", "report"),
    )
}
#: The rules by which reports without a name can be paid.
RULES: Final = tuple(dict.fromkeys(kind.rule_code for kind in KINDS.values()))


def kind(code: str) -> Kind:
    """The kind with this code. Raises `KindUnknown`."""
    found = KINDS.get(code)
    if found is None:
        raise KindUnknown(field="kind")
    return found


def clean_answers(kind: Kind, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers of the short form as they are kept; unanswered questions are left out.

    Raises `AnswerInvalid` with `field` (the question) and `reason`: `unknown`, `missing`, and those of a text.
    """
    questions = {question.code: question for question in kind.questions}
    for code in answers:
        if code not in questions:
            raise AnswerInvalid(field=code[:LONGEST_ANSWER], reason="unknown")
    found: dict[str, str] = {}
    for code, question in questions.items():
        answer = clean_line(answers.get(code, ""), code, question.most)
        if question.required and not answer:
            raise AnswerInvalid(field=code, reason="missing")
        if answer and question.choices and answer not in question.choices:
            raise AnswerInvalid(field=code, reason="unknown")
        if answer:
            found[code] = answer
    return found


def due_on(kind: Kind, received_on: date) -> date:
    """The day (programme zone) by which it should be resolved."""
    return received_on + timedelta(days=kind.due_days)
