"""Sentences for the refusals of `points`."""

PROBLEMS: dict[str, tuple[object, object]] = {}
