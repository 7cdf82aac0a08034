"""Checkers for the rules of the house: each takes source text and returns what it finds, one line per finding."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.config import ROOT

DOMAINS = (
    "members",
    "points",
    "patrols",
    "reports",
    "merchants",
    "rewards",
    "honours",
    "notices",
    "activities",
    "goals",
)
PACKAGES = ("core", *DOMAINS, "alliance")

#: What each package may import: `core ← members ← {honours, notices, goals, points ← {patrols, reports, activities,`
#: `merchants ← rewards}} ← alliance`.
MAY_IMPORT = {
    "core": set(),
    "members": {"core"},
    "points": {"core", "members"},
    "patrols": {"core", "members", "points"},
    "reports": {"core", "members", "points"},
    "merchants": {"core", "members", "points"},
    "rewards": {"core", "members", "points", "merchants"},
    "honours": {"core", "members"},
    "notices": {"core", "members"},
    "goals": {"core", "members"},
    "activities": {"core", "members", "points"},
    "alliance": {"core", *DOMAINS},
}
#: What a domain package offers to the others.
OUTWARD = {"service", "queries", "errors"}

LONGEST_FUNCTION_LINES = 60
LONGEST_FILE_LINES = 500

CLOCK_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
HOST = re.compile(
    r"""(?:src|href|action|poster|srcset|data|hx-(?:get|post))\s*=\s*["']\s*(?:https?:)?//""", re.IGNORECASE
)
#: An import that does not begin its line: a file without one need not be parsed to know that it has none in a function.
INDENTED_IMPORT = re.compile(r"^(?:[ \t]+|.*[:;][ \t]*)(?:from|import)\b", re.MULTILINE)
#: A name that may read the clock, other than through the clock of the house.
CLOCK_NAME = re.compile(
    r"(?<!\bclock)\.\s*(?:now|utcnow|today|time|time_ns)\b|\btime\s+import\b|\bas\s+clock\b"
)
NOQA = re.compile(r"#\s*noqa(?P<rest>.*)", re.IGNORECASE)
NOQA_WITH_REASON = re.compile(r"^: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* - \S.{7,}")
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?P<rest>.*)")
TYPE_IGNORE_WITH_REASON = re.compile(r"^\[[a-z, -]+\]\s+# \S.{7,}")
OTHER_EXCEPTIONS = re.compile(
    r"#\s*(pragma: no cover|nosec|fmt: off|mypy: |ruff: |pylint: )|\{#\s*djlint:off"
)


@dataclass(frozen=True)
class Source:
    """One file of the project: its path from the root, and its text."""

    path: str
    text: str

    @property
    def package(self) -> str:
        """The top folder."""
        return self.path.split("/")[0]

    @property
    def module(self) -> str:
        """The module's name within its package; for a module that became a folder, the folder's."""
        return self.path.split("/")[1].removesuffix(".py")

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text, self.path)


def tracked(*patterns: str) -> list[Source]:
    """Files that git knows or would know (not ignored), as text."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return [Source(name, _text(ROOT / name)) for name in listed if name and (ROOT / name).is_file()]


def package_sources() -> list[Source]:
    """All Python files of the packages."""
    return [each for each in tracked("*.py") if each.package in PACKAGES and "/" in each.path]


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


# --- the order of imports


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported; `from a import b` counts as a.b."""
    for node in _statements(source.tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                yield node.lineno, f"{'.' * node.level}{node.module or ''}.{name.name}"


def against_the_arrow(source: Source) -> list[str]:
    """Imports of a package that stands later in the order, and relative imports, which hide where they lead."""
    found = []
    for line, name in imported(source):
        top = name.split(".")[0]
        if name.startswith("."):
            found.append(f"{source.path}:{line} imports relatively: {name}")
        elif top in PACKAGES and top != source.package and top not in MAY_IMPORT[source.package]:
            found.append(f"{source.path}:{line} {source.package} imports {name}")
        elif top in {"tests", "bench", "migrations"}:
            found.append(f"{source.path}:{line} the house does not import {name}")
    return found


def past_the_door(source: Source, outward: dict[str, str], assembler_modules: set[str]) -> list[str]:
    """Imports of another domain package's inner modules.

    `outward` lists further doors with their reasons; `assembler_modules` are what only `alliance` may take besides.
    """
    found = []
    for line, name in imported(source):
        top, _, rest = name.partition(".")
        module = rest.split(".")[0]
        if top not in DOMAINS or top == source.package or not module:
            continue
        allowed = module in OUTWARD or f"{top}.{module}" in outward
        allowed = allowed or (source.package == "alliance" and module in assembler_modules)
        if not allowed:
            found.append(f"{source.path}:{line} reaches into {top}.{module}")
    return found


def imports_flask(source: Source) -> list[str]:
    """Imports of the web framework."""
    return [
        f"{source.path}:{line} imports {name}"
        for line, name in imported(source)
        if re.match(r"(flask|werkzeug|webargs|marshmallow)(_\w+)?(\.|$)", name)
    ]


def imports_inside_functions(source: Source) -> list[str]:
    """Imports that do not stand at the top of the file."""
    if not INDENTED_IMPORT.search(source.text):
        return []
    return [
        f"{source.path}:{inner.lineno} imports inside {function.name}"
        for function in _functions(source.tree)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


# --- code


def commits(source: Source) -> list[str]:
    """Calls of a method `commit`."""
    if "commit" not in source.text:
        return []
    return [
        f"{source.path}:{node.lineno} commits"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]


def reads_the_clock(source: Source) -> list[str]:
    """Reads of the machine's clock, under whatever name the module was imported."""
    if not CLOCK_NAME.search(source.text):
        return []
    names = {}
    for node in _statements(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for each in node.names:
                module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                names[each.asname or each.name] = f"{module}{each.name}".removeprefix(
                    "datetime.datetime"
                ).strip(".")
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            dotted = _dotted(node)
            head, _, rest = dotted.partition(".")
            full = f"{names.get(head, head) or 'datetime'}.{rest}".strip(".")
            short = ".".join(full.split(".")[-2:])
            if short in CLOCK_CALLS and (head in names or "." in dotted):
                found.append(f"{source.path}:{node.lineno} reads the clock: {dotted}")
    return found


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return node.id if isinstance(node, ast.Name) else ""


def long_functions(source: Source) -> list[str]:
    """Functions longer than a reader can hold."""
    return [
        f"{source.path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in _functions(source.tree)
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION_LINES
    ]


def long_file(source: Source) -> list[str]:
    """A file longer than a reader can hold."""
    lines = len(source.text.splitlines())
    return [f"{source.path} has {lines} lines"] if lines > LONGEST_FILE_LINES else []


def without_docstring(source: Source) -> list[str]:
    """Public modules, classes, functions and methods that do not say what they mean."""
    found = (
        []
        if ast.get_docstring(source.tree) or not source.text.strip()
        else [f"{source.path}:1 has no docstring"]
    )

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if not isinstance(
                node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
            ) or node.name.startswith("_"):
                continue
            inner_configuration = isinstance(node, ast.ClassDef) and prefix and node.name == "Meta"
            overload = any(_dotted(each).endswith("overload") for each in node.decorator_list)
            if not (inner_configuration or overload or ast.get_docstring(node)):
                found.append(f"{source.path}:{node.lineno} {prefix}{node.name} has no docstring")
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")

    visit(source.tree.body, "")
    return found


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in _statements(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements, without their expressions: of those there are ten times as many, and none holds a statement."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, name, None)
            # The body of a lambda or of a conditional expression is none of statements.
            if isinstance(inner, list):
                waiting += inner


# --- exceptions to rules


def unreasoned_exceptions(source: Source) -> list[str]:
    """Comments that switch a check off without naming the check and the reason."""
    found = []
    for number, line in enumerate(source.text.splitlines(), 1):
        noqa, ignore = NOQA.search(line), TYPE_IGNORE.search(line)
        if noqa and not NOQA_WITH_REASON.match(noqa["rest"]):
            found.append(f"{source.path}:{number} noqa needs its code and reason: `# noqa: X123 - because …`")
        if ignore and not TYPE_IGNORE_WITH_REASON.match(ignore["rest"]):
            found.append(
                f"{source.path}:{number} type: ignore needs its code and reason: `[code] # because …`"
            )
        if OTHER_EXCEPTIONS.search(line):
            found.append(f"{source.path}:{number} switches a check off for more than a line: {line.strip()}")
    return found


def unreasoned_settings(source: Source) -> list[str]:
    """Entries of lists of exceptions in pyproject.toml that have no comment, on their line or above their table."""
    found = []
    inside = False
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.match(r'(ignore|filterwarnings|extend-exclude|exclude|".*")\s*=\s*\[', line):
            inside = "]" not in line
            if not inside and "#" not in line and not re.search(r'=\s*\[\s*("error")?\s*\]', line):
                found.append(f"{source.path}:{number} has no reason: {line.strip()}")
        elif inside and line.strip().startswith("]"):
            inside = False
        elif (
            inside and line.strip().startswith(('"', "'")) and "#" not in line and line.strip() != '"error",'
        ):
            found.append(f"{source.path}:{number} has no reason: {line.strip()}")
    return found


# --- what may be committed

#: Written in pieces, so that this file is not its own finding.
_PLACES = ("wor" + "k", "far" + "m", "roo" + "t", "hom" + "e", "User" + "s")
_HOSTS = ("pyp" + "i.org", "pythonhoste" + "d", "registry.npmj" + "s", "deb.debia" + "n", "yarnpk" + "g.com")
MACHINE_PATH = re.compile(rf"(?<![\w.\]$}})~-])/(?:{'|'.join(_PLACES)})/[\w.-]|(?<![\w.])/tm{'p'}/[a-z]")
REGISTRY = re.compile("|".join(re.escape(each) for each in _HOSTS))
THIRD_PARTY = re.compile(
    r"\.min\.(js|css)$|\.wasm$|(^|/)node_modules/|(^|/)static/dist/|\.(ttf|otf|ttc|whl|woff2?)$"
)


def must_not_be_committed(source: Source) -> list[str]:
    """Paths of one machine, addresses of package registries, files that others made."""
    found = [f"{source.path} is a third-party or built file"] if THIRD_PARTY.search(source.path) else []
    for number, line in enumerate(source.text.splitlines(), 1):
        for what, pattern in (("path of a machine", MACHINE_PATH), ("package registry", REGISTRY)):
            match = pattern.search(line)
            if match:
                found.append(f"{source.path}:{number} {what}: {match.group()}")
    return found


# --- pages


def loads_from_elsewhere(source: Source) -> list[str]:
    """Templates that load or lead to another host, styles and scripts that fetch from one."""
    found = []
    for number, line in enumerate(source.text.splitlines(), 1):
        if source.path.endswith((".html", ".svg")) and HOST.search(line):
            found.append(f"{source.path}:{number} names another host: {line.strip()}")
        if source.path.endswith(".css") and re.search(r"(url\(|@import)\s*[\"']?\s*(https?:)?//", line):
            found.append(f"{source.path}:{number} loads from another host: {line.strip()}")
        if source.path.endswith((".js", ".mjs", ".ts")):
            code = line.replace("http://www.w3.org/", "")
            if re.search(r"[\"'`](https?:|wss?:)?//[\w$]", code):
                found.append(f"{source.path}:{number} names another host: {line.strip()}")
    return found


def inline_code(source: Source) -> list[str]:
    """Scripts, styles and event handlers written into a page, which the content policy forbids."""
    found = []
    text = re.sub(
        r"\{#.*?#\}", lambda match: re.sub(r"[^\n]", " ", match.group()), source.text, flags=re.DOTALL
    )
    for pattern, what in (
        # A block of JSON is data for a script of ours; no browser runs it.
        (r"""<script(?![^>]*\s(?:src=|type="application/json"))[^>]*>""", "inline script"),
        (r"<style[\s>]", "inline style sheet"),
        (r"<[a-zA-Z][^>]*\sstyle\s*=", "style attribute"),
        (r"<[a-zA-Z][^>]*\son[a-z]+\s*=", "event handler"),
        (r"""["']\s*javascript:""", "script address"),
        (r"<[a-zA-Z][^>]*\shx-on", "htmx event handler, which is evaluated"),
    ):
        found += [
            f"{source.path}:{text.count(chr(10), 0, match.start()) + 1} {what}: {match.group()[:60]}"
            for match in re.finditer(pattern, text)
        ]
    return found


def all_findings(findings: Iterable[list[str]]) -> list[str]:
    """Flatten the findings of many files."""
    return [line for each in findings for line in each]
