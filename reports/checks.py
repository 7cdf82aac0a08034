"""What must always be true of reports, claims, homes and bills and the points behind them; see `flask points check`."""

from core.seals import Audited

#: Rows that are never changed: who has opened whose words, and what a till came to.
AUDITED = (
    Audited("report_reading", "at"),
    Audited("float_opening", "counted_at"),
    Audited("float_day", "reconciled_at"),
)
#: subject of a transfer → the table of what it paid.
_PAID = {"report": "report", "home": "rented_home", "bill": "bill", "report_claim": "report_claim"}


def _paid(subject: str, table: str) -> str:
    """Rows that say they were paid without the transfer for it."""
    owner = "t.credit_account_id" if table == "report_claim" else "p.member_id"
    return f"""
        SELECT p.id, p.points, p.transfer_id FROM {table} p LEFT JOIN transfer t ON t.id = p.transfer_id
        WHERE (p.points > 0 OR p.transfer_id IS NOT NULL) AND NOT COALESCE(t.kind = 'earn'
            AND t.subject_type = '{subject}' AND t.subject_id = p.id AND t.amount = p.points
            AND t.credit_account_id = {owner}, FALSE)"""  # noqa: S608 - names of our own tables


def _reason(subject: str, table: str) -> str:
    """Transfers that say they paid something which knows nothing of them."""
    return f"""
        SELECT t.id, t.subject_id, t.amount FROM transfer t LEFT JOIN {table} p ON p.transfer_id = t.id
        WHERE t.kind = 'earn' AND t.subject_type = '{subject}' AND p.id IS NULL"""  # noqa: S608 - names of our own tables


#: name → query, each row a fault; see `points.checks.also_check` for the blanks.
INVARIANTS: dict[str, str] = {
    **{f"paid {subject} has its transfer": _paid(subject, table) for subject, table in _PAID.items()},
    **{
        f"transfer for a {subject} has its {subject}": _reason(subject, table)
        for subject, table in _PAID.items()
    },
    "useful reports have their rule, others earn nothing": """
        SELECT id, number, verdict, rule_code, points FROM report
        WHERE (verdict = 'useful') <> (rule_code IS NOT NULL) OR (verdict <> 'useful' AND points > 0)""",
    "no more is collected than was useful": """
        SELECT c.rule_code, c.collected, COALESCE(u.useful, 0) AS useful FROM (
            SELECT rule_code, COUNT(*) AS collected FROM report_claim GROUP BY rule_code) AS c
        LEFT JOIN (SELECT rule_code, COUNT(*) AS useful FROM report
            WHERE member_id IS NULL AND verdict = 'useful' GROUP BY rule_code) AS u ON u.rule_code = c.rule_code
        WHERE c.collected > COALESCE(u.useful, 0)""",
    "reports without a name tell nobody, no time and no plate": """
        SELECT id, number, received_at, transfer_id FROM report
        WHERE (member_id IS NULL) <> (password_digest IS NOT NULL)
        OR (password_digest IS NOT NULL AND (received_at IS NOT NULL OR transfer_id IS NOT NULL
            OR checkpoint_id IS NOT NULL))""",
    "reports without a name have no receipt": """
        SELECT key, actor_id, action FROM receipt WHERE action = 'report.send' AND (actor_id = {nil}
            OR answer LIKE '%%password%%')""",
    "duplicates repeat a report of their kind": """
        SELECT d.id, d.number, d.duplicate_of_id FROM report d LEFT JOIN report f ON f.id = d.duplicate_of_id
        WHERE d.duplicate_of_id IS NOT NULL AND (f.id IS NULL OR f.kind <> d.kind OR f.duplicate_of_id IS NOT NULL
            OR d.state <> 'closed')""",
    "words of confidential reports were opened by one more person": """
        SELECT report_id, handler_id, COUNT(*) AS readers FROM report_reading
        GROUP BY report_id, handler_id HAVING COUNT(*) > 1 OR MIN(reason) = ''""",
    "one award for each home and term": """
        SELECT digest, COUNT(*) AS times FROM rented_home GROUP BY digest HAVING COUNT(*) > 1""",
    "each receipt of a bill counts once": """
        SELECT receipt_digest, COUNT(*) AS times FROM bill GROUP BY receipt_digest HAVING COUNT(*) > 1""",
    "closed tills = their receipts": """
        SELECT f.coordinator_id, f.day, f.bills, f.taken_fen, b.bills AS counted, b.taken FROM float_day f LEFT JOIN (
            SELECT taken_by, day, COUNT(*) AS bills, SUM(amount_fen) AS taken FROM bill WHERE voided_at IS NULL
            GROUP BY taken_by, day) AS b ON b.taken_by = f.coordinator_id AND b.day = f.day
        WHERE f.bills <> COALESCE(b.bills, 0) OR f.taken_fen <> COALESCE(b.taken, 0)
        OR f.difference_fen <> f.counted_fen + f.handed_over_fen - f.opening_fen - f.taken_fen
        OR f.opening_fen <> COALESCE((SELECT o.opening_fen FROM float_opening o
            WHERE o.coordinator_id = f.coordinator_id AND o.day = f.day),
            (SELECT p.counted_fen FROM float_day p WHERE p.coordinator_id = f.coordinator_id AND p.day < f.day
            AND p.reconciled_at <= f.reconciled_at ORDER BY p.day DESC LIMIT 1), 0)""",
    "counted tills begin with what stayed in them": """
        SELECT o.coordinator_id, o.day, o.opening_fen, o.stayed_fen FROM float_opening o
        WHERE o.stayed_fen IS NOT NULL AND ((o.stayed_fen <> o.opening_fen AND o.note = '')
        OR o.stayed_fen <> COALESCE((SELECT p.counted_fen FROM float_day p WHERE p.coordinator_id = o.coordinator_id
            AND p.day < o.day AND p.reconciled_at <= o.counted_at ORDER BY p.day DESC LIMIT 1), -1))""",
    "struck out receipts keep no points": """
        SELECT b.id, b.points FROM bill b LEFT JOIN transfer r ON r.reverses_id = b.transfer_id
        WHERE b.transfer_id IS NOT NULL AND b.voided_at IS NOT NULL AND r.id IS NULL""",
}
