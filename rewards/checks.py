"""What must always be true of stock, vouchers and the points behind them; looked at by `flask points check`."""

from core.seals import Audited

#: The stock journal and what was taken back are never changed; the audit log seals them.
AUDITED = (Audited("stock_movement", "moved_at"), Audited("redemption_return", "returned_at"))
#: name → query, each row a fault; see `points.checks.also_check` for the blanks.
INVARIANTS: dict[str, str] = {
    "reward's stock = sum of its movements": """
        SELECT r.id, r.number, r.stock, m.moved FROM reward r LEFT JOIN (
            SELECT reward_id, SUM(change) AS moved FROM stock_movement GROUP BY reward_id
        ) AS m ON m.reward_id = r.id
        WHERE COALESCE(r.stock, 0) <> COALESCE(m.moved, 0) OR (r.stock IS NULL AND m.moved IS NOT NULL)""",
    "stock journal without gaps": """
        SELECT reward_id, sequence, stock_after, running FROM (
            SELECT reward_id, sequence, stock_after,
                SUM(change) OVER (PARTITION BY reward_id ORDER BY sequence) AS running,
                ROW_NUMBER() OVER (PARTITION BY reward_id ORDER BY sequence) AS place
            FROM stock_movement
        ) AS journal WHERE stock_after <> running OR sequence <> place""",
    "stock never below zero": """
        SELECT 'reward' AS place, id, stock, held FROM reward
        WHERE stock < 0 OR held < 0 OR held > COALESCE(stock, 0)
        UNION ALL SELECT 'stock_movement', reward_id, stock_after, 0 FROM stock_movement WHERE stock_after < 0""",
    "stock held = open vouchers": """
        SELECT r.id, r.number, r.held, v.vouchers FROM reward r LEFT JOIN (
            SELECT reward_id, COUNT(*) AS vouchers FROM redemption WHERE state = 'held' AND stocked
            GROUP BY reward_id
        ) AS v ON v.reward_id = r.id WHERE r.held <> COALESCE(v.vouchers, 0)""",
    "voucher handed over once": """
        SELECT v.id, v.state, COUNT(m.id) AS times FROM redemption v
        LEFT JOIN stock_movement m ON m.redemption_id = v.id GROUP BY v.id, v.state, v.stocked
        HAVING COUNT(m.id) <> CASE WHEN v.state = 'used' AND v.stocked THEN 1 ELSE 0 END""",
    "voucher never used after its time": """
        SELECT id, ended_at, expires_at FROM redemption
        WHERE state = 'used' AND (ended_at IS NULL OR ended_at >= expires_at)""",
    "each voucher has a code of its own": """
        SELECT code_digest, COUNT(*) AS times FROM redemption GROUP BY code_digest HAVING COUNT(*) > 1""",
    "nobody handed over his own voucher": """
        SELECT id, handed_over_by FROM redemption WHERE handed_over_by = member_id""",
    "used redemption debited exactly its cost": """
        SELECT v.id, v.points, s.amount AS taken, f.amount AS given FROM redemption v
        LEFT JOIN transfer s ON s.id = v.reservation_id LEFT JOIN transfer f ON f.id = v.finish_id
        WHERE v.state = 'used' AND NOT COALESCE(s.debit_account_id = v.member_id AND s.amount = v.points
            AND f.amount = v.points AND f.reservation_id = s.id AND f.credit_account_id =
                CASE WHEN v.merchant_id IS NULL THEN {redeemed} ELSE v.merchant_id END, FALSE)""",
    "redemption agrees with its transfers": """
        SELECT v.id, v.state, s.kind AS reserved, e.kind AS finished FROM redemption v
        LEFT JOIN transfer s ON s.id = v.reservation_id LEFT JOIN transfer e ON e.id = v.finish_id
        WHERE NOT COALESCE(s.kind = 'spend' AND s.amount = v.points AND s.debit_account_id = v.member_id
            AND s.subject_type = 'redemption' AND s.subject_id = v.id, FALSE)
        OR NOT CASE v.state
            WHEN 'held' THEN v.finish_id IS NULL
                AND NOT EXISTS (SELECT 1 FROM transfer f WHERE f.reservation_id = s.id)
                AND NOT EXISTS (SELECT 1 FROM transfer b WHERE b.reverses_id = s.id)
            WHEN 'used' THEN COALESCE(e.kind IN ('release', 'pay') AND e.reservation_id = s.id, FALSE)
            ELSE COALESCE(e.kind = 'reversal' AND e.reverses_id = s.id, FALSE) END""",
    "escrow for vouchers = open vouchers": """
        SELECT s.id, s.subject_id, s.amount FROM transfer s LEFT JOIN redemption v ON v.reservation_id = s.id
        WHERE s.kind = 'spend' AND s.subject_type = 'redemption'
        AND (v.id IS NULL OR (v.state = 'held') <> (
            NOT EXISTS (SELECT 1 FROM transfer f WHERE f.reservation_id = s.id)
            AND NOT EXISTS (SELECT 1 FROM transfer b WHERE b.reverses_id = s.id)))""",
    "what was taken back was handed over, and all of it came home": """
        SELECT r.id, v.id AS redemption, v.state, b.amount AS came_home, u.amount AS undone FROM redemption_return r
        LEFT JOIN redemption v ON v.id = r.redemption_id LEFT JOIN transfer b ON b.id = r.reversal_id
        LEFT JOIN transfer u ON u.reverses_id = v.finish_id
        WHERE NOT COALESCE(v.state = 'used' AND r.returned_at >= v.ended_at AND r.returned_at <= {soon}
            AND b.reverses_id = v.reservation_id AND b.amount = v.points AND b.credit_account_id = v.member_id
            AND u.amount = v.points AND b.receipt_key = r.id AND u.receipt_key = r.id, FALSE)""",
    "nothing is taken back twice": """
        SELECT redemption_id, COUNT(*) AS times FROM redemption_return GROUP BY redemption_id HAVING COUNT(*) > 1""",
    "points of a used voucher came home only when it was taken back": """
        SELECT v.id, b.id AS reversal FROM redemption v
        JOIN transfer b ON b.reverses_id IN (v.reservation_id, v.finish_id)
        LEFT JOIN redemption_return r ON r.redemption_id = v.id WHERE v.state = 'used' AND r.id IS NULL""",
    "what went back on the shelf has its line": """
        SELECT r.id, m.id AS line, m.kind FROM redemption_return r JOIN redemption v ON v.id = r.redemption_id
        LEFT JOIN stock_movement m ON m.id = r.movement_id
        WHERE r.movement_id IS NOT NULL AND NOT COALESCE(
            m.kind = 'returned' AND m.change = 1 AND m.reward_id = v.reward_id AND v.stocked, FALSE)
        UNION ALL SELECT m.id, m.id, m.kind FROM stock_movement m
        LEFT JOIN redemption_return r ON r.movement_id = m.id
        WHERE m.kind = 'returned' GROUP BY m.id, m.kind HAVING COUNT(r.id) <> 1""",
    "nobody took back for himself, nor his own hand-over for nothing": """
        SELECT r.id, r.returned_by FROM redemption_return r JOIN redemption v ON v.id = r.redemption_id
        WHERE r.returned_by = v.member_id OR (r.returned_by = v.handed_over_by AND r.movement_id IS NULL)""",
    "answered redemptions are there, refused ones are not": """
        SELECT r.key, r.outcome FROM receipt r LEFT JOIN redemption v ON v.id = r.key
        WHERE r.action = 'reward.reserve' AND (r.outcome = 'done') <> (v.id IS NOT NULL)
        UNION ALL SELECT r.key, r.outcome FROM receipt r LEFT JOIN redemption_return b ON b.id = r.key
        WHERE r.action = 'reward.return' AND (r.outcome = 'done') <> (b.id IS NOT NULL)""",
}
