"""The shelf of the demo alliance on paper: twenty-one rewards, each with its drawn picture in static/rewards."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RewardPlan:
    """A reward as it is to be put on the shelf.

    `stock`: what comes in at first and again whenever no more than `low` are left; None: without end. `shop`: who
    offers it, empty for the police room. `most` of it a member may have in each `period`. `wished`: how often it is
    asked for, against the others.
    """

    drawing: str
    kind: str
    name: str
    name_en: str
    points: int
    stock: int | None
    low: int
    most: int | None
    period: str
    wished: float
    about: str
    about_en: str
    shop: str = ""


#: Is not made yet: the desk still looks for a supplier.
DRAFT: Final = "parcel"
#: Nobody has brought new ones since they ran out; members wait for it.
SOLD_OUT: Final = "door-eye-camera"
#: The desk should order more.
RUNNING_LOW: Final = "door-alarm"

SHELF: Final = (
    RewardPlan("towel", "goods", "毛巾两条", "Two towels", 24, 40, 8, 2, "month", 4,
        "纯棉，吸水，独立包装。", "Cotton, each in its own wrapper."),
    RewardPlan("washing-powder", "goods", "洗衣粉一袋", "Washing powder", 30, 40, 8, 1, "month", 4,
        "一点八公斤，无磷。", "1.8 kg, free of phosphates."),
    RewardPlan("rice-bag", "goods", "大米五公斤", "Rice, 5 kg", 68, 30, 6, 1, "month", 3,
        "当年新米，警务室可代送到楼下。", "This year's rice; the police room can bring it to your door."),
    RewardPlan("cooking-oil", "goods", "食用油一桶", "Cooking oil", 88, 24, 5, 1, "month", 3,
        "非转基因大豆油五升。", "Soybean oil, 5 litres."),
    RewardPlan("umbrella", "goods", "晴雨伞", "Umbrella", 36, 24, 5, 1, "year", 2,
        "印有联盟标志，晚上有反光边。", "With the Alliance's sign and a reflective edge."),
    RewardPlan("thermos-flask", "goods", "保温杯", "Thermos flask", 48, 24, 5, 1, "year", 2,
        "五百毫升，巡逻路上有热水。", "Half a litre: hot water on patrol."),
    RewardPlan("torch", "goods", "强光手电", "Torch", 40, 24, 5, 1, "year", 2,
        "可充电，夜巡用得上。", "Rechargeable, for evening patrols."),
    RewardPlan("reflective-vest", "goods", "反光背心", "Reflective vest", 22, 40, 8, 1, "year", 2,
        "志愿者统一样式，均码可调。", "The volunteers' own, adjustable."),
    RewardPlan("school-bag", "goods", "学生书包", "School bag", 96, 12, 3, 1, "year", 0.8,
        "减负书包，带反光条。", "Light, with reflective strips."),
    RewardPlan("door-alarm", "security", "门磁报警器", "Door alarm", 60, 20, 4, 2, "year", 3,
        "门一开就响，五号电池用一年，可请志愿者上门安装。",
        "Sounds when the door opens; one battery lasts a year; volunteers can fit it."),
    RewardPlan("window-alarm", "security", "窗户报警器", "Window alarm", 50, 20, 4, 2, "year", 2,
        "震动即响，贴上就能用。", "Sounds when shaken; sticks on."),
    RewardPlan("smoke-detector", "security", "烟雾报警器", "Smoke detector", 80, 20, 4, 2, "year", 2,
        "独立式，八十五分贝，三年质保。", "Stands alone, 85 decibels, three years' guarantee."),
    RewardPlan("gas-detector", "security", "燃气报警器", "Gas detector", 120, 12, 3, 1, "year", 1.2,
        "装在灶台旁，漏气即报警。", "Beside the cooker; warns of leaking gas."),
    RewardPlan("fire-extinguisher", "security", "家用灭火器", "Fire extinguisher", 100, 16, 3, 1, "year", 1.2,
        "两公斤干粉，附使用讲解。", "2 kg of powder; we show how to use it."),
    RewardPlan("door-lock", "security", "防撬门锁", "Pick-proof door lock", 180, 8, 2, 1, "ever", 0.6,
        "C 级锁芯，安心锁业上门更换。", "Class C cylinder, fitted by Anxin Locks."),
    RewardPlan("door-eye-camera", "security", "可视门铃", "Door-eye camera", 220, 3, 0, 1, "ever", 3,
        "手机上看见谁在门口。", "See on your phone who is at the door."),
    RewardPlan("haircut", "service", "理发一次", "A haircut", 28, None, 0, 1, "month", 2.5,
        "凭券到店，不用排队。", "With the voucher there is no queue.", "美玲理发店"),
    RewardPlan("bath-house-ticket", "service", "浴室门票", "Bathhouse ticket", 18, None, 0, 4, "month", 3,
        "含毛巾，六十五岁以上有人搀扶。", "With a towel; help for those over 65.", "清泉浴室"),
    RewardPlan("health-check", "service", "老人体检套餐", "Health check for seniors", 110, None, 0, 1, "year", 0.7,
        "血压、血糖、心电图，当天出结果，预约。",
        "Blood pressure, blood sugar, ECG; booked at the police room."),
    RewardPlan("certificate-of-service", "certificate", "志愿服务证明", "Certificate of service",
        5, None, 0, 2, "year", 1.5,
        "盖章的纸质证明，写明服务时数。",
        "On paper, stamped, with your hours of service."),
    RewardPlan("parcel", "service", "代取快递十次", "Ten parcels fetched", 20, None, 0, 1, "month", 0,
        "骑手先锋队送到家门口。", "Brought to your door by the couriers' squad."),
)  # fmt: skip
