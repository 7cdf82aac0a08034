"""What must always be true of rounds and what they have paid; looked at by `flask points check`."""

#: name → query, each row a fault; see `points.checks.also_check` for the blanks. Rounds that paid before anybody asked
#: are known: migration 0044 has flagged them as past. Seconds are rounded, hence one more than `SAME_MOMENT`.
INVARIANTS: dict[str, str] = {
    "nobody is paid for two rounds at once without a look": """
        SELECT a.member_id, a.round_id, b.round_id AS other_id, b.joined_at FROM round_member a
        JOIN round x ON x.id = a.round_id AND x.state = 'completed' AND x.judged_by IS NULL
        JOIN round_member b ON b.member_id = a.member_id AND b.round_id <> a.round_id
            AND b.joined_at >= a.joined_at AND b.joined_at < x.ended_at
        JOIN round y ON y.id = b.round_id AND y.state = 'completed' AND y.judged_by IS NULL
        WHERE a.outcome = 'paid' AND b.outcome = 'paid'
        AND {second_of[x.ended_at]} > {second_of[b.joined_at]} + 31
        AND {second_of[y.ended_at]} > {second_of[a.joined_at]} + 31
        AND (a.left_at IS NULL OR {second_of[a.left_at]} > {second_of[b.joined_at]} + 31)
        AND (b.left_at IS NULL OR {second_of[b.left_at]} > {second_of[a.joined_at]} + 31)
        AND NOT EXISTS (SELECT 1 FROM round_flag f WHERE f.round_id IN (a.round_id, b.round_id)
            AND f.kind = 'two_rounds' AND SUBSTR(CAST(f.data AS text), 2, 6) = '"past"')""",
    "what looks odd is paid only after a look": """
        SELECT r.id, r.state, f.kind FROM round r JOIN round_flag f ON f.round_id = r.id
        WHERE r.state = 'completed' AND r.judged_by IS NULL
        AND f.kind = 'two_rounds' AND SUBSTR(CAST(f.data AS text), 2, 6) <> '"past"'""",
}
