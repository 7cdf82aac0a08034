"""The demo community on paper: grids with their estates and squads, the other squads, and where plates hang.

A community of 18 estates in eleven grids, as police rooms describe theirs: 54 estate leaders, 160 staircase leaders and
40 volunteers patrol at home; a women's squad, pensioners, couriers and school guards go further.
"""

from dataclasses import dataclass
from typing import Final

STATION: Final = "长治路派出所"
COMMUNITY: Final = "长治路二社区"
#: Minutes since midnight between which a squad usually sets out.
EVENING: Final = ((19 * 60, 20 * 60 + 50),)
MORNING: Final = ((6 * 60 + 20, 8 * 60),)
SCHOOL_TIMES: Final = ((7 * 60 + 10, 7 * 60 + 40), (15 * 60 + 50, 16 * 60 + 20))
ROUND_THE_CLOCK: Final = ((10 * 60, 11 * 60), (14 * 60, 16 * 60), (20 * 60, 21 * 60))


@dataclass(frozen=True, slots=True)
class SquadPlan:
    """A squad as it is to be founded. `stops` are the plates of its route, none for a squad that does not patrol.

    `place` is its field on the map's grid of 300 m. `hours` bound the route in minutes since midnight.
    """

    name: str
    kind: str
    motto: str
    founded: tuple[int, int]
    estates: tuple[str, ...]
    stops: tuple[tuple[str, str], ...]
    place: int
    route: str
    sets_out: tuple[tuple[int, int], ...] = EVENING
    hours: tuple[int, int] | None = None
    minimum_points: int = 4
    minimum_minutes: int = 10
    women: float = 0.55
    born: tuple[int, int] = (1948, 1990)
    heads: int = 0


def _grid(number: int, word: str, estates: str, team: str, motto: str, stops: str) -> SquadPlan:
    names = tuple(estates.split())
    pairs = [each.split("/") for each in stops.split()]
    return SquadPlan(
        name=f"{team}巡逻队",
        kind="patrol",
        motto=motto,
        founded=(2019, number),
        estates=names,
        stops=tuple((names[int(where)] + what, hint) for where, what, hint in pairs),
        place=number - 1,
        route=f"{word}网格夜巡",
    )


GRID_NAMES: Final = tuple(f"第{word}网格" for word in (*"一二三四五六七八九十", "十一"))
GRIDS: Final = (
    _grid(
        1, "一", "东安里 学府苑", "东安里", "多走一步路，多安一个家",
        "0/东门/门岗右侧墙上 0/车棚/充电桩旁 0/配电房/门的左边 1/西门/快递柜旁 1/小广场/宣传栏背面",
    ),
    _grid(
        2, "二", "亲贤北小区 教师公寓", "亲贤", "楼上楼下，守望相助",
        "0/南门/道闸立柱上 0/地下车库入口/限高杆旁 0/垃圾分类站/亭子里 1/北门/传达室窗下 1/老年活动室/门口",
    ),
    _grid(
        3, "三", "平阳景苑 机关宿舍", "平阳", "夜里亮一盏灯",
        "0/正门/门卫室外墙 0/水泵房/铁门上 0/儿童乐园/滑梯边立柱 1/大院门口/石狮子后面 1/锅炉房/通道口",
    ),
    _grid(
        4, "四", "电建小区 锦绣苑", "电建", "老电建，热心肠",
        "0/东门/值班室旁 0/自行车棚/第二根柱子 0/三号楼消防通道/楼梯口 1/西门/信报箱旁 1/配电房/门的右边",
    ),
    _grid(
        5, "五", "和平里 新晋花园", "和平里", "和和气气，平平安安",
        "0/胡同口/电线杆上 0/公厕旁/外墙 0/小卖部对面/路灯杆 1/南门/门禁机下 1/围墙缺口/已装护栏处",
    ),
    _grid(
        6, "六", "体育西里 滨河家园", "滨河", "沿河走一圈，邻里保平安",
        "0/球场入口/铁丝网上 0/单元楼道口/一号楼 1/河边步道入口/护栏上 1/泵站/门旁 1/地下车库出口/收费亭",
    ),
    _grid(
        7, "七", "纺织宿舍 康乐园", "纺织", "当年织布，今天织平安网",
        "0/老厂门/门垛上 0/澡堂旁/外墙 0/车棚/灯箱下 1/正门/岗亭 1/健身角/单杠边",
    ),
    _grid(
        8, "八", "阳光地带", "阳光地带", "太阳落山我上岗",
        "0/东门/闸机旁 0/西门/闸机旁 0/快递驿站/玻璃门边 0/地下车库B区/消火栓旁 0/屋顶花园入口/电梯厅",
    ),
    _grid(
        9, "九", "南内环小区", "南内环", "看好自家门，照看邻家人",
        "0/北门/门岗 0/菜市场后门/卷帘门旁 0/配电房/围栏上 0/六号楼平台/台阶边 0/停车场出口/岗亭",
    ),
    _grid(
        10, "十", "千禧花园", "千禧花园", "三分钟，邻居到",
        "0/南门/喷泉旁 0/幼儿园门口/围栏 0/物业楼/公告栏 0/充电车棚/灭火器箱旁 0/北侧小门/门框",
    ),
    _grid(
        11, "十一", "长治路八十六号院", "八十六号院", "小院不大，人心不散",
        "0/大门/门牌下 0/凉亭/立柱 0/储藏室/走廊口 0/热力站/铁门上 0/后墙小路/路灯杆",
    ),
)  # fmt: skip

WOMEN: Final = SquadPlan(
    name="花木兰女子巡逻队",
    kind="women",
    motto="谁说女子不如男",
    founded=(2023, 10),
    estates=(),
    stops=(
        ("长治路警务室", "门口灯箱下"),
        ("地铁口", "东南出口立柱"),
        ("夜市南口", "牌楼右侧"),
        ("人民公园东门", "售票亭旁"),
        ("学府街天桥", "桥西梯口"),
        ("二十四小时便利店", "收银台外窗"),
    ),
    place=11,
    route="花木兰夜巡线",
    women=1.0,
    born=(1965, 2000),
    heads=30,
)
OTHERS: Final = (
    WOMEN,
    SquadPlan(
        name="夕阳红巡逻队",
        kind="sunset_glow",
        motto="退休不褪色",
        founded=(2018, 4),
        estates=(),
        stops=(
            ("人民公园北门", "晨练点"),
            ("社区服务站", "门廊"),
            ("老年大学", "门卫室旁"),
            ("便民菜市场", "公平秤旁"),
            ("公交总站", "候车亭"),
        ),
        place=12,
        route="夕阳红晨巡线",
        sets_out=MORNING,
        hours=(5 * 60 + 30, 10 * 60),
        born=(1940, 1962),
        heads=36,
    ),
    SquadPlan(
        name="骑手先锋队",
        kind="courier",
        motto="车轮到哪里，平安到哪里",
        founded=(2022, 6),
        estates=(),
        stops=(
            ("外卖取餐点", "取餐柜侧面"),
            ("换电柜", "学府街口"),
            ("快递分拣站", "门内右手"),
            ("商场后巷", "卸货口"),
        ),
        place=13,
        route="骑手随手巡",
        sets_out=ROUND_THE_CLOCK,
        minimum_points=3,
        minimum_minutes=5,
        women=0.15,
        born=(1978, 2004),
        heads=18,
    ),
    SquadPlan(
        name="长治路二小护校队",
        kind="school_guard",
        motto="护你到校门，等你到家人",
        founded=(2020, 9),
        estates=(),
        stops=(
            ("二小正门", "护学岗亭"),
            ("家长等候区", "安全角立牌"),
            ("斑马线东端", "信号灯杆"),
            ("二小后门", "围墙上"),
        ),
        place=14,
        route="上学放学护校线",
        sets_out=SCHOOL_TIMES,
        hours=(6 * 60 + 30, 18 * 60),
        minimum_points=3,
        women=0.7,
        born=(1955, 1992),
        heads=14,
    ),
    SquadPlan(
        name="心桥调解小组",
        kind="other",
        motto="有话好好说",
        founded=(2021, 3),
        estates=(),
        stops=(),
        place=15,
        route="",
        born=(1950, 1975),
        heads=4,
    ),
)

#: The corner of the map, degrees × 1,000,000, and what a metre is there.
_CORNER: Final = (37_829_000, 112_556_000)
_METRE: Final = (8.993, 11.386)
_FIELD_METRES: Final = 300
#: Where the plates of one route hang around the middle of its field, in metres east and north.
_AROUND: Final = ((0, 0), (78, 46), (-62, 84), (92, -72), (-84, -58), (10, 118))


def coordinates(field: int, stop: int) -> tuple[int, int]:
    """Latitude and longitude, degrees × 1,000,000, of a stop in a field of the map."""
    row, column = divmod(field, 4)
    east, north = _AROUND[stop]
    latitude = _CORNER[0] + (north - row * _FIELD_METRES) * _METRE[0]
    longitude = _CORNER[1] + (east + column * _FIELD_METRES) * _METRE[1]
    return round(latitude), round(longitude)
