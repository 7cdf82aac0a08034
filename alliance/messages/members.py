"""Sentences for the refusals of `members`."""

PROBLEMS: dict[str, tuple[object, object]] = {}
