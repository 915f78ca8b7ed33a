"""Files we hand out around an import: the template to fill in, the list of refused rows."""

import csv
import io
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from contenthub.customers.holdings import PRODUCTS
from contenthub.customers.rows import FIELDS, field_label, level_label
from contenthub.customers.sheets import safe_cell
from contenthub.customers.stages import STAGES
from contenthub.tenants.topics import TOPICS

ERROR_HEADERS = ("行号", "级别", "字段", "原内容（已脱敏）", "原因与改法")
_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("客户姓名", "王小明", "必填"),
    ("手机号", "13800000001", "必填；11 位手机号，可带 +86、空格或横线"),
    ("性别", "男", "男或女"),
    ("出生日期", "1958-05-20", "年-月-日"),
    ("所属机构", "城关支行", "机构名称或机构号；不填时取客户经理的机构"),
    ("客户经理工号", "0231", "员工在系统里的工号"),
    ("资产（元）", "52000.00", "不带单位的数字；没有准确数时可只填资产区间"),
    ("资产区间", "5-20万", "例如 1万以下、5-20万、100万以上"),
    ("客户标签", "银发;代发工资", "多个用分号或顿号隔开；没有的标签会自动新建"),
    ("拒绝业务", "理财", f"多个用顿号隔开，只能填：{'、'.join(TOPICS.values())}"),
    ("客户号", "60000001", "核心系统客户号"),
    ("风险承受等级", "C2", "C1 至 C5；没有有效测评的客户收不到理财、基金推送"),
    ("风险测评有效期", "2027-06-30", "不填从导入当天起一年"),
    ("external_userid", "wmXXXXXXXX", "企业微信外部联系人 id；有它才能推送"),
    ("农历生日", "八月十五", "也可写 08-15；闰月按平月过"),
    (
        "持有产品",
        "定期存款;手机银行",
        f"多个用分号或顿号隔开，只能填：{'、'.join(PRODUCTS.values())}",
    ),
    ("存款到期日", "2027-03-15", "最近一笔到期的日期"),
    ("理财到期日", "", "最近一笔到期的日期"),
    ("贷款到期日", "", "最近一笔到期的日期"),
    ("是否商户", "否", "是或否，不知道就留空"),
    ("村（网格）", "柳树村", "最多 40 个字"),
    ("最近联系日期", "2026-11-02", "客户经理最近一次联系客户的日期"),
    ("加微日期", "2026-08-01", "添加企业微信的日期"),
    ("客户阶段", "活跃", f"只能填：{'、'.join(STAGES.values())}"),
    ("备注", "城关走村 2026-08-01", "最多 100 个字；加密保存"),
    ("数据日期", "", "这一行是哪天的数据；合并规则选“以数据日期新的为准”时要有"),
)


def template_xlsx() -> bytes:
    """Return the workbook a clerk fills in: an empty sheet, one with an example, the rules."""
    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter

    with closing(xlsxwriter.Workbook(held, options)) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8F0FE", "border": 1})
        plain = book.add_format({"num_format": "@"})
        page, example = book.add_worksheet("客户"), book.add_worksheet("示例（不会导入）")
        rules = book.add_worksheet("填写说明")
        for place, (header, value, _) in enumerate(_COLUMNS):
            for sheet in (page, example):
                # As text, or Excel turns a phone into 1.38E+10.
                sheet.set_column(place, place, 18, plain)
                sheet.write_string(0, place, header, bold)
            example.write_string(1, place, value)
        page.freeze_panes(1, 0)
        rules.set_column(0, 0, 20)
        rules.set_column(1, 1, 70)
        for line, (header, _, rule) in enumerate(_COLUMNS):
            rules.write_string(line, 0, header, bold)
            rules.write_string(line, 1, rule)
    return held.getvalue()


def write_errors(
    path: Path,
    found: Iterable[tuple[int, str, str, str]],
    *,
    head: bool,
    label: Callable[[str], str] = field_label,
) -> None:
    """Add problems and hints (line, field, masked value, message) to a CSV for Excel."""
    with path.open(
        "w" if head else "a", encoding="utf-8-sig" if head else "utf-8", newline=""
    ) as file:
        writer = csv.writer(file)
        if head:
            writer.writerow(ERROR_HEADERS)
        for line, field, shown, message in found:
            labels = [level_label(field), label(field)]
            writer.writerow([line, *labels, safe_cell(shown), safe_cell(message)])


def field_choices() -> list[tuple[str, str, bool]]:
    """Return (field, label, is required) of every field, for the mapping screen."""
    return [(field.name, field.label, field.is_required) for field in FIELDS]
