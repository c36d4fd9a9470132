"""Slots of a claim filled otherwise than in the section: 由谁承办, 报谁备案, 在哪里推广, 以什么为原则, 叫什么模式."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from knowledge.claim_parts import ClaimPart, Support

_DEED = "承办|负责|办理|牵头|组织|审查|主管|制定|实施|执行|审核|批准|出台|印发|转发|管"
#: Slots with the frames that fill them. What stands in ``head`` must be the same on both sides, where a frame has one.
_FRAMES = (
    ("by", re.compile(rf"由(?P<filler>[^,。;、由]{{2,12}}?)(?:来|统一|共同|联合|一起|具体|全权)*(?P<head>{_DEED})")),
    ("by", re.compile(r"授权(?:给|由)?(?P<filler>[^,。;]{2,8}?)(?:对|进行|负责|来|审|做|$)")),
    ("to", re.compile(r"报(?:给|送|请|到)?(?P<filler>[^,。;报]{2,16}?)(?P<head>备案|批准|审批)")),
    ("scope", re.compile(r"(?:在|于|只在|仅在)(?P<filler>[^,。;在]{2,8}?)(?:范围)?内?(?:得到|得以|被|进行|全面)*(?P<head>推广|推行|试点)")),
    ("rule", re.compile(r"(?P<filler>不?[^,。;、以不]{2,4})为(?:常态|(?<!例外)原则)")),
    ("name", re.compile(r"“(?P<filler>[^”]{2,8})”[^,。;、]{0,10}?(?P<head>模式|工程|制度|机制|工作法|行动)")),
    ("name", re.compile(r"(?P<head>模式|工程|制度|机制|行动)(?:叫做?|名为|是|称为)“(?P<filler>[^,。;”]{2,8})”")),
    ("means", re.compile(r"(?:通过|经由|借助|利用)(?P<filler>[^,。;通]{2,8}?)(?:向社会|对外|进行|予以)*(?P<head>公开|公布|发布|公示)")),
    ("where", re.compile(r"被(?P<filler>《?[^,。;被]{2,10}?》?)(?P<head>采用|刊登|采纳|刊发|转载)")),
    ("judge", re.compile(r"(?:受到?|得到|获得?)(?:了)?(?:的是)?(?P<filler>[^,。;]{2,8}?)(?:的)?(?P<head>肯定|表扬|批评|通报)")),
    ("hired", re.compile(r"(?:聘请|聘|请)(?:了|的是)?(?P<filler>[^,。;]{2,14}?(?:事务所|律师|专家|教授|学者))")),
    ("in name", re.compile(r"以(?P<filler>[^,。;以]{3,16}?)的?(?P<head>名义)")),
    ("campaign", re.compile(r"(?:结合|围绕)(?P<filler>“[^”]+”|[^,。;]{3,10}?)(?P<head>主题教育)")),
)
_LOOSE = re.compile(r"[“”《》的了,、\s]|永安|我|市委、市|市|共同|直接|统一")


_TITLE = re.compile(r"《([^《》]{4,})》")
#: The organ that numbers a document, and its year and number; words may run into the organ: 文号是永政文.
_NUMBERED = re.compile(r"(?P<organ>[\u4e00-\u9fff]{1,6})(?P<number>[〔\[(]\d{4}[〕\])](?:第)?\d+号)")
#: Documents whose names are this alike, in percent, are the same kind of document: one stands for the other.
_SAME_KIND = 55.0
_THE_SAME = 95.0


def check_documents(claim: str, text: str) -> list[ClaimPart]:
    """Documents that the folded claim names and the section does not, where it names another of the kind."""
    parts = []
    there = _TITLE.findall(text)
    for name in _TITLE.findall(claim):
        if name in text:
            continue
        rival = max(there, key=lambda other: fuzz.ratio(name, other), default="")
        if rival and fuzz.ratio(name, rival) >= _SAME_KIND and fuzz.partial_ratio(name, rival) < _THE_SAME:
            parts.append(ClaimPart(name, Support.REFUTED, rival))
    numbers = list(_NUMBERED.finditer(text))
    parts += [
        ClaimPart(claimed[0], Support.REFUTED, numbers[0][0])
        for claimed in _NUMBERED.finditer(claim)
        if numbers and not any(_same_number(claimed, printed) for printed in numbers)
    ]
    return parts


def _same_number(claimed: re.Match[str], printed: re.Match[str]) -> bool:
    organs = claimed["organ"], printed["organ"]
    return claimed["number"] == printed["number"] and (organs[0].endswith(organs[1][-3:]) or organs[1].endswith(organs[0][-3:]))


def check_slots(claim: str, text: str) -> list[ClaimPart]:
    """Slots that both the folded claim and the section fill, each with another filler; agreeing ones are left out."""
    parts = []
    stated = [(slot, m.groupdict().get("head"), m["filler"], m[0]) for slot, frame in _FRAMES for m in frame.finditer(text)]
    for slot, frame in _FRAMES:
        for match in frame.finditer(claim):
            key = slot, match.groupdict().get("head")
            rivals = [(filler, words) for *held, filler, words in stated if tuple(held) == key]
            if rivals and not any(_alike(match["filler"], filler) for filler, _ in rivals) and not _mentioned(match["filler"], text):
                parts.append(ClaimPart(match[0], Support.REFUTED, rivals[0][1]))
    return parts


def _alike(mine: str, theirs: str) -> bool:
    a, b = _LOOSE.sub("", mine), _LOOSE.sub("", theirs)
    if a.startswith("不") != b.startswith("不"):
        return False
    if not a or not b or a in b or b in a:
        return True
    shared = sum(a[i : i + 2] in b for i in range(len(a) - 1))
    return shared * 2 > min(len(a), len(b)) - 1


def _mentioned(filler: str, text: str) -> bool:
    """Whether the section names the filler at all; then the frames may just have been read wrongly."""
    bare = _LOOSE.sub("", filler)
    return len(bare) >= 2 and bare in text and not bare.startswith("不")
