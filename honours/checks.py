"""What must always be true of letters; looked at by `flask points check`."""

#: name → query, each row a fault; see `points.checks.also_check` for the blanks.
INVARIANTS: dict[str, str] = {
    "letters are numbered without gaps": """
        SELECT s.year, s.last, COUNT(n.id) AS letters, MAX(n.sequence) AS highest FROM letter_series s
        LEFT JOIN letter n ON n.year = s.year GROUP BY s.year, s.last
        HAVING COUNT(n.id) <> s.last OR COUNT(DISTINCT n.sequence) <> s.last OR MAX(n.sequence) <> s.last""",
    "letters stand in the series of their year": """
        SELECT n.id, n.year, n.sequence FROM letter n LEFT JOIN letter_series s ON s.year = n.year
        WHERE s.year IS NULL""",
    "nobody thanked himself by letter": "SELECT id, issued_by FROM letter WHERE issued_by = member_id",
}
