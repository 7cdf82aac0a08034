"""What must always be true of activities and what they have paid; looked at by `flask points check`."""

#: name → query, each row a fault; see `points.checks.also_check` for the blanks.
INVARIANTS: dict[str, str] = {
    "who came is paid once, by the award that is written down": """
        SELECT a.id, a.outcome, a.transfer_id FROM attendance a
        LEFT JOIN award_request q ON q.transfer_id = a.transfer_id
        LEFT JOIN transfer t ON t.id = a.transfer_id AND t.kind = 'earn' AND t.credit_account_id = a.member_id
            AND t.amount = a.points
            AND (t.subject_type = 'activity') = (a.how = 'code' AND (q.id IS NULL OR q.activity_id IS NOT NULL))
        WHERE (a.outcome = 'paid') <> (t.id IS NOT NULL)""",
    "what is decided about who came is written down": """
        SELECT a.id, q.id AS request, q.state FROM attendance a JOIN award_request q ON q.id = a.request_id
        WHERE q.state <> 'waiting'""",
    "activities pay those who came": """
        SELECT t.id, t.subject_id FROM transfer t
        LEFT JOIN attendance a ON a.transfer_id = t.id AND a.activity_id = t.subject_id AND a.removed_at IS NULL
        WHERE t.subject_type = 'activity' AND t.kind = 'earn' AND a.id IS NULL""",
    "nobody closed an activity for himself": """
        SELECT id, actor_id FROM transfer
        WHERE subject_type = 'activity' AND kind = 'earn' AND actor_id = credit_account_id""",
    "only a closed activity has decided about who came": """
        SELECT a.id, y.number, y.state FROM attendance a JOIN activity y ON y.id = a.activity_id
        WHERE a.removed_at IS NULL AND (y.state = 'closed') <> (a.outcome <> '')""",
    "a closed activity knows how many came": """
        SELECT y.number, y.people, COUNT(a.id) AS came FROM activity y
        LEFT JOIN attendance a ON a.activity_id = y.id AND a.removed_at IS NULL
        WHERE y.state = 'closed' GROUP BY y.number, y.people HAVING COUNT(a.id) <> y.people""",
    "who came is counted in once": """
        SELECT activity_id, member_id, COUNT(*) AS times FROM attendance
        GROUP BY activity_id, member_id HAVING COUNT(*) > 1""",
    "no more sign-ups than places": """
        SELECT y.number, y.most, COUNT(*) AS signed_up FROM activity y
        JOIN activity_sign_up s ON s.activity_id = y.id WHERE y.most IS NOT NULL
        GROUP BY y.number, y.most HAVING COUNT(*) > y.most""",
}
