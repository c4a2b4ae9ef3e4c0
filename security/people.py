"""Names and addresses of people in free text: what follows 姓名, 我叫, 家住, 地址, and streets with a number."""

import re
from collections.abc import Iterator

Span = tuple[int, int, str]  # start, end, key of TOKENS

HAN = "\u4e00-\u9fff"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔"
    "谭陆汪范廖石贾韦夏付方邹熊白孟秦邱侯江尹薛闫雷段龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤常温康施牛樊葛邢安齐庞颜"
    "庄章鲁倪申耿焦路柳鞠路殷詹关凌霍童翟尚左岳阮骆伍欧甘葛柯聂翁游纪舒宁冉单季裴冼翁涂卜苗解饶柴窦祁应穆兰靳占祝闵"
)
COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|宇文|端木|长孙|申屠|南宫|百里"
# 本人王..., 我是高...: only surnames that hardly begin another word there
CERTAIN = (
    "王李张刘陈杨黄赵吴周徐孙朱胡郭何罗郑梁谢宋唐韩冯邓曹彭肖董潘袁蔡蒋杜叶魏苏吕丁卢姚沈谭陆廖贾韦邹熊孟秦邱侯尹薛闫"
)
STRONG = (
    "姓名|联系人|持卡人|开户人|户名|收款人|付款人|投保人|被保险人|受益人|经办人|借款人|我叫|名叫|名字是|名字叫|署名"
    "|客户名"
)
LATIN, WEAK = ("name", "contact person"), ("本人", "我是")
LABEL = re.compile("|".join([STRONG, *LATIN, *WEAK]))
LINK = r"(?:[是为叫:：=\s“\"「（(【]|就是|填的|写的){0,4}"
NOT_IN_NAMES = (
    "的了是在有和与及或不没未被把给就都也还电手身证卡账帐号码地住址联系请要想说先女小经行款钱元年月日时信微投诉反映"
    "于因已曾至到从向对其他她我你您这那名姓错误登录填写本人申"
)
GIVEN = rf"[{HAN}]"
CHINESE_NAME = re.compile(rf"{LINK}(?P<value>(?:{COMPOUND}){GIVEN}{{1,2}}|[{SURNAMES}]{GIVEN}{{1,2}})")
CERTAIN_NAME = re.compile(
    rf"(?P<value>(?:{COMPOUND}|[{CERTAIN}]){GIVEN}{{1,2}}?)(?=[，。,；;！!\s、（(于在的]|$|身份证|电话|手机|反映|投诉)"
)
LATIN_NAME = re.compile(r"(?:\s?(?:is|[:：=])\s?|\s)(?P<value>[A-Z][a-z]{1,15}(?:[ ·\-][A-Z][a-z]{1,15}){1,2})")
CHINESE_LATIN = re.compile(r"[是为叫:：=]\s?(?P<value>[A-Z][A-Za-z]{1,15}(?:[ ·][A-Z][A-Za-z]{1,15}){0,2})")
NAME_BEFORE = re.compile(
    rf"(?P<value>(?:{COMPOUND}|[{SURNAMES}]){GIVEN}{{1,2}})(?:[是为](?:我的?|本人的?|客户的?)?|[（(\[【])(?:真实|开户)?$"
)

ADMIN = "省|自治区|市|州|盟|区|县|旗|镇|乡|街道|村|路|街|巷|大道|道|弄|里|胡同|组|队|园|苑|庄|小区|院|城|厦|公寓|座"
UNIT = "号楼|号院|号|栋|幢|弄|座|室|单元|楼|层|户|房|村|组|队|小区|花园|公寓|大厦|苑|路|街|巷|庄|区|里"
NUMBER = "[0-9零〇一二三四五六七八九十百A-Za-z]{1,6}"
AREA = re.compile(rf"[{HAN}]{{2,8}}?(?:{ADMIN})")
HOME = re.compile("家住|现住|住址|地址|住在|居住|户籍|家在|寄[到往至给]|address|live at|lives at")
HOME_LINK = re.compile(r"(?:[是为在于地到:：=\s]|[改变]更?[为成]|所在地|is|现在|目前|信息){0,5}")
HOME_VALUE = re.compile(rf"[{HAN}A-Za-z0-9\-#·（）() ]{{1,60}}(?:{UNIT})")
LATIN_HOME = re.compile(
    r"[ ,:]{0,3}(?:no\.? ?)?[0-9]{1,5}[a-z]? [a-z0-9 .,#\-]{2,50}?"
    r"(?<= )(?:street|st|road|rd|avenue|ave|lane|drive|blvd)(?![a-z])"
    r"(?:[, ]{1,2}(?:apt|room|unit|flat|no)[. ]?[a-z0-9]{1,6})?"
)
SEGMENTS = 2  # parts of an address that make one without a house number
# A street and its number, then what follows: 文三路188号3单元502室
HOUSE = re.compile(
    rf"[路街巷道弄里村组区园苑庄院城厦同座寓]{NUMBER}(?:[\-之]{NUMBER})?(?:号|栋|幢|弄|座|室|单元|楼)"
    rf"(?:[\-，, ]?[{HAN}]{{0,6}}?{NUMBER}(?:\-{NUMBER})?(?:号楼|号院|号|栋|幢|弄|座|室|单元|楼|层|户|房)){{0,6}}"
)
BEFORE_STREET = 30  # characters
VERBS = re.compile(r"[住在到是于址寄为的去往给至了来找：:，。,;；！!？?（(\s]")
BUSINESS = re.compile("支行|分行|网点|营业|银行|门店|自助|酒店|宾馆|商场|超市|餐厅|店|柜|ATM|atm")


def names_and_homes(folded: str, lowered: str) -> Iterator[Span]:
    """Names after the words that announce one, and the addresses of homes."""
    for label in LABEL.finditer(lowered):
        yield from _names(folded, label)
    for label in HOME.finditer(lowered):
        yield from _home(folded, lowered, label)


def streets(folded: str) -> Iterator[Span]:
    """Houses in a street that no word announces."""
    for house in HOUSE.finditer(folded):
        yield from _street(folded, house)


def _names(folded: str, label: re.Match[str]) -> Iterator[Span]:
    place = label.end()
    if label[0] in LATIN:
        found = LATIN_NAME.match(folded, place)
    elif label[0] in WEAK:
        found = CERTAIN_NAME.match(folded, place)
    else:
        found = CHINESE_NAME.match(folded, place) or CHINESE_LATIN.match(folded, place)
        found = found or NAME_BEFORE.search(folded, max(label.start() - 14, 0), label.start())
    if found is not None:
        start, end = found.span("value")
        end = start + _length(found["value"])
        if end > start + 1:
            yield start, end, "name"


def _length(name: str) -> int:
    """How much of it is the name: 李明电话 is 李明."""
    if name[0].isascii():
        return len(name)
    return next((place for place in range(1, len(name)) if name[place] in NOT_IN_NAMES), len(name))


def _home(folded: str, lowered: str, label: re.Match[str]) -> Iterator[Span]:
    link = HOME_LINK.match(folded, label.end())
    start = link.end() if link else label.end()
    found = HOME_VALUE.match(folded, start)
    if found is not None:
        value = found[0]
        if HOUSE.search(value) or len(AREA.findall(value)) >= SEGMENTS:
            yield start, found.end(), "address"
    elif latin := LATIN_HOME.match(lowered, start):
        yield start, latin.end(), "address"


def _street(folded: str, house: re.Match[str]) -> Iterator[Span]:
    """A house in a street; not that of a bank or a shop."""
    begin = max(house.start() - BEFORE_STREET, 0)
    for verb in VERBS.finditer(folded, begin, house.start()):
        begin = verb.end()
    street = AREA.match(folded, begin, house.start() + 1)
    around = folded[begin : house.start()], folded[house.end() : house.end() + 12]
    if street is not None and not any(BUSINESS.search(part) for part in around):
        yield begin, house.end(), "address"
