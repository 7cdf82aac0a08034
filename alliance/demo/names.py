"""Names of people who do not exist, as they could stand on a register: usual surnames, given names by generation."""

import random
from typing import Final, NamedTuple

#: The most usual surnames, the most usual first.
_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯曹彭曾肖田董潘袁蔡蒋余杜叶程苏魏吕丁任卢姚沈"
    "钟姜崔谭陆范汪廖石金韦贾夏付方白邹孟熊秦邱尹薛阎段雷侯龙史陶黎贺顾郝龚邵万钱严武戴莫孔向汤"
)


class _Generation(NamedTuple):
    """Given names of people born before a year."""

    born_before: int
    women: str
    men: str


#: The oldest generation first.
_GENERATIONS: Final = (
    _Generation(
        born_before=1965,
        women="""
            秀英 桂兰 玉梅 淑珍 凤英 秀兰 玉兰 桂英 玉珍 淑芳 桂芳 秀珍 月英
            素珍 金凤 翠花 玉华 淑华 爱珍 香兰 彩云 改花 润梅 变花 俊英 巧玲
            春梅 银花 瑞芳 存兰
        """,
        men="""
            建国 国强 志刚 建华 德福 永福 长生 福贵 根生 保国 金山 树林 玉山
            建平 文斌 志明 国平 富贵 铁柱 双喜 有才 润生 拴柱 福旺 来喜 解放
            援朝 跃进 成武 贵生
        """,
    ),
    _Generation(
        born_before=1980,
        women="""
            丽华 美玲 秀梅 海燕 建芳 爱萍 红梅 丽萍 晓红 玉萍 春霞 艳玲 俊芳
            彩霞 素芳 雪梅 卫红 冬梅 小芳 秀萍 瑞琴 慧玲 文静 亚琴 玲玲 志芳
        """,
        men="""
            建军 志强 海涛 伟东 卫东 永刚 建伟 文军 志勇 海龙 晓东 俊峰 建斌
            国庆 红兵 志宏 利军 永强 新民 保平 永胜 爱民 瑞军 晋生 小军 立新
        """,
    ),
    _Generation(
        born_before=1995,
        women="""
            静 丽 敏 艳 娟 婷 雪 燕 芳 霞 洁 丹 玲 慧 倩 颖 晓燕 婷婷 丽娟
            海霞 晓敏 雅琴 佳丽 文娟
        """,
        men="""
            伟 磊 军 勇 涛 超 杰 斌 波 辉 刚 健 鑫 亮 飞 凯 志伟 晓峰 海波
            文强 建鹏 永亮 俊杰 小龙
        """,
    ),
    _Generation(
        born_before=2010,
        women="""
            欣怡 梦洁 思雨 佳怡 雨桐 雅婷 晓彤 若曦 嘉欣 静怡 诗涵 子萱
        """,
        men="""
            浩然 子轩 宇航 俊豪 天宇 志远 泽宇 嘉豪 晨阳 博文 文博 家乐
        """,
    ),
)


class Register:
    """Gives out names; the same person's full name never twice, as long as there are others."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._taken: set[str] = set()

    def name(self, born: int, *, woman: bool) -> str:
        """A name that fits the year of birth."""
        generation = next(each for each in _GENERATIONS if born < each.born_before)
        given = (generation.women if woman else generation.men).split()
        for _ in range(50):
            # Squaring bends the choice towards the usual surnames.
            surname = _SURNAMES[int(self._dice.random() ** 2 * len(_SURNAMES))]
            name = surname + self._dice.choice(given)
            if name not in self._taken:
                break
        self._taken.add(name)
        return name
