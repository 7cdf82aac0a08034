"""What must hold between settlement and the ledger: each taking in one line, in its month, and money paid once."""

#: Whatever a shop is to be paid for, and (negative) what was given back.
_TAKINGS = """
    SELECT t.id, t.credit_account_id AS merchant_id, t.amount AS points, t.posted_at,
        CASE t.subject_type WHEN 'redemption' THEN 'voucher' ELSE 'charge' END AS kind, NULL AS original_id
    FROM transfer t WHERE t.kind = 'pay'
    UNION ALL SELECT b.id, b.debit_account_id, -b.amount, b.posted_at, 'refund', o.id
    FROM transfer b JOIN transfer o ON o.id = b.reverses_id WHERE o.kind = 'pay'
"""
_FOREIGN_LINES = """
    SELECT l.transfer_id, l.settlement_id, l.kind, l.points FROM settlement_line l
    LEFT JOIN settlement s ON s.id = l.settlement_id LEFT JOIN taking t ON t.id = l.transfer_id
    WHERE s.id IS NULL OR t.id IS NULL OR t.merchant_id <> s.merchant_id OR t.points <> l.points
    OR t.kind <> l.kind OR t.posted_at <> l.posted_at OR {month_of[t.posted_at]} <> s.month
    OR COALESCE(t.original_id, {nil}) <> COALESCE(l.original_id, {nil})
"""
_LEFT_OUT = """
    SELECT t.id, t.merchant_id, t.kind, t.points, t.posted_at FROM taking t
    LEFT JOIN settlement_line l ON l.transfer_id = t.id
    WHERE l.transfer_id IS NULL AND {month_of[t.posted_at]} <= (SELECT MAX(month) FROM settlement)
"""

#: name → query whose every row is a fault. Placeholders as `points.checks.also_check` fills them.
SETTLEMENTS: dict[str, str] = {
    "a settlement = its own lines": """
        SELECT s.id, s.month, s.points, s.cents, SUM(l.points) AS lines_points, SUM(l.cents) AS lines_cents
        FROM settlement s LEFT JOIN settlement_line l ON l.settlement_id = s.id
        GROUP BY s.id, s.month, s.points, s.cents
        HAVING s.points <> COALESCE(SUM(l.points), 0) OR s.cents <> COALESCE(SUM(l.cents), 0)
        OR COUNT(l.transfer_id) = 0""",
    "a settlement's lines are takings of its shop and month": f"WITH taking AS ({_TAKINGS}) {_FOREIGN_LINES}",
    "each taking is settled once": """
        SELECT transfer_id, COUNT(*) AS times FROM settlement_line GROUP BY transfer_id HAVING COUNT(*) > 1
        UNION ALL SELECT merchant_id, COUNT(*) FROM settlement GROUP BY merchant_id, month HAVING COUNT(*) > 1""",
    "nothing of a settled month is left out": f"WITH taking AS ({_TAKINGS}) {_LEFT_OUT}",
    "a line is worth its points at one rate": """
        SELECT l.transfer_id, l.points, l.cents, o.cents AS original_cents FROM settlement_line l
        LEFT JOIN settlement_line o ON o.transfer_id = l.original_id
        WHERE l.cents <> l.cents / l.points * l.points OR l.cents / l.points < 0
        OR (o.transfer_id IS NOT NULL AND l.cents <> -o.cents)""",
    "what a shop owes goes over to its next settlement": """
        SELECT s.id, s.month, s.carried_points, s.carried_cents, p.id AS before FROM settlement s
        LEFT JOIN settlement p ON p.merchant_id = s.merchant_id AND p.month = (
            SELECT MAX(q.month) FROM settlement q WHERE q.merchant_id = s.merchant_id AND q.month < s.month)
        LEFT JOIN settlement_payback b ON b.settlement_id = p.id
        WHERE s.carried_points <> CASE WHEN b.id IS NULL AND p.points + p.carried_points < 0
            THEN p.points + p.carried_points ELSE 0 END
        OR s.carried_cents <> CASE WHEN b.id IS NULL AND p.cents + p.carried_cents < 0
            THEN p.cents + p.carried_cents ELSE 0 END""",
    "what shops paid back is what they owed, and booked": """
        SELECT b.id, b.points, b.cents, s.id AS settlement, COUNT(t.id) AS transfers, SUM(t.amount) AS amount
        FROM settlement_payback b LEFT JOIN settlement s ON s.id = b.settlement_id
        LEFT JOIN transfer t ON t.kind = 'payback' AND t.subject_id = b.settlement_id
        GROUP BY b.id, b.points, b.cents, b.transfer_id, b.recorded_at, s.id, s.merchant_id, s.points,
            s.carried_points, s.cents, s.carried_cents
        HAVING s.id IS NULL OR b.recorded_at > {soon}
        OR b.points <> CASE WHEN s.points + s.carried_points < 0 THEN -s.points - s.carried_points ELSE 0 END
        OR b.cents <> CASE WHEN s.cents + s.carried_cents < 0 THEN -s.cents - s.carried_cents ELSE 0 END
        OR COALESCE(SUM(t.amount), 0) <> b.points OR (b.transfer_id IS NULL) <> (b.points = 0)
        OR SUM(CASE WHEN t.id = b.transfer_id THEN 1 ELSE 0 END) <> CASE WHEN b.points > 0 THEN 1 ELSE 0 END
        OR SUM(CASE WHEN t.credit_account_id <> s.merchant_id THEN 1 ELSE 0 END) > 0""",
    "points that shops bought back have their receipt": """
        SELECT t.id, t.amount, t.subject_id FROM transfer t
        LEFT JOIN settlement_payback b ON b.settlement_id = t.subject_id
        WHERE t.kind = 'payback' AND b.id IS NULL""",
    "a settlement is paid out once, in full": """
        SELECT s.id, s.state, s.points + s.carried_points AS due, COUNT(t.id) AS transfers, SUM(t.amount) AS amount
        FROM settlement s
        LEFT JOIN transfer t ON t.kind = 'settle' AND t.subject_type = 'settlement' AND t.subject_id = s.id
        GROUP BY s.id, s.state, s.points, s.carried_points, s.merchant_id, s.transfer_id
        HAVING CASE WHEN s.state IN ('paid', 'closed') AND s.points + s.carried_points > 0
            THEN COUNT(t.id) <> (s.points + s.carried_points + {largest_amount} - 1) / {largest_amount}
                OR SUM(t.amount) <> s.points + s.carried_points OR s.transfer_id IS NULL
                OR SUM(CASE WHEN t.debit_account_id = s.merchant_id THEN 0 ELSE 1 END) > 0
                OR SUM(CASE WHEN t.id = s.transfer_id THEN 1 ELSE 0 END) <> 1
                OR COUNT(DISTINCT t.posted_at) <> 1
            ELSE COUNT(t.id) > 0 OR s.transfer_id IS NOT NULL END""",
    "payments for settlements have their settlement and stand": """
        SELECT t.id, t.subject_id, t.amount FROM transfer t
        LEFT JOIN settlement s ON s.id = t.subject_id AND s.transfer_id IS NOT NULL
        LEFT JOIN transfer b ON b.reverses_id = t.id
        WHERE t.kind = 'settle' AND t.subject_type = 'settlement' AND t.subject_id IS NOT NULL
        AND (s.id IS NULL OR b.id IS NOT NULL)""",
    "settlements went step by step": """
        SELECT s.id, s.state, s.agreed_at, s.paid_on, s.closed_at FROM settlement s
        WHERE (s.state = 'draft') <> (s.agreed_at IS NULL) OR (s.agreed_at IS NULL) <> (s.agreed_by IS NULL)
        OR (s.state IN ('draft', 'agreed')) <> (s.paid_on IS NULL) OR (s.paid_on IS NULL) <> (s.paid_by IS NULL)
        OR (s.state = 'closed') <> (s.closed_at IS NOT NULL) OR (s.closed_at IS NULL) <> (s.closed_by IS NULL)
        OR s.agreed_at < s.drafted_at OR s.closed_at < s.agreed_at OR s.paid_on > {day_of[s.closed_at]}
        OR {month_of[s.drafted_at]} <= s.month OR s.drafted_at > {soon}""",
}
