"""What must hold between charges and the ledger: for every charge its transfers, for every transfer its charge."""

#: name → query whose every row is a fault. Placeholders as `points.checks.also_check` fills them.
CHARGES: dict[str, str] = {
    "a charge's reservation is its own": """
        SELECT c.id, c.state, c.points, s.id AS reservation, s.amount FROM charge c
        LEFT JOIN transfer s ON s.id = c.reservation_id
        WHERE (c.reservation_id IS NULL AND c.state IN ('held', 'paid', 'voided', 'refunded'))
        OR (c.reservation_id IS NOT NULL AND (s.id IS NULL OR s.kind <> 'spend'
            OR s.debit_account_id <> c.member_id OR c.member_id IS NULL OR s.amount <> c.points
            OR s.subject_type <> 'charge' OR s.subject_id IS NULL OR s.subject_id <> c.id))""",
    "held charges = open reservations for charges": """
        SELECT s.id AS reservation, c.id AS charge, c.state FROM transfer s
        LEFT JOIN charge c ON c.reservation_id = s.id
        WHERE s.kind = 'spend' AND s.subject_type = 'charge' AND (c.id IS NULL OR (c.state = 'held') <> (
            NOT EXISTS (SELECT 1 FROM transfer f WHERE f.reservation_id = s.id)
            AND NOT EXISTS (SELECT 1 FROM transfer b WHERE b.reverses_id = s.id)))""",
    "paid charges were paid to their shop": """
        SELECT c.id, c.state, c.points, p.id AS payment, p.amount FROM charge c
        LEFT JOIN transfer p ON p.id = c.payment_id
        WHERE (c.state IN ('paid', 'voided', 'refunded')) <> (c.payment_id IS NOT NULL)
        OR (c.payment_id IS NOT NULL AND (p.id IS NULL OR p.kind <> 'pay' OR p.credit_account_id <> c.merchant_id
            OR p.amount <> c.points OR c.reservation_id IS NULL OR p.reservation_id <> c.reservation_id
            OR p.posted_at > c.paid_at OR c.local_day <> {day_of[c.paid_at]}))""",
    "payments for charges have their charge": """
        SELECT p.id, p.subject_id, p.amount FROM transfer p LEFT JOIN charge c ON c.payment_id = p.id
        WHERE p.kind = 'pay' AND p.subject_type = 'charge' AND c.id IS NULL""",
    "charges are given back once": """
        SELECT c.id, c.state, b.id AS came_home, u.id AS left_the_shop FROM charge c
        LEFT JOIN transfer b ON b.reverses_id = c.reservation_id
        LEFT JOIN transfer u ON u.reverses_id = c.payment_id
        WHERE CASE
            WHEN c.state IN ('shown', 'held', 'paid')
                THEN b.id IS NOT NULL OR u.id IS NOT NULL OR c.return_id IS NOT NULL
            WHEN c.state IN ('voided', 'refunded')
                THEN b.id IS NULL OR u.id IS NULL OR c.return_id IS NULL OR c.return_id <> b.id
            WHEN c.reservation_id IS NULL THEN c.return_id IS NOT NULL
            ELSE b.id IS NULL OR c.return_id IS NULL OR c.return_id <> b.id OR c.payment_id IS NOT NULL END""",
    "charges were paid while they waited": """
        SELECT c.id, c.state, c.opened_at, c.paid_at, c.expires_at, c.ended_at FROM charge c
        WHERE c.paid_at < c.opened_at OR c.paid_at > c.expires_at OR c.ended_at < c.opened_at
        OR c.opened_at > {soon} OR c.paid_at > {soon} OR c.ended_at > {soon}""",
    "every charge has its request": """
        SELECT c.id, c.way, c.state FROM charge c LEFT JOIN receipt r ON r.key = c.id AND r.outcome = 'done'
        WHERE c.opened_at > {receipts_since} AND r.key IS NULL
        UNION ALL SELECT c.id, c.way, c.state FROM charge c JOIN transfer p ON p.id = c.payment_id
        LEFT JOIN receipt r ON r.key = p.receipt_key AND r.outcome = 'done'
        WHERE p.posted_at > {receipts_since} AND r.key IS NULL""",
    "answered requests have their charge": """
        SELECT r.key, r.action FROM receipt r LEFT JOIN charge c ON c.id = r.key
        WHERE r.outcome = 'done' AND r.action IN ('charge.order', 'charge.hold', 'charge.plate') AND c.id IS NULL
        UNION ALL SELECT r.key, r.action FROM receipt r LEFT JOIN transfer t ON t.receipt_key = r.key
        WHERE r.outcome = 'done' AND t.id IS NULL
        AND r.action IN ('charge.confirm', 'charge.take', 'charge.void', 'charge.refund')""",
}
