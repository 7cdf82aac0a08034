"""Sentences for the refusals of `patrols`."""

PROBLEMS: dict[str, tuple[object, object]] = {}
