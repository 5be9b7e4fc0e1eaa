"""How the words around a number say what it is: templates over ``data/lexicon/targets.csv``.

`sxcanalysis.reference.lexicon.compiled` fills and compiles them. 以上, 以下 and 以内 include the number itself,
超过 and 低于 do not (Civil Code of the PRC, article 1259).
"""

from __future__ import annotations

DATE = "«deadlines:date»"

# --- comparators ----------------------------------------------------------------------------------------

#: 至 and 到 belong to the comparator only after a verb of movement; alone they are from … to.
LEVEL = "(?:«targets:move»(?:到|至|为)(?:承诺)?|«targets:state»(?:在|到|于|为)?|(?:要|应|须|需)?(?:达到|达))"
#: A clause that opens with the movement and has the number at its end: 提高甲占比至75%.
MOVING = "«targets:move»(?=.{2})"
TOKEN = "«targets:before»"  # noqa: S105  # no secret
BEFORE = f"(?:{LEVEL}|{TOKEN})+(?:{DATE}的)?$"
#: A bound that stands before the verb: 至少办1所.
BOUND_VERB = "(?:(?P<ge>«targets:before=ge»)|(?P<le>«targets:before=le»))[一-龥]{1,4}$"
#: A bound far before the number, which is so many times something else: 增速不低于地区生产总值增速的1.6倍.
RELATIVE = (
    "(?:(?P<ge>«targets:before=ge»)|(?P<le>«targets:before=le»)|(?P<gt>«targets:before=gt»)|(?P<lt>«targets:before=lt»)"
    "|(?P<eq>达到?|为|是))(?P<of>[^，。；、0-9]{2,20})的$"
)
AFTER = (
    "(?:及其?|或者?|和|含|（含）|（含本数）)?(?:(?P<ge>«targets:after=ge»)|(?P<le>«targets:after=le»))|(?P<about>«targets:after=about»)"
    "|(?P<in>内)(?=$|[，；。、（）]|«targets:handled»)"
)
#: Verbs before a number that go down to it: what is fulfilled at the number or below.
DOWNWARD = "«targets:downward»"
SPREAD = "(?P<each>«targets:spread=each»)|(?P<all>«targets:spread=all»)"

# --- verbs ------------------------------------------------------------------------------------------------

CHANGE = "(?:«targets:extent»)*(?P<verb>(?<!改造)(?<!改善)(?P<up>«targets:change=up»)|(?P<down>«targets:change=down»)(?:速度|幅度|了)?)$"
EXTENT = "«targets:extent»"
#: Verbs that say that something is made or done, and those that are nouns as often: 应用, 服务.
ACTION = "«targets:action»"
WORK = "«targets:action=verb»"
ACTION_END = f"{WORK}(?:[了和好]|不少于|至少|约)?$"
#: Words that say only that something is done; a metric does without them.
GENERIC = "^(?:«targets:manner»)*«targets:generic»(?=.{2})"
BARE_VERB = f"^(?:{ACTION}|«targets:filler»)*$"
TAIL_VERB = f"(?:{ACTION}|[和、及并](?=.))+$"
HEAD_VERB = f"^{ACTION}+"
#: After the counted thing: the sentence has the thing as its subject, and this is what is to happen to it.
OUTCOME = "«targets:outcome»"
#: A clause that opens with one of these speaks of what exists.
DESCRIPTIVE = "^(?:«targets:manner»)*«targets:descriptive»"
#: What was: for the whole sentence, and (weaker) until a clause with a verb of its own.
PAST = "(?P<strong>«targets:past=strong»)|(?P<weak>«targets:past=weak»)"
GOAL = "«targets:goal»"
#: 已 or 已经 with a verb of its own and an amount: a report, also for the clauses that follow.
REPORT = r"已(?:经|提前|累计|全部|全面)*(?!有)[^，。；：、的]{2,16}?\d[^，。；、的]*(?=[，。；、]|$)"
#: How many there are: 常态化开展的有3项, 分布在176个县.
EXISTS = "«targets:exists»$"
#: What someone has: 示范区有学校347所.
HAVING = "(?:[一-龥](?<!«targets:not having before»)|^)有(?!«targets:not having after»)[一-龥]*$"
#: Verbs that say nothing of how many: 做大做强A、B和C等7个产业.
SUPPORT = "(?:«targets:manner»)*«targets:support»+"
#: What is told of a result, wherever in the sentence.
TOLD = "«targets:told»"
FIRST_TIME = "首次(?=突破|超|达|跃上|迈上|跨)"
#: What a project is, not what is to be reached: 总投资17亿元的项目.
STATED = "«targets:stated»(?:约)?$"

# --- where a metric begins and ends -----------------------------------------------------------------------

COMPARED = (
    r"(?:(?:与|同|比|较|对比|相比|在)(?:20\d\d年|上年|上一年|去年|目前|现在|基准年|同期|“?十[三四]五”?|前期|往年|年初|现状)"
    r"(?:同期|年?底|末|度|期末|水平|基础上|年初)?(?:的?[\d.,]+[^\d，。]{0,3})?(?:相比|来说)?|同比|环比|相比)(?:再|继续)?"
)
LEAD = (
    f"^(?:{DATE}|[、，；：和及与或]|（?(?:包括|包含|含)|[（]?[一二三四五六七八九十\\d]{{1,2}}[.、）]|[一二三四五六七八九十]是|——"
    "|(?:的|主要|预期)*目标[是为]?|«targets:lead»)+"
)
TRAIL = f"(?:{DATE}|，|：|、|（|«targets:trail»)+$"
#: 将企业开办时间压缩至…: what is moved stands after 将.
MOVED = "(?:^|.)(?:将|把)(?!来|军)(?P<thing>[^将把]{2,})$"
#: Where the counted thing ends and a clause about it begins.
NOUN_END = "，|；|。|共$|«targets:noun end»"
LIST_SPLIT = "、|以及|[和与及]"
#: What the last of several metrics spells out for all: 利用率, 年均增加值.
HEAD = "(?:(?:«targets:head of a head»)*(?:«targets:head»))$"
OWN_HEAD = "«targets:own head»$"
ET_CETERA = (
    r"^(?P<item>.+?)等(?:\d{1,3}[个项类种])?(?:区域|地区|城市|领域|行业|产业|指标|方面|地)?(?P<head>.+)$"
)

# --- scopes -------------------------------------------------------------------------------------------------

EACH = "(?:每[个座家所]?«targets:each»(?:每年)?|(?:各|所有)«targets:area»(?:、«targets:area»)*(?!级))"
# A name of a province, city, county or district: two or three characters and the kind of place.
PLACE = (
    f"(?![每各全设本该上大省四三两五])(?!«targets:not a place»)(?!{ACTION})"
    "(?:(?:[一-龥]{2,3})(?:(?<![城超都])市(?![场容民域级政区值])|(?<![全各])县(?![域级城区])"
    "|(?<![园范验发地片城社景灌库校小牧山林矿老治各示市设])区(?![域间块]))"
    "|(?:[河山]西|[河湖海]南|[河湖]北|[广山]东|江[苏西]|浙江|安徽|福建|贵州|云南|四川|陕西|甘肃|青海|辽宁|吉林|黑龙江|台湾)省"
    "|(?:北京|上海|天津|重庆)市)"
)
SCOPE = f"(?P<each>{EACH})|(?P<local>«targets:scope=one clause»)|(?P<whole>«targets:scope=sentence»)"
#: At the head of a sentence, for all its clauses: 全省加快建设…，新建….
SCOPE_HEAD = (
    f"(?:{DATE}|，|力争|确保|推动|实现|（?[一二三四五六七八九十\\d]{{1,2}}[.、）])*"
    "(?:(?P<whole>«targets:scope=sentence»)(?![性统第文先各])"
    f"|(?P<place>{PLACE})(?=，|今年|要|将|力争|计划|全面|实现|完成|新建|建成|新增))"
)
PLACES = f"^(?:{PLACE}(?:[、和与]{PLACE})*)"

# --- not quantities ---------------------------------------------------------------------------------------

QUOTED = "[“「『][^”」』]{1,14}[”」』]|《[^》]{1,60}》|[〔【][^〕】]{1,30}[〕】]"
SLOGAN_AFTER = "«targets:slogan»|[“”]"
#: The amount of a subsidy or fine is how an instrument is set, not what is to be reached …
INSTRUMENT = "«targets:instrument»"
#: … unless it is raised to the amount …
RAISED = f"(?:至|到|{LEVEL})"
#: … or is the sum that is made available.
FUNDED = "«targets:funded»"
#: A share that is set: 按总量的5%提取.
BY_SHARE = "(?:^|[，、])按照?[^，。；]{0,14}$"
#: The amount, once its payment was told of: 最高不超过1000万元.
CAPPED = "(?:最高|最低|单[个项]|每[家户人个]|同一)"
#: What a document consists of is not what it aims at: 八项规定, 十条意见.
OF_A_TEXT = "«targets:of a text»"
OF_A_WORK = "[^，。；、]{1,16}(?:项目|工程|生产线|装置|电站|机组|基地)(?:建设)?(?=$|[，。；、等])|.*等[^，。；、]{0,10}(?:项目|工程)"
#: The size of one work: 80万吨乙烯项目.
SIZE = frozenset({"mass", "power", "area", "length", "volume"})
#: 吨 in 3万吨级, 元 in 百亿元级: a size class.
CLASS_AFTER = "[一-龥]{1,2}级"
#: A verb after the counted thing that makes a clause of it, where a list would go on.
OWN_CLAUSE = "«targets:own clause»"
#: The thing counted is only a size class: 50万以上人口城市, 亿元以上企业.
SIZE_CLASS = "(?:(?:及|及其)?(?:以上|以下)?的?(?:常住)?人口|(?<=人口))(?:及?(?:以上|以下))?的?(?:[大中小特超]{1,2})?(?:城市|县|市|乡镇|镇|村)"
COVERAGE = r"(?:(?P<pct>100%)|全|全面|全域)覆盖(?=$|[，。；、！：）]|和(?!.{0,3}全)|与|以及|任务|目标|率达)"
DOUBLE = "翻(?:(?P<times>[一两二三]|[123])?番|了?一?倍)"
ZERO = "(?P<zero>零|0)(?:增长|新增|负增长)(?=$|[，。；、！）])"
