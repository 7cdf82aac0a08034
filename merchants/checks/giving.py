"""What must hold between the ledger and what shops give, are granted and earn by deeds of their own."""

#: name → query whose every row is a fault. Placeholders as `points.checks.also_check` fills them.
GIVING: dict[str, str] = {
    "gifts came out of their shop's budget": """
        SELECT g.id, g.points, t.id AS transfer, t.amount FROM shop_gift g
        LEFT JOIN transfer t ON t.id = g.transfer_id LEFT JOIN account b ON b.id = t.debit_account_id
        WHERE t.id IS NULL OR t.kind <> 'give' OR t.amount <> g.points OR t.credit_account_id <> g.member_id
        OR t.subject_id IS NULL OR t.subject_id <> g.id OR b.owner_id IS NULL OR b.owner_id <> g.merchant_id
        OR g.local_day <> {day_of[g.given_at]} OR g.given_at > {soon}""",
    "gifts are for customers": """
        SELECT g.id, g.member_id, g.clerk_id FROM shop_gift g
        LEFT JOIN shop_clerk here ON here.merchant_id = g.merchant_id AND here.member_id = g.member_id
            AND here.since <= g.given_at AND (here.left_at IS NULL OR here.left_at > g.given_at)
        WHERE g.member_id = g.clerk_id OR here.member_id IS NOT NULL""",
    "gifts were given by their shop's people": """
        SELECT g.id, g.clerk_id FROM shop_gift g
        LEFT JOIN shop_clerk c ON c.merchant_id = g.merchant_id AND c.member_id = g.clerk_id
        WHERE c.member_id IS NULL""",
    "budgets changed as the desk wrote down": """
        SELECT c.id, c.points, t.id AS transfer, t.kind, t.amount FROM budget_change c
        LEFT JOIN transfer t ON t.id = c.transfer_id
        LEFT JOIN account b ON b.id = CASE t.kind WHEN 'grant' THEN t.credit_account_id ELSE t.debit_account_id END
        WHERE t.id IS NULL OR t.kind <> CASE WHEN c.points > 0 THEN 'grant' ELSE 'ungrant' END
        OR t.amount <> ABS(c.points) OR b.owner_id IS NULL OR b.owner_id <> c.merchant_id
        OR c.changed_at > {soon}""",
    "budgets above a limit have two people": """
        SELECT q.id, q.state, q.points, c.points AS granted FROM budget_request q
        LEFT JOIN budget_change c ON c.id = q.change_id
        WHERE q.rule_code IS NULL AND q.state = 'agreed' AND (c.id IS NULL OR c.points <> q.points
            OR c.merchant_id <> q.merchant_id OR c.changed_by <> q.requested_by OR q.decided_by = q.requested_by)""",
    "deeds of shops above a limit have two people": """
        SELECT q.id, q.state, q.points, d.points AS awarded FROM budget_request q
        LEFT JOIN shop_deed d ON d.id = q.deed_id
        WHERE q.rule_code IS NOT NULL AND q.state = 'agreed' AND (d.id IS NULL OR d.points <> q.points
            OR d.merchant_id <> q.merchant_id OR d.rule_code <> q.rule_code OR d.happened_at <> q.happened_at
            OR d.awarded_by <> q.requested_by OR q.decided_by = q.requested_by)""",
    "deeds of shops were paid to them": """
        SELECT d.id, d.points, t.id AS transfer, t.amount FROM shop_deed d
        LEFT JOIN transfer t ON t.id = d.transfer_id LEFT JOIN tariff_rule r ON r.id = t.rule_id
        WHERE t.id IS NULL OR t.kind <> 'earn' OR t.amount <> d.points OR t.credit_account_id <> d.merchant_id
        OR t.subject_id IS NULL OR t.subject_id <> d.id OR r.code IS NULL OR r.code <> d.rule_code
        OR d.awarded_at > {soon}""",
    "what shops give and earn is written down": """
        SELECT t.id, t.kind, t.receipt_key FROM transfer t JOIN receipt r ON r.key = t.receipt_key
        LEFT JOIN shop_gift g ON g.transfer_id = t.id LEFT JOIN budget_change c ON c.transfer_id = t.id
        LEFT JOIN shop_deed d ON d.transfer_id = t.id
        WHERE r.outcome = 'done' AND r.action IN ('shop.give', 'shop.budget', 'shop.budget_agree', 'shop.award')
        AND t.kind IN ('give', 'grant', 'ungrant', 'earn') AND COALESCE(g.id, c.id, d.id) IS NULL""",
}
