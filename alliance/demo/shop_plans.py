"""The partner shops of the demo alliance on paper: forty of all nine trades, as they stand along such streets."""

import re
from dataclasses import dataclass
from typing import Final

_WEEK: Final = range(7)


def _every_day(opens: float, closes: float, *, but: tuple[int, ...] = ()) -> list[list[list[int]]]:
    return [[] if day in but else [[round(opens * 60), round(closes * 60)]] for day in _WEEK]


#: The usual opening hours, for each day of the week from Monday in minutes since midnight.
HOURS: Final = {
    "day": _every_day(8.5, 20),
    "long": _every_day(7, 21.5),
    "office": _every_day(9, 18, but=(6,)),
    "barber": _every_day(9, 20.5, but=(0,)),
    "bath": _every_day(12, 23),
    "morning": _every_day(6, 13),
    "noon rest": [[[540, 720], [840, 1170]] for _ in _WEEK],
    "always": _every_day(0, 24),
}
#: Trade → how much of a day's business it has.
BUSY: Final = {
    "supermarket": 5.0, "hairdresser": 4.0, "sole_trader": 4.0, "bathhouse": 3.0, "hardware": 2.0,
    "decorating": 0.6, "hotel": 0.5, "travel": 0.4, "estate_agent": 0.3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """What a shop gives for points."""

    name: str
    name_en: str
    points: int


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """A shop as it is to be opened. `estate` is the demo's area in which it lies, `place` the rest of its address."""

    trade: str
    name: str
    name_en: str
    estate: str
    place: str
    hours: str
    about: str
    offers: tuple[OfferPlan, ...]


def _shops(trade: str, text: str) -> tuple[ShopPlan, ...]:
    """Shops as: name | English | estate | place | hours | about, and below, after >, offer=English=points; …"""
    found = []
    for each in re.split(r"\n(?! *>)", text.strip()):
        line, *below = re.split(r"\n *> ", each)
        name, name_en, estate, place, hours, about = (part.strip() for part in line.split("|"))
        offered = (offer.split("=") for offer in "; ".join(below).split("; "))
        offers = tuple(OfferPlan(chinese, english, int(points)) for chinese, english, points in offered)
        found.append(ShopPlan(trade, name, name_en, estate, place, hours, about, offers))
    return tuple(found)


#: The shop of the demo's shop owner, where the demo's clerk stands at the counter.
OWNERS_SHOP: Final = "美玲理发店"
#: It has applied and waits for the desk.
APPLICANT: Final = "老杨修车铺"
#: It rests, because it is being done up.
PAUSED: Final = "康乐大众浴池"
#: It has left the Alliance, and owes what it was paid for and gave back.
GONE: Final = "小赵鲜果"

SHOPS: Final = (
    *_shops("hairdresser", """
        美玲理发店 | Meiling's Hair Salon | 东安里 | 东门南侧第二间 | barber | 开店十二年，六十岁以上老人可约上门理发。
            > 洗剪吹=Wash, cut and dry=30; 老人理发=Haircut for seniors=20; 儿童理发=Haircut for children=20
            > 烫染抵用=Off a perm or colouring=50
        老孙理发 | Old Sun's Barber | 和平里 | 胡同口十七号 | day | 街坊的老手艺，刮脸掏耳样样行。
            > 男士理发=Haircut for men=18; 刮脸=Shave=12
        俏佳人美发 | Qiaojiaren Hairdressing | 新晋花园 | 底商六号 | barber | 染烫护理，志愿者随到随理。
            > 洗剪吹=Wash, cut and dry=35; 头皮护理=Scalp treatment=40
        时光造型 | Time Styling | 学府苑 | 西门北侧 | barber | 学生和骑手队员优惠。
            > 快剪=Quick cut=22; 洗剪吹=Wash, cut and dry=32
        惠民快剪 | Huimin Quick Cut | 阳光地带 | 快递驿站隔壁 | long | 十五分钟一位，不办卡、不推销。
            > 快剪=Quick cut=15
        桂花美容美发 | Osmanthus Beauty Salon | 锦绣苑 | 西门一号 | noon rest | 夫妻店，安静干净。
            > 女士修剪=Trim for women=25; 洗发=Hair wash=10; 盘发=Hair put up=28
    """),
    *_shops("supermarket", """
        邻家便利店 | Neighbour's Convenience Store | 东安里 | 东门北侧 | long | 代收快递、代充公交卡，门口有爱心座椅。
            > 十点抵一元=10 points off the bill=10; 鸡蛋一斤=Eggs, 500 g=9; 矿泉水一提=A pack of water=16
        福满家超市 | Fumanjia Supermarket | 亲贤北小区 | 南门口 | long | 粮油米面齐全，满五十送货上门。
            > 大豆油抵用=Off a bottle of soybean oil=30; 面粉五公斤=Flour, 5 kg=36; 食盐酱油=Salt and soy sauce=8
        好又近超市 | Haoyoujin Supermarket | 平阳景苑 | 正门东侧 | long | 早七点有新鲜豆腐和馒头。
            > 馒头一袋=A bag of steamed buns=6; 鲜奶一袋=A bag of fresh milk=5
        晋源粮油 | Jinyuan Grain and Oil | 电建小区 | 东门外 | day | 老陈醋现打，杂粮论斤。
            > 小米两斤=Millet, 1 kg=18; 老陈醋一壶=A jug of aged vinegar=15; 挂面一把=A bundle of noodles=6
        滨河生鲜 | Riverside Fresh Food | 滨河家园 | 河边步道入口 | long | 当天的菜当天卖完。
            > 时令蔬菜=Vegetables in season=8; 水果抵用=Off fruit=12
        南内环平价超市 | Nanneihuan Discount Store | 南内环小区 | 菜市场后门 | long | 收银台旁有反诈提示牌。
            > 洗衣液=Washing liquid=26; 卫生纸一提=A pack of toilet paper=20
        千禧便民店 | Qianxi Corner Shop | 千禧花园 | 北侧小门 | long | 夜里十点前都有人。
            > 电池一对=A pair of batteries=5; 雨衣一件=A raincoat=8; 热饮一杯=A hot drink=6
    """),
    *_shops("hardware", """
        建军五金 | Jianjun Hardware | 电建小区 | 西门信报箱旁 | day | 配钥匙、修水龙头，门窗锁具现场试装。
            > 配钥匙=A key cut=5; 换水龙头=Tap changed=22; 门链一副=A door chain=15
        大众五金土产 | Dazhong Hardware | 纺织宿舍 | 老厂门旁 | noon rest | 螺丝论颗卖，老街坊都知道。
            > 灯泡一只=A light bulb=8; 插线板=A power strip=28
        安心锁业 | Anxin Locks | 机关宿舍 | 大院门口 | day | 公安备案开锁，警务室推荐。
            > 换锁芯工时=Fitting a lock cylinder=30; 门锁保养=Lock service=10
        宏达电料 | Hongda Electrical Supplies | 康乐园 | 正门西侧 | day | 电线插座，免费看线路。
            > 线路检查=Wiring check=20; 节能灯一只=An energy-saving lamp=10
    """),
    *_shops("bathhouse", """
        清泉浴室 | Clear Spring Bathhouse | 纺织宿舍 | 澡堂旁老锅炉房 | bath | 老人洗澡有人搀扶，周三半价。
            > 洗浴一次=One bath=20; 搓澡=A rub-down=15; 修脚=Pedicure=22
        康乐大众浴池 | Kangle Public Baths | 康乐园 | 健身角对面 | bath | 大池、淋浴、桑拿。
            > 洗浴一次=One bath=18; 桑拿一次=One sauna=35
        阳光洗浴 | Sunshine Baths | 阳光地带 | 西门外 | bath | 家庭淋浴间，可带孩子。
            > 淋浴一次=One shower=12; 家庭间一小时=Family room, one hour=45
    """),
    *_shops("sole_trader", """
        老杨修车铺 | Old Yang's Bicycle Repairs | 长治路八十六号院 | 大门口 | day | 修自行车、电动车三十年。
            > 补胎=Puncture mended=8; 刹车调整=Brakes adjusted=6
        李记早点 | Li's Breakfast | 和平里 | 公厕对面 | morning | 豆浆油条，巡逻队员热汤免费。
            > 豆浆油条一份=Soy milk and dough sticks=6; 头脑一碗=A bowl of tounao soup=18; 老豆腐=Tofu pudding=5
        刘姐缝纫 | Sister Liu's Tailoring | 教师公寓 | 北门传达室旁 | noon rest | 改衣、换拉链、缝袖标。
            > 换拉链=Zip replaced=12; 裤脚修短=Trousers shortened=8
        诚信手机维修 | Chengxin Phone Repairs | 学府苑 | 快递柜旁 | day | 教老人用手机，不收钱。
            > 贴膜=Screen film=10; 换电池=Battery changed=60; 清理内存=Phone cleaned up=6
        小赵鲜果 | Little Zhao's Fruit | 体育西里 | 球场入口 | long | 甜了再买。
            > 苹果三斤=Apples, 1.5 kg=14; 西瓜半个=Half a watermelon=12
        春晖花店 | Chunhui Flowers | 锦绣苑 | 西门五号 | day | 重阳节给独居老人送花。
            > 绿萝一盆=A pot of ivy=16; 康乃馨三枝=Three carnations=10
    """),
    *_shops("decorating", """
        新家装饰 | New Home Decorators | 新晋花园 | 南门底商 | office | 老房翻新，安装扶手不收工时。
            > 卫生间扶手安装=Bathroom grab rail fitted=45; 刷墙一面=One wall painted=90
        匠心门窗 | Jiangxin Doors and Windows | 滨河家园 | 地下车库出口旁 | office | 纱窗、防盗窗、限位器。
            > 纱窗修补=Fly screen mended=15; 窗户限位器=A window stop=25
        万家防水 | Wanjia Waterproofing | 亲贤北小区 | 垃圾分类站旁 | office | 先看后修，一年保修。
            > 漏水查看=Leak found=30; 打胶一处=One joint sealed=20
        明亮保洁 | Bright Cleaning | 平阳景苑 | 水泵房旁 | day | 擦玻璃、洗油烟机。
            > 洗油烟机=Cooker hood cleaned=70; 擦玻璃一小时=Windows cleaned, one hour=35
    """),
    *_shops("hotel", """
        晋阳宾馆 | Jinyang Hotel | 机关宿舍 | 石狮子对面 | always | 探亲客房，志愿者家属优惠。
            > 房费抵用=Off a room=100; 早餐一份=One breakfast=15
        学府快捷酒店 | Xuefu Express Hotel | 学府苑 | 西门外 | always | 高考季静音楼层。
            > 房费抵用=Off a room=80; 会议室一小时=Meeting room, one hour=60
        公园招待所 | Park Guest House | 体育西里 | 单元楼东侧 | always | 干净实惠，热水全天。
            > 房费抵用=Off a room=60
    """),
    *_shops("travel", """
        晋之旅旅行社 | Jinzhilü Travel | 南内环小区 | 停车场出口 | office | 夕阳红一日游，随团配医护。
            > 一日游抵用=Off a day trip=90; 景点门票抵用=Off an entry ticket=40
        康辉门市部 | Kanghui Travel Office | 千禧花园 | 物业楼一层 | office | 证件照免费拍。
            > 证件照=Passport photos=12; 一日游抵用=Off a day trip=80
        乐途户外 | Letu Outdoors | 阳光地带 | 东门二楼 | office | 周末登山徒步。
            > 登山杖租用=Hiking poles for a day=15; 徒步活动=A guided hike=50
    """),
    *_shops("estate_agent", """
        安居房产 | Anju Property | 东安里 | 东门北侧二层 | office | 房东登记出租房，我们陪同去警务室。
            > 中介费抵用=Off the agency fee=100; 房屋委托登记=Home registered for letting=20
        链接地产长治路店 | Lianjie Property, Changzhi Road | 教师公寓 | 北门 | office | 租客资料先核验后带看。
            > 中介费抵用=Off the agency fee=100; 合同代填=Contract filled in=15
        顺心房屋 | Shunxin Homes | 亲贤北小区 | 南门 | office | 只做二社区的房子。
            > 中介费抵用=Off the agency fee=80
        金钥匙房产 | Golden Key Property | 电建小区 | 东门值班室旁 | office | 免费复印房本。
            > 复印打印十张=Ten pages copied=5; 中介费抵用=Off the agency fee=80
    """),
)  # fmt: skip
