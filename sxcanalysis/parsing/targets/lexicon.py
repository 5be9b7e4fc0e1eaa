"""The words around a number that say what it is: comparators, verbs, deadlines, scopes, names."""

from __future__ import annotations

import re


def _any(words: str) -> str:
    """Join words into one alternation, the longest first, so that 不超过 is not read as 超过."""
    return "|".join(sorted((re.escape(w) for w in words.split()), key=len, reverse=True))


def _as(meaning: str, listed: str) -> dict[str, str]:
    """Give every word of a list the same meaning."""
    return dict.fromkeys(listed.split(), meaning)


#: A point in time or a period.
DATE = (
    r"(?:(?:19|20)\d\d[-—–~至到](?:19|20)\d\d年?|(?:到|至|截至|截止到?|自|从)?(?:19|20)\d\d年(?:度|\d{1,2}月(?:\d{1,2}日)?)?(?:上半年|下半年|年?底|末|年末|年初|第?[一二三四1-4]季度|期间)?(?:之?前|以前)?"
    r"|(?:到|至)?(?:今年|明年|本年度?|当年|年|本届|全年|每年)?(?:1[0-2]|[1-9])月(?:\d{1,2}日|底|末|份|中旬|上旬|下旬)?(?:之?前|以前)"
    r"|(?:到|至)?(?:今年|明年|本年度?|当年|年)(?:年?底|末|内)(?:之?前|以前)?|今年|明年|本年度?|全年|年度内|上半年|下半年|[一二三四]季度"
    r"|(?:到|至)?[“\"]?十[四五六七]五[”\"]?(?:规划)?(?:末|期末|时期|期间)|(?:(?:[1-9]\d?|[一二三五十])年|(?:[1-9]|[三六])个月)(?:之)?内|年底前|年前|按期|如期|按时序?|每年|逐年)"
)

# --- comparators ----------------------------------------------------------------------------------------

#: What stands before the number. 以上, 以下, 以内 include the number itself, 超过 and 低于 do not (Civil Code, art. 1259).
BEFORE = {
    **_as(
        "ge",
        "不低于 不少于 不小于 不短于 不得低于 不得少于 不弱于 至少 最少 最低 大于等于 大于或等于 ≥ >= ⩾ 达到或超过 达到并超过 保底",
    ),
    **_as(
        "le",
        "不高于 不超过 不超出 不得超过 不得高于 不多于 不大于 不长于 不突破 至多 最多 最长 最高 小于等于 小于或等于 ≤ <= ⩽",
    ),
    **_as("gt", "超过 超出 突破 高于 大于 多于 长于 优于 逾 超 > 冲破 跨过 跨越"),
    **_as("lt", "低于 小于 少于 不足 不到 不满 < 短于"),
    **_as("about", "约 大约 大概 约为 近 接近 将近 约占 基本达到"),
    **_as(
        "eq",
        "达到 达 为 是 至 到 占 突破到 等于 = 共 合计 总计 共计 累计 总数 总数达 拟按",
    ),
}
_STATES = "控制 稳定 保持 维持 锁定 限定 巩固 固定"
_MOVES = (
    "提高 提升 增加 增长 扩大 上升 壮大 发展 拓展 扩展 扩充 延伸 增 升 升高 降低 下降 降 压缩 压减 压降 压 缩短 缩小 缩减 减少 减 精简 延长 "
    "调整 回升 恢复 覆盖 推进 拓宽 扩面 优化 增强 上涨 提 延 扩 缩 拓 改善 加快 加大 集聚 集中"
)
# 至 and 到 belong to the comparator only after a verb of movement; alone they are from … to.
LEVEL = rf"(?:(?:{_any(_MOVES)})(?:到|至|为)(?:承诺)?|(?:{_any(_STATES)})(?:在|到|于|为)?|降(?:到|至|为)|(?:要|应|须|需)?(?:{_any('达到 达')}))"
#: A bound that stands before the verb: 至少办1所.
BOUND_VERB = re.compile(r"(?:(?P<ge>至少|最少|不少于)|(?P<le>至多|最多|不超过))[一-龥]{1,4}$")
#: A bound far before the number, which is so many times something else: 增速不低于地区生产总值增速的1.6倍.
RELATIVE = re.compile(
    r"(?:(?P<ge>不低于|不少于|不小于)|(?P<le>不高于|不超过|不大于)|(?P<gt>高于|超过|大于)|(?P<lt>低于|小于)|(?P<eq>达到?|为|是))(?P<of>[^，。；、0-9]{2,20})的$"
)
LEVEL_RE = re.compile(LEVEL)
BEFORE_RE = re.compile(rf"(?:{LEVEL}|{_any(' '.join(BEFORE))})+(?:{DATE}的)?$")
BEFORE_TOKEN = re.compile(_any(" ".join(BEFORE)))
#: Verbs before a number that go down to it: what is fulfilled at the number or below.
DOWNWARD = re.compile(r"降|压|减|缩|控制|限定|锁定|精简")
AFTER_RE = re.compile(
    r"(?:及其?|或者?|和|含|（含）|（含本数）)?(?:(?P<ge>以上|起)|(?P<le>以内|之内|以下|之下))|(?P<about>左右|上下|前后)|(?P<in>内)(?=$|[，,；;。、（））]|(?:办结|完成|办理|送达|解决|响应|处置|到达|答复|反馈|到岗|修复|处理))"
)
SPREAD = re.compile(
    r"(?P<each>分别|依次)|(?P<all>(?<![人户年平日月地])均(?![衡匀值价线])|都(?=$|达|不|超|要|能|实现|控制|保持|在)|全部|皆|双双|普遍|各(?=$))"
)

# --- verbs ------------------------------------------------------------------------------------------------

_UP = "增长 增加 提高 提升 上升 增 扩大 新增 增速 净增 净增加 递增 上涨 涨幅 增幅 涨 多增"
_DOWN = "下降 降低 减少 压减 削减 缩减 压降 压缩 缩短 缩小 下调 降 减 减排 减幅 降幅 精简 节约 少于上年 回落"
CHANGE_RE = re.compile(
    rf"(?:年均|平均|逐年|累计|同比|每年|再|均|实际|名义|净|力争|预计|预期)*(?P<verb>(?<!改造)(?<!改善)(?P<up>{_any(_UP)})|(?P<down>{_any(_DOWN)}))(?:速度|幅度|了)?$"
)
ACTION = (
    "赋能 诊断 新建 新增 新组建 组建 新改建 新改扩建 改扩建 改建 扩建 续建 迁建 重建 援建 共建 创建 筹建 兴建 在建 承建 新认定 新培育 新开工 新开 新签约 新引进 新设 新招引 新入库 新登记 新申请 新型建 "
    "建成 建设 建立 建好 建 完成 实施 推进 打造 培育 培养 引进 引育 招引 招聘 招募 改造 提升 修复 治理 开展 举办 承办 组织 发展 发放 设立 设置 布局 认定 评选 遴选 选拔 选派 选树 选聘 "
    "推出 出台 制定 制修订 修订 发布 落地 转化 开工 竣工 开通 开行 开办 开设 开发 投放 投入 投用 投资 投产 安排 供应 供给 争取 支持 帮扶 扶持 培训 吸引 吸纳 消化 处置 整治 整改 清理 淘汰 压减 削减 "
    "减少 压降 减负 减免 退出 退还 关闭 拆除 救助 资助 补贴 补助 惠及 服务 覆盖 筹集 筹措 配售 配建 配备 配置 加装 安装 更新 更换 铺设 架设 疏浚 清淤 造林 绿化 种植 播种 收储 储备 生产 产出 实现 形成 集聚 "
    "聚集 入库 上市 孵化 攻克 突破 研发 申报 获批 获评 申请 授权 转移 募集 发行 授信 招收 接待 登记 纳入 推广 应用 示范 新植 栽植 增殖放流 放流 养护 维修 维护 排查 检测 监测 抽检 检查 化解 盘活 腾退 腾出 "
    "回购 收购 采购 购置 购买 增设 增加 增开 增配 扩大 扩增 扩容 提供 落实 确保 保障 解决 帮助 促成 促进 签约 引入 引导 推动 动员 轮训 聘任 建档 升级 升格 优化 调整 评定 命名 储存 撬动 带动 拉动 "
    "加快 做好 抓好 办好 办成 加速 贷款 融资 偿还 缴纳 征收 征集 出让 流转 复垦 整理 整合 合并 撤并 布设 部署 贯通 打通 连通 通车 通航 拓展 拓宽 拓面 拉练 演练 巡演 演出 放映 送戏 出版 创作 创成 创 争创 晋级 入选 树立 选择 选取 选定 分解 下达 筛选 梳理 "
    "规划 谋划 设 办 招 引 修 育 配套 植树 达到 力争 累计 举行 开出 试点 试种 打通 增发 增设 收治 签订 接入 上线 联通 并网 提标 消除 销号 清零 防控 建有 设有 集齐 完工 完善 改厕 改炕 储 加密 交付 安置 搬迁 回迁 "
    "取得 挖掘 辐射 严守 守牢 守住 带领 对接 走访 宣传 评估 审查 办理 受理 审结 破获 查处 制作 印发 兑现 拨付 下拨 争先 拥有"
)
ACTION_RE = re.compile(_any(ACTION))
_BY_PLAN = " ".join(w for w in ACTION.split() if w not in {"规划", "计划", "应用", "服务", "示范"})
WORK_RE = re.compile(_any(_BY_PLAN))
ACTION_END = re.compile(rf"(?:{_any(_BY_PLAN)})(?:[了和好]|不少于|至少|约)?$")
#: Verbs that say only that something is done; a metric does without them.
GENERIC = re.compile(
    r"^(?:按期|如期|全面|基本|高质量|力争|加快|大力|深入|持续|计划|拟|预计|年度)*(?:完成|实现|确保|落实|推进|实施|组织实施|推动|达到|力争|争取)(?=.{2})"
)
BARE_VERB = re.compile(
    rf"^(?:{_any(ACTION)}|和|、|及|再|至少|共|总|各|加快|大力|积极|持续|全面|深入|继续|组织|高质量|完善|主动)*$"
)
#: After the counted thing: the sentence has the thing as its subject, and this is what is to happen to it.
POST_ACTION = re.compile(
    _any(
        "建成 完成 竣工 通车 投产 开工 投用 投入使用 投入运营 投入运行 投运 达产 落地 通航 封顶 验收 创成 入选 开展 实施 启动 建立 推广 试点 纳入 完工 开通 运营 上市 达标 全覆盖 进入 获批 并网 贯通 下降 增长 提升 达到 整改 销项 销号 清零 进行"
    )
)
#: A clause that opens with one of these speaks of what exists.
DESCRIPTIVE = re.compile(
    rf"^(?:充分|切实|更好|持续|全面|深入|进一步|认真|严格|积极|加快|以|要|并|在|我省|我市|全省|全市)*(?:{_any('发挥 依托 围绕 聚焦 根据 按照 依照 依据 贯彻 作为 借助 结合 立足 对照 针对 坚持 突出 瞄准 涉及 凭借 利用 用好 抓住 抢抓 基于 参照 遵循 面向 紧扣 对标 鉴于 随着 位于 位居 用足 弘扬 学习 践行 牢固树立 构成 组成 来自 统揽')})"
)
#: What was: for the whole sentence, and (weaker) until a clause with a verb of its own.
PAST = re.compile(
    r"(?P<strong>截至|截止|是指|目前|年来|去年(?!同)|(?<![比较同超])上年(?!度?同)|以来|过去|当时|前三季度|再创|较好完成|圆满完成|顺利完成)"
    r"|(?P<weak>(?<![而不自])已(?!有?条件)|现有|曾|(?<!为)了(?!解)|原有|原来|共有(?!产权)|连续第?[\d一二三四五六七八九十]+年)"
)
GOAL = re.compile(
    r"力争|确保|争取|计划|目标|预计|预期(?!寿命)|拟|(?<![升降长高低少加])[到至]20\d\d年|年内|今年(?!上半年|以来)|明年|将|要|再|全年|年底前|下一步|未来|推动|力促|任务(?=[是为：:])"
)
#: 已 or 已经 with a verb of its own and an amount: a report, also for the clauses that follow.
REPORT = re.compile(
    r"已(?:经|提前|累计|全部|全面)*(?!有)[^，。；：、的]{2,16}?\d[^，。；、的]*(?=[，。；、]|$)"
)
#: How many there are: 常态化开展的有3项, 分布在176个县.
EXISTS = re.compile(r"(?:的有|分布(?:在|于)|涉及|下设|下辖|由)$")
#: What someone has: 示范区有学校347所.
HAVING = re.compile(
    r"(?:[一-龥](?<![没所具富占享含稀国私公专自只])|^)有(?![序效力机条关望利限害色意轨])[一-龥]*$"
)
#: Verbs that say nothing of how many: 做大做强A、B和C等7个产业.
SUPPORT = re.compile(r"(?:加快|持续|大力|积极|着力|全力)*(?:做大|做强|做优|壮大|巩固|深化|发展|推广)+")
#: What is told of a result, wherever in the sentence.
TOLD = re.compile(
    r"超出?(?:年度|全年|序时)|(?:圆满|超额|顺利|较好)完成|历史新高|[居列][^，。]{0,6}第[一二三四五六七八九十\d]"
)
FIRST_TIME = re.compile(r"首次(?=突破|超|达|跃上|迈上|跨)")
#: Words that add up and say nothing of an aim.
SUMS = {"共", "共计", "合计", "总计"}
#: What a project is, not what is to be reached: 总投资17亿元的项目.
STATED = re.compile(
    r"(?:总投资|投资概算|概算|占地|用地面积|全长|线路长|线路全长|总长|总建筑面积|建筑面积|注册资本|设计时速|时速|单体|年产|日产|日处理|海拔|国土面积|常住人口|户籍人口|管径|宽|高|(?<![校院局所站厂市县乡镇村班队部处科家增成园行董社组店馆团会])长|深|户均|人均补助|每人|每户|距|距离)(?:约)?$"
)

# --- where a metric begins and ends -----------------------------------------------------------------------

DATE_RE = re.compile(DATE)
COMPARED = re.compile(
    r"(?:(?:与|同|比|较|对比|相比|在)(?:20\d\d年|上年|上一年|去年|目前|现在|基准年|同期|“?十[三四]五”?|前期|往年|年初|现状)(?:同期|年?底|末|度|期末|水平|基础上|年初)?(?:的?[\d.,]+[^\d，。]{0,3})?(?:相比|来说)?|同比|环比|相比)(?:再|继续)?"
)
LEAD = re.compile(
    rf"^(?:{DATE}|[、，；：和及与或]|以及|并(?!网)|同时|其中|力争|确保|争取|计划|预计|预期|拟|将|要(?!素)|使得?(?!用)|推动|努力|力求|实现|完成|其(?!他)|（?(?:包括|包含|含)|"
    rf"全面完成|有序|稳步|我国|我省|我市|我县|我区|本市|[（(]?[一二三四五六七八九十\d]{{1,2}}[.、)）]|[一二三四五六七八九十]是|——|再(?!生)|继续|加快|大力|深入|持续|积极|全面|进一步|高质量|"
    r"切实|着力|不断|至少|共(?!同|享|建)|总计|合计|累计|应(?!急|用)|须|需(?!求)|可(?!再生|持续|回收|循环)|对(?!外|口)|让|为(?!主)|在(?!线|校|建|园|册)|把|经过|通过|(?:的|主要|预期)*目标[是为]?|期间|底前|年底|均|都(?!市))+"
)
TRAIL = re.compile(
    rf"(?:{DATE}|同比|环比|力争|确保|争取|预计|预期|计划|将|(?<![纲需主])要|应|须|需|再|均|都|分别|依次|全部|双双|同时|统一|普遍|共|合计|总计|累计|也|则|至少|最少|各|基本|稳定|保持|"
    r"有望|还|大约|的|目标|仍|(?<![青少老成])年|实现|完成|由|从|力求|不断|持续|进一步|逐步|可|(?<![产功性动智热电核氢风潜效职机技势光赋储节])能|拟|指标|到|在|，|：|、|（)+$"
)
#: 将企业开办时间压缩至…: what is moved stands after 将.
MOVED = re.compile(r"(?:^|.)(?:将|把)(?!来|军)(?P<thing>[^将把]{2,})$")
#: The verbs right before a number, and those that open a clause.
TAIL_VERB = re.compile(rf"(?:{_any(ACTION)}|[和、及并](?=.))+$")
HEAD_VERB = re.compile(rf"^(?:{_any(ACTION)})+")
#: Where the counted thing ends and a clause about it begins.
NOUN_END = re.compile(
    r"纳入|开展|达到|建成|投用|参加|参与|完成|实现|进入|赴|入选|通过|覆盖(?!率)|提前|全部|，|；|。|共$|总[长计]|到国|具体"
)
LIST_SPLIT = re.compile(r"、|以及|[和与及]")
HEAD = re.compile(
    r"(?:(?:综合|集中|无害化|资源化|规模化|有效|安全|平均|年均|总体|绿色|循环|达标|巩固|普及|全程|在线|规范化|标准化|无害|稳定|累计|销售|营业|居民|人均|可支配|产业|主营业务|固定资产|一般公共预算|排放|办理|审批|服务|消费|使用|年)*"
    r"(?:利用率|处理率|处置率|覆盖率|普及率|回收率|合格率|收集率|治理率|完成率|使用率|参保率|办结率|入学率|就业率|渗透率|自给率|机械化率|达标率|满意率|满意度|知晓率|巩固率|化率|率|总量|排放量|产量|浓度|规模|产值|收入|投资额?|占比|比重|比例|面积|数量|里程|人数|增加值|时间|时限|环节|总数|利润|税收|能耗|排放|负荷|水平))$"
)
OWN_HEAD = re.compile(r"(?:[率量值额比数积度入资重模耗环]|水平|时间|时限|浓度|投资|里程|规模|总数|零售额)$")
ET_CETERA = re.compile(
    r"^(?P<item>.+?)等(?:\d{1,3}[个项类种])?(?:区域|地区|城市|领域|行业|产业|指标|方面|地)?(?P<head>.+)$"
)

# --- scopes -------------------------------------------------------------------------------------------------

_UNIT_NAMES = "设区市 省辖市 地级市 县级市 县（市、区） 市（县、区） 县市区 县区 市县 市 县 区 乡镇 镇 街道 村 社区 园区 开发区 企业 学校 行政村 建制镇 市（州） 市州 地市 省份 省 集群 产业链 片区 县城"
_AREAS = _any("设区市 省辖市 地级市 县级市 市（州） 县（市、区） 县（市） 市县 县区 市 县 区 地 地区")
EACH = rf"(?:每[个座家所]?(?:{_any(_UNIT_NAMES)})(?:每年)?|(?:各|所有)(?:{_AREAS})(?:、(?:{_AREAS}))*(?!级))"
#: Those whom one clause speaks of; the next speaks of all again.
LOCAL = "规模以上工业企业 规上工业企业 地级及以上城市 县级以上城市 全行业"
WHOLE = "苏锡常三市 苏锡常地区 苏锡常都市圈 苏锡常 都市圈内 三市 两市 四市 五市 三地 全省 全市 全县 全区 全国 全域 全州 全镇 全街道 长三角地区 全自治区 全流域 我省 我市 我国 我区 我县"
# A name of a province, city, county or district: two or three characters and the kind of place.
_NOT_A_PLACE = "建成 核心 高新 中心 主城 新城 地级 县级 省级 工业 农业 示范 试验 开发 经开 功能 重点 其他 有关 相关 安排 认定 牵头 紧盯 所有 设区 副省级 大中 所辖 面向 覆盖 支持"
PLACE = (
    rf"(?![每各全设本该上大省四三两五])(?!{'|'.join(_NOT_A_PLACE.split())})(?!{_any(ACTION)})"
    r"(?:(?:[一-龥]{2,3})(?:(?<![城超都])市(?![场容民域级政区值])|(?<![全各])县(?![域级城区])|(?<![园范验发地片城社景灌库校小牧山林矿老治各示市设])区(?![域间块]))"
    r"|(?:[河山]西|[河湖海]南|[河湖]北|[广山]东|江[苏西]|浙江|安徽|福建|贵州|云南|四川|陕西|甘肃|青海|辽宁|吉林|黑龙江|台湾)省|(?:北京|上海|天津|重庆)市)"
)
SCOPE_RE = re.compile(rf"(?P<each>{EACH})|(?P<local>{_any(LOCAL)})|(?P<whole>{_any(WHOLE)})")
#: At the head of a sentence, for all its clauses: 全省加快建设…，新建….
SCOPE_HEAD = re.compile(
    rf"(?:{DATE}|，|力争|确保|推动|实现|[（(]?[一二三四五六七八九十\d]{{1,2}}[.、)）])*(?:(?P<whole>{_any(WHOLE)})(?![性统第文先各])"
    rf"|(?P<place>{PLACE})(?=，|今年|要|将|力争|计划|全面|实现|完成|新建|建成|新增))"
)
PLACE_RE = re.compile(rf"^(?:{PLACE}(?:[、和与]{PLACE})*)")

# --- not quantities ---------------------------------------------------------------------------------------------

#: What follows a number without being a unit makes it part of a name, a grade, a date.
NAME_AFTER = (
    "级届期批代号线版类型档维轮环星强后大种化院中产重步纵横心网链圈带区制月日时点旬年甲乙城港馆型步体式°℃″′"
)
QUOTED = re.compile(r"[“\"「『][^”\"」』]{1,14}[”\"」』]|《[^》]{1,60}》|[〔\[【][^〕\]】]{1,30}[〕\]】]")
SLOGAN_AFTER = re.compile(
    r"毫不|确立|维护|一批|一[工流]|全面|自信|意识|文明|打通|不动摇|结合|方面|层面|维度|环节|关键|更加|坚持|转变|统筹|层次|阶段|步骤|优先|面向|并重|底线|红线|防线|重大战略|[“”]"
)
#: The amount of a subsidy or fine is how an instrument is set, not what is to be reached …
INSTRUMENT = re.compile(r"给予|予以|奖励|奖补|补助|补贴|罚款|处以|暂免|免征|按照?.{0,12}标准")
#: … unless it is raised to the amount …
RAISED = re.compile(rf"(?:至|到|{LEVEL})")
#: … or is the sum that is made available.
FUNDED = re.compile(r"安排|发放|筹集|投入|兑现|设立|下达|争取|累计|撬动|拨付")
#: A share that is set: 按总量的5%提取.
BY_SHARE = re.compile(r"(?:^|[，、])按照?[^，。；]{0,14}$")
#: The amount, once its payment was told of: 最高不超过1000万元.
CAPPED = re.compile(r"(?:最高|最低|单[个项]|每[家户人个]|同一)")
#: What a document consists of is not what it aims at: 八项规定, 十条意见.
OF_A_TEXT = re.compile(
    r"(?:方面|层面|(?:具体|重点|主要)?(?:意见|规定|禁令|办法|准则|任务举措|具体任务|重点任务|政策措施|任务$))"
)
#: The size of one work: 80万吨乙烯项目.
SIZE = {"mass", "power", "area", "length", "volume"}
HERD = {"头", "只", "羽", "尾"}
OF_A_WORK = re.compile(
    r"[^，。；、]{1,16}(?:项目|工程|生产线|装置|电站|机组|基地)(?:建设)?(?=$|[，。；、等])|.*等[^，。；、]{0,10}(?:项目|工程)"
)
#: 吨 in 3万吨级, 元 in 百亿元级: a size class.
CLASS_AFTER = re.compile(r"[一-龥]{1,2}级")
#: A verb after the counted thing that makes a clause of it, where a list would go on.
OWN_CLAUSE = re.compile(r"参与|参加|实现|开展|进入|加快|成为|获得|积极|正在|涉及|均|都|将")
#: The thing counted is only a size class: 50万以上人口城市, 亿元以上企业.
SIZE_CLASS = re.compile(
    r"(?:(?:及|及其)?(?:以上|以下)?的?(?:常住)?人口|(?<=人口))(?:及?(?:以上|以下))?的?(?:[大中小特超]{1,2})?(?:城市|县|市|乡镇|镇|村)"
)
COVERAGE_RE = re.compile(
    r"(?:(?P<pct>100%)|全|全面|全域)覆盖(?=$|[，。；、！：,;）)]|和(?!.{0,3}全)|与|以及|任务|目标|率达)"
)
DOUBLE_RE = re.compile(r"翻(?:(?P<times>[一两二三]|[123])?番|了?一?倍)")
ZERO_RE = re.compile(r"(?P<zero>零|0)(?:增长|新增|负增长(?!))(?=$|[，。；、！,;）)])")
