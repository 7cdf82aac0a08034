"""What must always be true of rounds and what they have paid; looked at by `flask points check`."""

#: In seconds: when both began, and until when they walked.
_BLANKS = {
    "a_since": "{second_of[a.joined_at]}",
    "b_since": "{second_of[b.joined_at]}",
    "a_until": "CASE WHEN a.left_at < x.ended_at THEN {second_of[a.left_at]} ELSE {second_of[x.ended_at]} END",
    "b_until": "CASE WHEN b.left_at < y.ended_at THEN {second_of[b.left_at]} ELSE {second_of[y.ended_at]} END",
}
#: As `rules.overlaps.is_too_near` has it, but for rounded seconds: for more than `SAME_MOMENT`, or for more than half
#: of one of them. Rounds that paid before anybody asked are known: migration 0044 has flagged them as past.
_PAID_TWICE = """
        SELECT a.member_id, a.round_id, b.round_id AS other_id, b.joined_at FROM round_member a
        JOIN round x ON x.id = a.round_id AND x.state = 'completed' AND x.judged_by IS NULL
        JOIN round_member b ON b.member_id = a.member_id AND b.round_id <> a.round_id
            AND b.joined_at >= a.joined_at AND b.joined_at < x.ended_at
        JOIN round y ON y.id = b.round_id AND y.state = 'completed' AND y.judged_by IS NULL
        WHERE a.outcome = 'paid' AND b.outcome = 'paid'
        AND (%(a_until)s) > %(b_since)s AND (%(b_until)s) > %(a_since)s
        AND (((%(a_until)s) - %(b_since)s > 31 AND (%(b_until)s) - %(a_since)s > 31)
            OR 2 * ((%(a_until)s) - %(b_since)s) > 3 + (%(a_until)s) - %(a_since)s
            OR 2 * ((%(a_until)s) - %(b_since)s) > 3 + (%(b_until)s) - %(b_since)s)
        AND NOT EXISTS (SELECT 1 FROM round_flag f WHERE f.round_id IN (a.round_id, b.round_id)
            AND f.kind = 'two_rounds' AND SUBSTR(CAST(f.data AS text), 2, 6) = '"past"')"""

#: name → query, each row a fault; see `points.checks.also_check` for the blanks.
INVARIANTS: dict[str, str] = {
    "nobody is paid for two rounds at once without a look": _PAID_TWICE % _BLANKS,
    "what looks odd is paid only after a look": """
        SELECT r.id, r.state, f.kind FROM round r JOIN round_flag f ON f.round_id = r.id
        WHERE r.state = 'completed' AND r.judged_by IS NULL
        AND f.kind = 'two_rounds' AND SUBSTR(CAST(f.data AS text), 2, 6) <> '"past"'""",
}
