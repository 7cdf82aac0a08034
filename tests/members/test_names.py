"""A name is found by its sound, however the clerk wrote it; two who only sound alike need something else in common."""

import pytest

import members.queries
import members.service
from core.db import db
from members import name_rules
from members.models import Member
from members.queries import MemberFilter
from tests.members.test_pages import browser, send
from tests.support import members_builders as people


@pytest.fixture
def cast(app, clock):
    return people.cast(language="en")


@pytest.mark.parametrize(
    "alike",
    [
        "张伟 章伟 張偉 张薇 Zhang_Wei WeiZhang zhāngwěi ＺＨＡＮＧ－ＷＥＩ",
        "吕小芳 呂曉芳 Lü_Xiaofang lyuxiaofang lvxiaofang",
        "单志刚 单智刚 Shan_Zhigang",
        "陈宇 陈雨 Chen_Yu ChenYu",
        "孙媛 SunYuan YUAN_SUN",
        "女小云 Nyu_Xiaoyun nvxiaoyun",
        "欧阳娜娜 歐陽·娜娜 OuyangNana",
        "阿卜杜拉·买买提 阿卜杜拉_买买提 阿不杜拉买买提",
        "Smith_Anna Anna_Smith",
    ],
)
def test_names_that_sound_the_same_have_one_sound(alike):
    names = alike.replace("_", "\u3000").split(" ")
    assert len({name_rules.sound(each) for each in names}) == 1, [name_rules.sound(each) for each in names]


def test_other_names_have_other_sounds():
    names = ["张伟", "张玮玮", "常伟", "王伟1", "王伟2", "Anna Smith", "Anna", "方刚", "Ньютон"]
    assert len({name_rules.sound(each) for each in names}) == len(names)
    for name in (*names, "A" * 60, "翟" * 60, "1", "𠮷", "ü" * 60):
        assert 0 < len(name_rules.sound(name)) <= name_rules.LONGEST_SOUND >= len(name_rules.latin(name))


def pairs(by="sound"):
    found, cursor = [], None
    while True:
        page = members.queries.duplicates(by=by, cursor=cursor, limit=1)
        found += page.items
        # A page is full, and there is no further one behind the last pair.
        assert len(page.items) == 1 or (page.next is None and not found)
        if page.next is None:
            return {frozenset((each.first.name, each.second.name)): each.why for each in found}
        cursor = page.next


def test_alike_by_ear_counts_only_with_a_second_sign(database_app):
    squad_id, area_id = people.squad(), people.area()
    helper = people.actor(people.member("孙女"))
    for name in ("张伟", "章玮"):
        people.member(name, squad_id=squad_id)
    for name, phone in (("李娜", "fresh"), ("黎娜", None)):
        people.member(name, phone=phone, area_id=area_id)
    for name in ("刘芳", "刘方"):  # in one area, but both are reached by a number of their own
        people.member(name, area_id=area_id)
    for name in ("王强", "汪强"):  # nothing but the sound
        people.member(name)
    for name in ("陈静", "陈婧"):
        people.managed(helper, name)
    for name, phone in (("赵敏", "+8613912345678"), ("赵闽", "+8613987655678")):
        people.member(name, phone=phone)
    assert pairs() == {
        frozenset(("张伟", "章玮")): ("squad",),
        frozenset(("李娜", "黎娜")): ("area", "phone"),
        frozenset(("陈静", "陈婧")): ("helper",),
        frozenset(("赵敏", "赵闽")): ("tail",),
    }
    assert pairs("name") == {}


@pytest.mark.parametrize("by", ["name", "sound"])
def test_a_page_is_full_although_many_before_were_told_apart(app, monkeypatch, by):
    monkeypatch.setattr("members.queries.likely._NAMES_AT_ONCE", (1, 2))
    monkeypatch.setattr("members.queries.likely._BEARERS_AT_ONCE", (1, 2))
    staff, squad_id = people.staff(), people.squad()
    for surname in "丁于万上丘":
        twins = [people.member(f"{surname}伟{each}", squad_id=squad_id) for each in ("", "")]
        if by == "sound":
            members.service.rename(staff, twins[1].id, f"{surname}玮")
        if surname not in "丘上":
            members.service.tell_apart(staff, twins[0].id, twins[1].id)
    page = members.queries.duplicates(by=by, limit=2)
    assert {each.first.name[0] for each in page.items} == {"丘", "上"}
    assert page.next is None


def test_a_crowd_of_one_sound_is_listed_by_tens_and_no_pair_twice(app):
    squad_id = people.squad()
    for name in ("张伟", "章伟", "张玮", "章玮", "张维", "章维"):
        people.member(name, squad_id=squad_id)
    seen, cursor = [], None
    while True:
        page = members.queries.duplicates(by="sound", cursor=cursor, limit=3)
        seen += [(each.first.id, each.second.id) for each in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert len(seen) == len(set(seen)) == 10


def test_names_are_found_as_they_are_typed_in_latin_letters(cast):
    for name in ("张伟", "章伟明", "Zhang Wei", "韦章", "Anna Li"):
        people.member(name)
    assert found("zhang wei") == found("zhangwei") == found("ZHANGW") == {"张伟", "章伟明", "Zhang Wei"}
    assert found("weizhang") == {"韦章"}
    assert found("wz") == found("zw") == {"张伟", "韦章", "Zhang Wei"}
    assert found("anna") == {"Anna Li"}
    assert found("li anna") == {"Anna Li"}
    assert found("张") == {"张伟", "张警官"}
    assert found("zx") == found("v") == found("'") == set()
    for name in ("陈宇", "林悦"):
        people.member(name)
    assert found("chenyu") == found("chen yu") == {"陈宇"}
    assert found("linyue") == {"林悦"}
    assert found("zw", status="suspended") == set()


def found(text, **narrowed):
    return {each.name for each in members.queries.members_page(MemberFilter(text=text, **narrowed)).items}


def test_a_list_by_sound_skips_and_repeats_nobody(cast):
    for name in ("张伟", "韦章", "章玮", "张巍"):
        people.member(name)
    seen, cursor = [], None
    while True:
        page = members.queries.members_page(MemberFilter(text="zw"), cursor=cursor, limit=1)
        seen += [each.name for each in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert sorted(seen) == sorted(["张伟", "韦章", "章玮", "张巍"])
    assert members.queries.count_members(MemberFilter(text="zw")) == 4


def test_a_corrected_name_is_found_anew_and_a_deleted_one_by_nothing(app, cast):
    member = people.member("单志刚")
    members.service.rename(people.actor(cast.administrator), member.id, "沈志刚")
    assert (found("shan"), found("shenzhi")) == (set(), {"沈志刚"})
    members.service.erase(people.actor(cast.administrator), member.id, "本人要求")
    db.session.expire_all()
    kept = db.session.get(Member, member.id)
    assert (kept.name_sound, kept.name_latin) == ("", "")
    assert found("shen") == set()


def test_the_desk_is_told_who_sounds_alike_and_why(app, cast):
    people.member("王晓芳", phone=None, squad_id=cast.squad_id)
    people.applicant("黎梅", "+8613700137000")
    desk = browser(app, cast.coordinator)
    listed = desk.get("/desk/members/duplicates?by=sound").text
    assert "same squad" in listed
    assert "only one has a phone" in listed
    twin = members.queries.search("王晓芳").items[0]
    told = send(
        desk,
        "/desk/members/duplicates?by=sound",
        "/desk/members/duplicates/apart",
        first_id=str(cast.owner.id),
        second_id=str(twin.id),
        by="sound",
    ).text
    assert "these are two people" in told
    assert "Nobody looks registered twice" in told
    assert "These names sound the same" in desk.get("/desk/members?search=汪小方").text
    pair = app.test_client()
    people.sign_in(pair, cast.coordinator)
    assert pair.get("/api/v1/members/duplicates?by=sound").json == {"items": [], "next": None}
    assert pair.get("/api/v1/members/duplicates?by=face").status_code == 422


def test_an_application_and_a_row_that_sound_like_a_member_are_warned_of_and_come_in(app, cast):
    area_id = people.area()
    known = people.member("孙玉兰", phone=None, squad_id=cast.squad_id, area_id=area_id)
    rows = ["孙钰兰,13800138000,巡逻一队,,", "赵云,13800138001,,,"]
    squad = members.queries.squad(cast.squad_id).name
    content = "\r\n".join(["姓名,手机号,队伍,片区,身份", *(row.replace("巡逻一队", squad) for row in rows)])
    import_id = members.service.prepare_import(
        people.actor(cast.coordinator), content.encode(), target="applied", file_name="名单.csv"
    )
    page = members.queries.import_rows(import_id, "alike")
    assert [(each.number, each.alike_number) for each in page.items] == [(2, known.number)]
    desk = browser(app, cast.coordinator)
    assert "Some of them sound like members" in desk.get(f"/desk/members/import/{import_id}").text
    assert "sounds like member" in desk.get(f"/desk/members/import/{import_id}?rows=alike").text
    members.service.start_import(people.actor(cast.coordinator), import_id)
    assert not members.service.work_off_import(import_id, seconds=60)
    assert members.queries.member_import(import_id).entered == 2
    assert members.queries.import_rows(import_id, "alike").items == []
    listed = desk.get("/desk/applications").text
    assert listed.count("sounds like member") == 1
    assert f"with={known.id}" in listed
