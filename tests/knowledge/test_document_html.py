"""Web pages as government sites print them, and as people save them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from knowledge.documents import read_paragraphs
from knowledge.errors import InvalidSource
from knowledge.report import parse_report

TITLE = "云山市人民政府关于2020年法治政府建设情况的报告"
LEAD = "2020年，全市认真落实上级部署，扎实推进依法行政，法治政府建设取得新成效。现将有关情况报告如下："
BODY = f"<p>　　{LEAD}</p><p>一、工作</p><p>（一）制度。听证6次。</p><p>二、问题</p><p>基层执法力量不足，能力还需要继续提高。</p>"
SECTIONS = [("0", LEAD), ("1", ""), ("1.1", "听证6次。"), ("2", "基层执法力量不足，能力还需要继续提高。")]


def parse(tmp_path: Path, page: str | bytes) -> tuple[str, list[tuple[str, str]], str]:
    """Title, sections and particulars of a page."""
    path = tmp_path / "report.html"
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    report = parse_report(path, report_id="small")
    return report.title, [(s.id, s.text) for s in report.sections[1:]], report.sections[0].text


@pytest.mark.parametrize(
    "around",
    [
        '<h1>{t}</h1><div class="TRS_Editor">{b}</div>',
        '<h1>{t}</h1><div id="UCAP-CONTENT"><ucapcontent>{b}</ucapcontent></div>',
        '<h1>{t}</h1><div id="zoom"><div>{b}</div></div>',
        "<article><header><h1>{t}</h1></header>{b}</article>",
        '<div class="content"><h2>{t}</h2>{b}</div>',
        '<div class="some"><h3>{t}</h3><div>{b}</div></div>',
        "<table width=100%><tr><td><table><tr><td><b>{t}</b></td></tr><tr><td>{b}</td></tr></table></td></tr></table>",
        "<form id=form1><h1>{t}</h1>{b}</form>",
        '<div class="main-print"><h1>{t}</h1>{b}</div>',
        "<div><p>{t}</p>{b}",
        "{t}<br>{b}",
    ],
    ids=["trs", "ucap", "zoom", "article", "content", "unknown", "layout tables", "asp form", "named print", "unclosed", "no tags around"],
)
def test_the_article_is_found_in_any_container(tmp_path: Path, around: str) -> None:
    page = f"""<html><head><title>{TITLE}-云山市政府网</title></head><body>
    <div id="nav"><a href="/">首页</a> <a href="/a">一、政务公开</a></div>{around.format(t=TITLE, b=BODY)}
    <div class="footer">版权所有：云山市人民政府。未经书面授权不得转载本站内容，违者依法追究责任。</div></body></html>"""
    assert parse(tmp_path, page)[:2] == (TITLE, SECTIONS)


@pytest.mark.parametrize(
    "extra",
    [
        '<div style="display: none">一、隐藏。</div>',
        '<p style="visibility:hidden">一、隐藏。</p>',
        "<p hidden>一、隐藏。</p>",
        '<p aria-hidden="true">一、隐藏。</p>',
        "<template><p>一、隐藏。</p></template>",
        "<noscript><p>一、请打开脚本。</p></noscript>",
        "<script>document.write('<p>一、脚本</p>')</script>",
        "<style>.a:before{content:'一、'}</style>",
        "<!-- <p>一、注释</p> -->",
        "<del><p>一、删去的标题</p></del>",
        '<div class="share">分享到：<a href="#">微信</a></div>',
        '<div class="breadcrumb">您的位置：首页 &gt; 一、公开</div>',
        '<div class="related-links"><a href="/x">一、相关的报告</a></div>',
        "<nav><a href='#1'>一、工作</a><a href='#2'>二、问题</a></nav>",
        "<p>上一篇：<a href='/1'>二、关于某事的通知</a></p>",
        "<p>扫一扫在手机打开当前页</p>",
        "<ul><li><a href='/z'>一、关于印发方案的通知</a></li></ul>",
    ],
)
@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_what_is_hidden_or_around_is_not_the_report(tmp_path: Path, extra: str, first: bool) -> None:
    inner = extra + BODY if first else BODY + extra
    for page in (f"<body><h1>{TITLE}</h1><div id=zoom>{inner}</div></body>", f"<body><div><h1>{TITLE}</h1>{inner}</div></body>"):
        assert parse(tmp_path, page)[:2] == (TITLE, SECTIONS)


def test_an_article_that_is_a_cell_of_the_layout_is_read_once_and_whole(tmp_path: Path) -> None:
    block = (
        "<table><tr><td>索引号</td><td>K1-2021-3</td><td>发布机构</td><td>云山市人民政府</td></tr><tr><td>文 号</td><td></td></tr></table>"
    )
    rows = [f'<a href="/">首页</a></td><td>{block}', block, TITLE, "发布日期：2021-01-28 字号：大 中 小"]
    layout = "".join(f"<tr><td>{row}</td></tr>" for row in rows)
    page = (
        f"<head><title>云山市人民政府 {TITLE}</title></head><table>{layout}<tr><td id=zoom>{BODY}</td></tr><tr><td>附件：</td></tr></table>"
    )
    title, sections, particulars = parse(tmp_path, page)
    assert (title, sections) == (TITLE, SECTIONS)
    assert particulars.split("\n") == ["索引号 K1-2021-3", "发布机构 云山市人民政府", "发布日期：2021-01-28"]


def test_a_class_named_like_what_stands_around_may_be_that_of_the_text(tmp_path: Path) -> None:
    paragraphs = BODY.replace("<p>", '<p class="side_p">')
    page = f'<div class="page position content-side"><div id=print><div class=title>{TITLE}</div>{paragraphs}</div></div>'
    assert parse(tmp_path, f'{page}<div class="side_p2 side">热点：一、规划</div>')[:2] == (TITLE, SECTIONS)


@pytest.mark.parametrize("container", ["<div class=x>{}</div>", "<div id=zoom>{}</div>"], ids=["unknown", "known"])
def test_text_around_the_element_that_holds_most_of_it_is_read_too(tmp_path: Path, container: str) -> None:
    lead, parts = BODY.split("</p>", 1)
    more = "全市各级各部门认真履行职责，法治政府建设的各项任务得到落实。" * 20
    tail, sign = "<p>以上报告，请审阅并提出宝贵的意见。</p>", "<p>云山市人民政府</p><p>2021年1月18日</p>"
    page = f"<div><div><h1>{TITLE}</h1>{lead}</p>{container.format(f'{parts}<p>{more}</p>')}{tail}{sign}</div><div>版权所有：云山市。未经授权不得转载。</div></div>"
    title, sections, particulars = parse(tmp_path, page)
    assert (title, sections[0]) == (TITLE, SECTIONS[0])
    assert sections[-1] == ("2", f"{SECTIONS[-1][1]}\n{more}\n以上报告，请审阅并提出宝贵的意见。")
    assert particulars == "云山市人民政府\n2021年1月18日"


def test_a_date_that_stands_alone_is_a_particular(tmp_path: Path) -> None:
    head = f"<h1>{TITLE}</h1><div><span>云山发布</span><em>2021-02-05 18:00</em><em>云南</em></div>"
    assert parse(tmp_path, f"<div>{head}<div id=js_content>{BODY}</div></div>") == (TITLE, SECTIONS, "2021-02-05 18:00")


def test_line_breaks_entities_and_broken_lines(tmp_path: Path) -> None:
    body = f"""&nbsp;&nbsp;&emsp;{LEAD}<br><br/>&#12288;&#12288;<strong>一、工作<br>
    （一）制度。</strong>听证&#54;次，全部公开，
    没有遗漏。<span>二</span><span>是</span>公示&lt;5&gt;次&ldquo;全部&rdquo;。<br>　　<b>二</b>、<b>问题</b><br>力量不足。"""
    assert parse(tmp_path, f"<h1>{TITLE}</h1><div id=zoom><p>{body}</p></div>")[1] == [
        ("0", LEAD),
        ("1", ""),
        ("1.1", "听证6次，全部公开，没有遗漏。二是公示<5>次“全部”。"),
        ("2", "力量不足。"),
    ]


@pytest.mark.parametrize(
    ("list_", "ids"),
    [
        ("<ol><li>听证。6次。</li><li>公示。5次。</li></ol>", ["1.1", "1.2"]),
        ("<ol start=3><li>听证。6次。</li><li value=5>公示。5次。</li></ol>", ["1.3", "1.5"]),
        ("<ol style='list-style-type: none'><li>1.听证。6次。</li><li>2.公示。5次。</li></ol>", ["1.1", "1.2"]),
        ("<ol><li><p>听证。6次。</p></li><li><p>公示。5次。</p></li></ol>", ["1.1", "1.2"]),
    ],
    ids=["automatic", "start and value", "none", "paragraphs inside"],
)
def test_items_of_an_ordered_list_have_the_number_a_browser_prints(tmp_path: Path, list_: str, ids: list[str]) -> None:
    page = f"<h1>{TITLE}</h1><div id=zoom><p>{LEAD}</p><p>一、工作</p>{list_.replace('start=3', 'start=3')}</div>"
    if "start" in list_:
        page = page.replace("<ol", "<p>1.甲。子。</p><p>2.乙。丑。</p><ol")
    assert [section for section, _ in parse(tmp_path, page)[1] if "." in section][-2:] == ids


def test_bullets_are_not_numbers(tmp_path: Path) -> None:
    page = f"<h1>{TITLE}</h1><div id=zoom><p>{LEAD}</p><p>一、工作</p><ul><li>听证6次。</li><li>公示5次。</li></ul></div>"
    assert parse(tmp_path, page)[1] == [("0", LEAD), ("1", "听证6次。\n公示5次。")]


def test_a_bold_heading_without_a_full_stop_is_parted_from_its_text(tmp_path: Path) -> None:
    page = f"<h1>{TITLE}</h1><div id=zoom><p>{LEAD}</p><p>一、工作</p><p><b>（一）健全制度</b>　听证6次，公示5次。</p></div>"
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    found = parse_report(path, report_id="small").section("1.1")
    assert found is not None
    assert (found.heading, found.title, found.text) == ("（一）健全制度", "健全制度", "听证6次，公示5次。")


def test_a_table_is_rows_of_its_section_and_a_frame_is_none(tmp_path: Path) -> None:
    table = "<table><thead><tr><th>类 别</th><th>件数</th></tr></thead><tr><td><p>一、复议</p></td><td>35</td></tr><tr><td colspan=2>合计35件</td></tr></table>"
    page = f"<h1>{TITLE}</h1><div id=zoom><p>{LEAD}</p><p>一、工作</p>{table}<table><tr><td><p>二、问题</p><p>力量不足。</p></td></tr></table></div>"
    assert parse(tmp_path, page)[1] == [("0", LEAD), ("1", "类 别 | 件数\n一、复议 | 35\n合计35件"), ("2", "力量不足。")]


@pytest.mark.parametrize(
    "twice", [BODY, BODY.replace("，", "， ").replace("听证", " 听证 "), BODY.replace("<p>", "<div>").replace("</p>", "</div>")]
)
def test_a_body_that_the_page_prints_twice_counts_once(tmp_path: Path, twice: str) -> None:
    page = f"<div class=pc><h1>{TITLE}</h1>{BODY}</div><div class=phone><h1>{TITLE}</h1>{twice}</div>"
    assert parse(tmp_path, page)[:2] == (TITLE, SECTIONS)


def test_what_the_pages_own_styles_hide_is_not_the_report(tmp_path: Path) -> None:
    style = (
        "<style>/* .p1{display:none} */ @media print { .p1 { display: none } } .tip, #ad{display:none!important}"
        " .tab{display:none} p.tab{display:block}</style>"
    )
    hidden = '<p class="tip">二、隐藏。</p><div id=ad>三、隐藏。</div>'
    page = f"<html><head>{style}</head><h1>{TITLE}</h1><div id=zoom>{hidden}{BODY.replace('<p>', '<p class=p1>', 1).replace('<p>二', '<p class=tab>二')}</div>"
    assert parse(tmp_path, page)[:2] == (TITLE, SECTIONS)


def test_a_text_that_a_script_makes_visible_is_read(tmp_path: Path) -> None:
    page = f'<h1>{TITLE}</h1><div id=js_content style="visibility: hidden; opacity: 0">{BODY}</div>'
    assert parse(tmp_path, page)[:2] == (TITLE, SECTIONS)


def test_footnotes_and_their_marks_are_not_the_text(tmp_path: Path) -> None:
    body = BODY.replace("6次。", '6次<a href="#_ftn1"><span>[1]</span></a>，占<sup><a href="#n2">2</a></sup>60m<sup>2</sup>。')
    notes = '<div style="mso-element:footnote-list"><p class=MsoFootnoteText>[1]快报数。</p></div><ol class=footnotes><li id=n2>估计数。</li></ol>'
    assert parse(tmp_path, f"<h1>{TITLE}</h1><div id=zoom>{body}{notes}</div>")[1] == [
        *SECTIONS[:2],
        ("1.1", "听证6次，占60m2。"),
        SECTIONS[3],
    ]


def test_a_heading_broken_within_what_is_bold_is_one(tmp_path: Path) -> None:
    page = f"<h1>{TITLE}</h1><div id=zoom><p>{LEAD}</p><p><b>一、坚持依法行政，<br>全面履行职能</b></p><p><b>二、问题<br>　　力量不足。</b></p></div>"
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    assert [(s.title, s.text) for s in parse_report(path, report_id="small").sections[2:]] == [
        ("坚持依法行政，全面履行职能", ""),
        ("问题", "力量不足。"),
    ]


def test_text_set_in_lines_of_fixed_width_is_put_together(tmp_path: Path) -> None:
    long = "市政府坚持把法治政府建设作为全面依法治市的重点任务和主体工程，统筹谋划、整体推进，各项工作取得新的成效，" * 6
    paragraphs = [f"　　{LEAD}", "　　一、工作", f"　　（一）制度。{long}完。", "　　二、问题", "　　力量不足。"]
    lines = [text[i : i + 30] for text in paragraphs for i in range(0, len(text), 30)]
    page = f"<h1>{TITLE}</h1><pre>{chr(10).join([*lines, '　' * 28 + '云山市人民政府', '　' * 28 + '2021年1月18日'])}</pre>"
    assert parse(tmp_path, page)[1] == [("0", LEAD), ("1", ""), ("1.1", f"{long}完。"), ("2", "力量不足。")]


# --- particulars ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        "<table><tr><td>索 引 号：</td><td>A-1</td><td>发文字号：</td><td>云政〔2021〕7号</td></tr><tr><td>发布机构：</td><td>云山市人民政府</td><td>成文日期：</td><td>2021-01-20</td></tr></table>",
        "<dl><dt>索引号：</dt><dd>A-1</dd><dt>发文字号</dt><dd>云政〔2021〕7号</dd><dt>发文机关：</dt><dd>云山市人民政府</dd><dt>成文日期</dt><dd>2021-01-20</dd></dl>",
        "<ul><li><b>索 引 号：</b>A-1</li><li><b>文　　号：</b>云政〔2021〕7号</li><li><b>发布机构：</b>云山市人民政府</li><li><b>成文日期：</b>2021-01-20</li></ul>",
        "<p>索引号：A-1　文号：云政〔2021〕7号</p><p>发文单位：云山市人民政府　成文日期：2021-01-20　浏览次数：88</p>",
        "<p>【索引号】A-1</p><p>【发文字号】云政〔2021〕7号</p><p>【发布机构】云山市人民政府</p><p>【成文日期】2021-01-20</p>",
        "<div><span>索引号：</span><span>A-1</span></div><div><span>文号：</span><span>云政〔2021〕7号</span></div><div>发布机构：云山市人民政府</div><div>成文日期：2021-01-20</div>",
    ],
    ids=["table", "definition list", "list", "several a line", "brackets", "spans"],
)
def test_particulars_are_read_in_every_layout(tmp_path: Path, block: str) -> None:
    path = tmp_path / "report.html"
    path.write_text(f"<body><div class=xxgk>{block}</div><h1>{TITLE}</h1><div id=zoom>{BODY}</div></body>", encoding="utf-8")
    report = parse_report(path, report_id="small")
    assert (report.document_number, report.publisher) == ("云政〔2021〕7号", "云山市人民政府")
    assert all(value in report.sections[0].text for value in ("A-1", "2021-01-20"))
    assert "88" not in report.sections[0].text


@pytest.mark.parametrize("printed", ["云政〔2021〕7号", "云政[2021]7号", "云政（2021）7号", "云政发〔2021〕 7 号"])
def test_a_document_number_on_a_line_of_its_own_is_read(tmp_path: Path, printed: str) -> None:
    path = tmp_path / "report.html"
    path.write_text(f"<h1>{TITLE}</h1><p>{printed}</p>{BODY}", encoding="utf-8")
    assert parse_report(path, report_id="small").document_number == printed.replace(" ", "")


def test_the_pages_meta_tags_give_what_it_does_not_print(tmp_path: Path) -> None:
    head = f'<head><meta name="ArticleTitle" content="{TITLE}"><meta name="PubDate" content="2021-02-03 10:00"><title>云山市</title></head>'
    title, sections, particulars = parse(tmp_path, f"<html>{head}<body><div id=zoom>{BODY}</div></body></html>")
    assert (title, sections, particulars) == (TITLE, SECTIONS, "发布时间:2021-02-03 10:00")


def test_a_title_over_two_lines_is_put_together(tmp_path: Path) -> None:
    title, sections, _ = parse(tmp_path, f"<p>云山市人民政府</p><p>关于2020年法治政府建设情况的报告</p>{BODY}")
    assert (title, sections) == (TITLE, SECTIONS)


# --- encodings, depth ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("gbk", "gb2312"),
        ("gb18030", "GBK"),
        ("utf-8", "utf-8"),
        ("utf-8", "gb2312"),
        ("gb18030", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("big5", "big5"),
    ],
)
def test_the_encoding_is_the_one_declared_or_found(tmp_path: Path, encoding: str, declared: str) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    text = f"<html><head>{meta}</head><body><h1>{TITLE}</h1>{BODY}</body></html>"
    if encoding == "big5":
        text = "<meta charset=big5><h1>雲山市2020年法治政府建設情況報告</h1><p>一、工作</p><p>聽證6次。</p>"
        assert parse(tmp_path, text.encode(encoding))[1] == [("1", "聽證6次。")]
        return
    assert parse(tmp_path, text.encode(encoding))[:2] == (TITLE, SECTIONS)


@pytest.mark.parametrize("tag", ["<div>", "<b>", "<table><tr><td>", "<ul><li>"])
def test_a_page_nested_without_end_is_refused_at_once(tmp_path: Path, tag: str) -> None:
    path = tmp_path / "report.html"
    path.write_text(f"<h1>{TITLE}</h1>{tag * 100_000}{BODY}", encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(InvalidSource, match="nested more than"):
        read_paragraphs(path)
    assert time.monotonic() - began < 5


def test_a_deep_page_is_read(tmp_path: Path) -> None:
    assert parse(tmp_path, f"<h1>{TITLE}</h1>{'<div><span>' * 1_000}{BODY}")[1] == SECTIONS


def test_thousands_of_unclosed_paragraphs_are_not_nested(tmp_path: Path) -> None:
    assert len(parse(tmp_path, f"<h1>{TITLE}</h1>{BODY}" + "<p>做了甲。" * 8_000)[1][-1][1]) > 8_000


@pytest.mark.parametrize("page", ["<html></html>", "<body><script>1</script></body>", "<!-- -->"])
def test_a_page_without_text_is_refused(tmp_path: Path, page: str) -> None:
    with pytest.raises(InvalidSource, match="holds no text"):
        parse(tmp_path, page)
