"""Reports, letters, audit log, activities and notices of the city that desk lists are measured in."""

from bench.desk_spelling import DAY, SPAN, STAFF, Sizes, ago, day_ago, even, id_of, lite, null, one_of, put
from core import clock
from goals.rules import KINDS

# --- what residents told, and what the desk wrote


def reports(sizes: Sizes) -> None:
    """Reports with their steps, rented homes, bills and tills."""
    reports = max(100, sizes.transfers // 50)
    # The last hundredth is still being looked into; half of those are late.
    fresh = f"n >= {reports - reports // 100}"
    state = f"CASE WHEN {fresh} AND n % 4 = 0 THEN 'received' WHEN {fresh} AND n % 4 = 1 THEN 'assigned' WHEN {fresh} THEN 'checked' WHEN n % 100 = 3 THEN 'resolved' ELSE 'closed' END"
    day = f"(({reports} - n - 1) * 730 / {reports})"
    named = "n % 4 > 0"
    put(
        "report", reports, id=id_of("report", "n"), number="10000000 + n", kind=one_of("n", ("hazard", "dispute", "scam", "suspicious", "rented", "other")), state=state,
        member_id=f"CASE WHEN {named} THEN {id_of('member', f'{STAFF} + n * 4801 % {sizes.coming - STAFF}')} END",
        password_digest=f"CASE WHEN {named} THEN NULL ELSE 'password ' || n END", received_on=day_ago(day),
        received_at=f"CASE WHEN {named} THEN {ago(f'{day} * {DAY}')} END", area_id=id_of("area", f"121 + n % {sizes.areas - 121}"), words="'楼道里堆了杂物，请来看一下'",
        answers="'{}'", handler_id=f"CASE WHEN {fresh} AND n % 4 = 0 THEN NULL ELSE {id_of('member', '0 + n % 42')} END", due_on=day_ago(f"{day} - 2"),
        recheck_on=f"CASE WHEN n % 1000 = 17 THEN {day_ago('n / 1000 % 20 - 10')} END", closed_on=f"CASE WHEN {state} = 'closed' THEN {day_ago(day)} END", version="1",
        verdict="'open'",
    )  # fmt: skip
    steps = reports * 3
    put(
        "report_step", steps, id=id_of("step", "n"), report_id=id_of("report", "n / 3"), step=one_of("n", ("assigned", "checked", "closed")),
        actor_id=id_of("member", "n % 42"), at=ago(f"({reports} - n / 3 - 1) * 730 / {reports} * {DAY}"), public_note="'谢谢您，已经安排人去看'",
    )  # fmt: skip
    homes = reports // 2
    put(
        "rented_home", homes, id=id_of("home", "n"), digest="'home ' || n", term="'2026'", area_id=id_of("area", f"121 + n % {sizes.areas - 121}"),
        address="'花园小区' || n || '号'", tenants="2", term_from=day_ago("300"), term_until=day_ago("-65"), member_id=id_of("member", f"{STAFF} + n % {sizes.coming - STAFF}"),
        registered_on=day_ago(f"({homes} - n - 1) * 730 / {homes}"),
    )  # fmt: skip
    bills = reports
    put(
        "bill", bills, id=id_of("bill", "n"), receipt_digest="'bill ' || n", utility=one_of("n", ("water", "electricity", "gas")), receipt_number="'R' || n",
        amount_fen="1000 + n % 30000", member_id=id_of("member", f"{STAFF} + n * 4801 % {sizes.coming - STAFF}"), taken_by=id_of("member", "2 + n % 40"), taken_at=ago(even(bills)),
        day=day_ago(f"{even(bills)} / {DAY}"),
    )  # fmt: skip
    put(
        "float_day", 40 * min(731, max(5, sizes.transfers // 200)), coordinator_id=id_of("member", "2 + n % 40"), day=day_ago("1 + n / 40"), bills="5", taken_fen="50000", handed_over_fen="50000",
        reconciled_by=id_of("member", "0"), reconciled_at=ago("n / 40 * 86400"),
    )  # fmt: skip


def desk(sizes: Sizes) -> None:
    """Letters, requests for awards, the audit log with its chain, devices."""
    letters, requests, entries = sizes.members // 10, max(200, sizes.transfers // 500), sizes.transfers // 10
    year = clock.today().year
    put("letter_series", 1, year=str(year), last=str(letters))
    put(
        "letter", letters, id=id_of("letter", "n"), year=str(year), sequence="1 + n", member_id=id_of("member", f"{STAFF} + n * 17 % {sizes.coming - STAFF}"), occasion_zh="'热心帮助邻居'",
        occasion_en="'Help'", code_digest="'letter ' || n", issued_by=id_of("member", "2 + n % 40"), issued_at=ago(even(letters, 300 * DAY)),
    )  # fmt: skip
    waiting = f"n >= {requests - 100}"
    put(
        "award_request", requests, id=id_of("request", "n"), key=id_of("request", "n"), member_id=id_of("member", f"{STAFF} + n * 19 % {sizes.coming - STAFF}"),
        squad_id=id_of("squad", f"n % {sizes.squads}"), rule_id=id_of("rule", "29"), happened_at=ago(even(requests)), limit_passed="'award'",
        requested_by=id_of("member", "2 + n % 20"), requested_at=ago(even(requests)), state=f"CASE WHEN {waiting} THEN 'waiting' ELSE 'declined' END",
        decided_by=f"CASE WHEN {waiting} THEN NULL ELSE {id_of('member', '22 + n % 20')} END", decided_at=f"CASE WHEN {waiting} THEN NULL ELSE {ago(even(requests))} END",
    )  # fmt: skip
    merges, waits = 300, "n >= 200"
    put(
        "merge_proposal", merges, id=id_of("proposal", "n"), kind="'merge'", gone_id=id_of("member", f"{STAFF} + 2 * n"), kept_id=id_of("member", f"{STAFF} + 2 * n + 1"), phone="'kept'",
        place="'kept'", reason="'同一人'", points="20", owed="0", proposed_by=id_of("member", "2 + n % 20"), proposed_at=ago(even(merges, 10 * DAY)), answer="''",
        state=f"CASE WHEN {waits} THEN 'waiting' ELSE 'declined' END", decided_by=f"CASE WHEN {waits} THEN NULL ELSE {id_of('member', '22 + n % 20')} END",
        decided_at=f"CASE WHEN {waits} THEN NULL ELSE {ago(even(merges, 10 * DAY))} END",
    )  # fmt: skip
    actions = ("member.renamed", "award.withdrawn", "report.step", "card.issued")
    # Ids of entries tell their time: the milliseconds in front.
    at = even(entries)
    milliseconds = f"({int(clock.now().timestamp())} - {at}) * 1000"
    entry = (
        f"printf('%012x70008000%012x', {milliseconds}, n)"
        if lite()
        else f"(lpad(to_hex({milliseconds}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid"
    )
    put(
        "audit_entry", entries, id=entry, at=ago(at), actor_id=id_of("member", "2 + n % 40"), answerable_id=id_of("member", "2 + n % 40"), action=one_of("n", actions),
        subject_type="'member'", subject_id=id_of("member", f"{STAFF} + n * 13 % {sizes.coming - STAFF}"), data="'{}'",
    )  # fmt: skip
    put(
        "audit_link",
        entries - 50,
        number="n + 1",
        entry_id=entry,
        sealed_at=ago(at),
        digest="'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'",
    )
    put(
        "join_code", 300, id=id_of("code", "n"), digest="'code ' || n", purpose="CASE WHEN n < 200 THEN 'device' ELSE 'membership' END", label="'设备' || n", permissions="'[]'",
        responsible_id=id_of("member", "2 + n % 40"), created_by=id_of("member", "0"), created_at=ago("100"), expires_at=ago("-100000"),
    )  # fmt: skip
    put(
        "device", 200, id=id_of("device", "n"), name="'设备' || n", permissions="""'["wall.read"]'""", token_digest="'token ' || n", responsible_id=id_of("member", "2 + n % 40"),
        join_code_id=id_of("code", "n"), enrolled_at=ago("n"),
    )  # fmt: skip


def life(sizes: Sizes) -> None:
    """Activities with who came, notices with who has read them."""
    activities, notices = max(50, sizes.transfers // 200), 400
    planned = f"n >= {activities - 40}"
    starts = f"({even(activities)} - CASE WHEN {planned} THEN {20 * DAY} ELSE 0 END)"
    put(
        "campaign",
        20,
        id=id_of("campaign", "n"),
        name="'行动' || n",
        first_day=day_ago("n * 30 + 30"),
        made_at=ago("n"),
    )
    put(
        "activity", activities, id=id_of("activity", "n"), number="n + 1", kind=one_of("n", ("care", "leaflets", "training")), title="'活动' || n",
        place="'居委会'", squad_id=id_of("squad", f"n % {sizes.squads}"), campaign_id=id_of("campaign", "n % 20"), starts_at=ago(starts),
        ends_at=ago(f"{starts} - 3600"), rule_code="'leaflets'", state=f"CASE WHEN {planned} THEN 'planned' ELSE 'closed' END", version="1",
        leaflets=f"CASE WHEN {planned} THEN 0 ELSE 100 END", made_by=id_of("member", "2 + n % 40"), made_at=ago(even(activities)),
        ended_by=f"CASE WHEN {planned} THEN NULL ELSE {id_of('member', '2')} END", ended_at=f"CASE WHEN {planned} THEN NULL ELSE {ago(starts)} END",
    )  # fmt: skip
    put(
        "attendance", activities * 8, id=id_of("endorsement", "n"), activity_id=id_of("activity", "n / 8"), member_id=id_of("member", f"{STAFF} + n * 7 % {sizes.coming - STAFF}"),
        squad_id=id_of("squad", f"n % {sizes.squads}"), came_at=ago(f"({SPAN} - (n / 8 + 1) * {SPAN} / {activities + 1})"), how="'code'", service_minutes="60",
    )  # fmt: skip
    is_open = f"n >= {notices - 12}"
    put(
        "notice", notices, id=id_of("notice", "n"), title_zh="'通知' || n", text_zh="'天冷路滑，请注意安全。'", audience="'everybody'",
        first_day=day_ago(f"({notices} - n) * 2"), last_day=day_ago(f"({notices} - n) * 2 - 30"), state=f"CASE WHEN {is_open} THEN 'open' ELSE 'withdrawn' END", version="1",
        written_by=id_of("member", "2 + n % 40"), written_at=ago(even(notices)), ended_at=f"CASE WHEN {is_open} THEN NULL ELSE {ago('100')} END",
        ended_by=f"CASE WHEN {is_open} THEN NULL ELSE {id_of('member', '2')} END", reason=f"CASE WHEN {is_open} THEN '' ELSE '过期' END",
    )  # fmt: skip
    readers = sizes.members // 5
    put(
        "notice_reading",
        readers * 3,
        notice_id=id_of("notice", f"{notices - 1} - n / {readers}"),
        member_id=id_of("member", f"n % {readers} * 3"),
        read_at=ago("n"),
    )
    _goals(sizes)
    applicants = max(1, sizes.members // 2_000)
    put(
        "endorsement", applicants, id=id_of("endorsement", "n"), applicant_id=id_of("member", "n * 2000 + 7"), endorser_id=id_of("member", "100 + n"), state="'asked'", asked_at=ago("n"),
        where=f"n * 2000 + 7 >= {STAFF}",
    )  # fmt: skip


def _goals(sizes: Sizes) -> None:
    """All kinds of the alliance, three of each squad, each set anew twice."""
    kinds, alliance, squads = tuple(KINDS), len(KINDS) * 3, sizes.squads * 9
    for first, count, squad, of in (
        (0, alliance, null("uuid"), kinds),
        (alliance, squads, id_of("squad", f"n % {sizes.squads}"), kinds[:3]),
    ):
        put(
            "goal", count, id=id_of("goal", f"n + {first}"), kind=one_of(f"n * {len(of)} / {count}", of), squad_id=squad, aim="90",
            valid_from=day_ago("40 + n % 3 * 60"), set_by=id_of("member", "2"), set_at=ago(f"{50 * DAY} + n % 3 * {60 * DAY}"),
        )  # fmt: skip
