"""The assembler: the only place that knows all packages."""
