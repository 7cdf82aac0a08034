"""What must always be true of merged memberships and their points; looked at by `flask points check`."""

#: name → query, each row a fault; see `points.checks.also_check` for the blanks.
INVARIANTS: dict[str, str] = {
    "merged memberships are closed": """
        SELECT m.id, g.number, g.status FROM member_merge m JOIN member g ON g.id = m.gone_id
        WHERE m.undone_at IS NULL AND (g.status <> 'left' OR g.phone IS NOT NULL
            OR (g.card_digest IS NOT NULL AND g.card_revoked_at IS NULL))""",
    "nobody merged his own membership": """
        SELECT id, merged_by, undone_by FROM member_merge
        WHERE gone_id = kept_id OR merged_by IN (gone_id, kept_id)
        OR COALESCE(undone_by, {nil}) IN (gone_id, kept_id)""",
    "merges that moved points were agreed to by two": """
        SELECT m.id, m.merged_by, p.decided_by FROM member_merge m
        LEFT JOIN merge_proposal p ON p.merge_id = m.id AND p.kind = 'merge' AND p.state = 'agreed'
        WHERE m.by_two IS NOT NULL AND CASE WHEN p.id IS NULL THEN m.by_two OR m.points > 0 OR m.owed > 0
        ELSE NOT m.by_two OR p.proposed_by <> m.merged_by OR p.decided_by IN (p.proposed_by, m.gone_id, m.kept_id)
            OR p.gone_id <> m.gone_id OR p.kept_id <> m.kept_id OR p.points <> m.points OR p.owed <> m.owed END""",
    "no membership is merged twice, or in a circle": """
        SELECT m.id, n.id AS other FROM member_merge m JOIN member_merge n ON n.id <> m.id
        AND (n.gone_id = m.gone_id OR (n.gone_id = m.kept_id AND n.merged_at < m.merged_at))
        WHERE m.undone_at IS NULL AND n.undone_at IS NULL""",
    "merges move points between their two members": """
        SELECT t.id, t.subject_id FROM transfer t LEFT JOIN member_merge m ON m.id = t.subject_id
        WHERE t.subject_type = 'merge' AND t.kind IN ('gift', 'reversal') AND (m.id IS NULL
            OR t.debit_account_id NOT IN (m.gone_id, m.kept_id)
            OR t.credit_account_id NOT IN (m.gone_id, m.kept_id))""",
    "what a merge says it moved was moved": """
        SELECT m.id, m.points, m.owed FROM member_merge m LEFT JOIN (
            SELECT t.subject_id, t.debit_account_id, t.posted_at, SUM(t.amount) AS moved FROM transfer t
            WHERE t.subject_type = 'merge' AND t.kind = 'gift'
            GROUP BY t.subject_id, t.debit_account_id, t.posted_at
        ) AS g ON g.subject_id = m.id AND g.posted_at <= m.merged_at
        GROUP BY m.id, m.points, m.owed, m.gone_id
        HAVING COALESCE(SUM(CASE WHEN g.debit_account_id = m.gone_id THEN g.moved ELSE 0 END), 0) <> m.points
        OR COALESCE(SUM(CASE WHEN g.debit_account_id = m.gone_id THEN 0 ELSE g.moved END), 0) <> m.owed""",
    "merges are undone as a whole or not at all": """
        SELECT m.id, t.id AS transfer FROM transfer t JOIN member_merge m ON m.id = t.subject_id
        LEFT JOIN transfer r ON r.reverses_id = t.id
        WHERE t.subject_type = 'merge' AND t.kind = 'gift' AND CASE WHEN m.undone_at IS NULL THEN r.id IS NOT NULL
        ELSE r.id IS NULL AND EXISTS (SELECT 1 FROM transfer_lot l WHERE l.transfer_id = t.id
            AND l.account_id = t.credit_account_id AND l.change > 0 AND l.expires_on >= {day_of[m.undone_at]}) END""",
}
