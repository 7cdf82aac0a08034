"""Thanks that are no points: letters of encouragement, numbered, printable and verifiable by anybody."""
