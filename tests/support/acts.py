"""Use cases that change something and never come to the audit log, read out of the code.

A call is followed to the function that it means: one of the same module, one that was imported by its name, or one of a
module that was imported. What is called through a value is not followed.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: What begins a transaction, or is handed the work of one.
WRITES = {"transactional", "transaction", "once", "once_prepared", "many", "in_one_statement"}
Definition = ast.FunctionDef | ast.ClassDef
RECORDS = {"core.audit.record", "core.audit.record_many"}


@dataclass
class Module:
    """Functions and classes by name, and what names of this module mean elsewhere."""

    name: str
    functions: dict[str, Definition] = field(default_factory=dict)
    means: dict[str, str] = field(default_factory=dict)
    #: What each function mentions, once somebody has asked: most are come to from many use cases.
    mentions: dict[str, set[str]] = field(default_factory=dict)


def modules(root: Path, packages: Iterable[str]) -> dict[str, Module]:
    """All modules of these packages by their dotted names."""
    return {
        each.name: each
        for package in packages
        for path in sorted((root / package).rglob("*.py"))
        for each in (_read(path, root),)
    }


def _read(path: Path, root: Path) -> Module:
    parts = path.relative_to(root).with_suffix("").parts
    found = Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.functions.setdefault(node.name, node)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.means |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found.means |= {each.asname: each.name for each in node.names if each.asname}
    return found


def _names(module: Module, function: Definition) -> Iterator[str]:
    """Dotted names of all that the function mentions, as far as they are functions of some module."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            yield module.means.get(node.id, f"{module.name}.{node.id}")
        elif isinstance(node, ast.Attribute):
            dotted = ast.unparse(node)
            first, _, rest = dotted.partition(".")
            yield f"{module.means.get(first, first)}.{rest}"
            # A method of what this module makes.
            yield f"{module.name}.{node.attr}"


def _home(name: str, known: dict[str, Module]) -> str:
    """Where a function that a package passes on is written."""
    package, _, short = name.rpartition(".")
    while package in known and short not in known[package].functions and short in known[package].means:
        name = known[package].means[short]
        package, _, short = name.rpartition(".")
    return name


def reached(name: str, known: dict[str, Module]) -> set[str]:
    """Everything that the function comes to, itself included."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = _home(waiting.pop(), known)
        package, _, short = each.rpartition(".")
        if each in found:
            continue
        found.add(each)
        function = known[package].functions.get(short) if package in known else None
        if function is not None:
            module = known[package]
            if short not in module.mentions:
                module.mentions[short] = set(_names(module, function))
            waiting += module.mentions[short] - found
    return found


def silent(known: dict[str, Module], packages: Iterable[str]) -> set[str]:
    """Use cases with an actor that write and come to no audit log: "members.leave_squad"."""
    found = set()
    for package in packages:
        service = known.get(f"{package}.service")
        for short in (service.means | service.functions) if service else {}:
            home = _home(f"{package}.service.{short}", known)
            module, _, name = home.rpartition(".")
            function = known[module].functions.get(name) if module in known else None
            if not isinstance(function, ast.FunctionDef) or short.startswith("_") or not _has_actor(function):
                continue
            comes_to = reached(home, known)
            writes = any(each.rpartition(".")[2] in WRITES for each in comes_to)
            if writes and not comes_to & RECORDS:
                found.add(f"{package}.{short}")
    return found


def _has_actor(function: ast.FunctionDef) -> bool:
    arguments = (*function.args.args, *function.args.kwonlyargs)
    return any(each.annotation is not None and ast.unparse(each.annotation) == "Actor" for each in arguments)
