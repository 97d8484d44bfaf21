"""
Bytes -> text where nothing says in which encoding they are: the one that gives likely letters.

Windows and its programs write the code page of the machine. Most strings of bytes can be read in
several; what tells them apart is that names are written in a language's frequent letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_ALPHABETS = "alphabets"


@dataclass(frozen=True)
class _Encoding:
    """An encoding: its codec, the lead bytes of its frequent letters, and some most frequent."""

    codec: str
    script: str  # of its letters
    leads: tuple[int, int] = (0, -1)
    frequent: frozenset[str] = frozenset()


_TRADITIONAL = frozenset(
    "王李張劉陳楊黃趙吳周徐孫馬朱胡郭何高林羅鄭梁謝宋唐許韓馮鄧曹彭曾蕭田董潘袁蔡蔣余于杜葉程蘇魏呂丁任沈"
    "姚盧姜崔鍾譚陸汪范廖石金韋賈夏傅方白鄒孟熊秦邱江尹薛閻段雷侯龍史陶黎賀顧毛郝龔邵萬錢嚴賴莊湯溫康施翁紀"
    "柯簡游詹洪明文美麗華志偉建國家豪淑芬雅婷怡君宗翰承恩宇軒子晴思妤佳穎冠廷柏翔品睿欣心小大中一二三作業報告"
    "修正版最終副本複製學號姓名期末實驗量化繳交的班系通普"
)
_SIMPLIFIED = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范廖石金韦贾夏付方白邹孟熊秦邱江尹薛阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严赖明文美丽华志伟"
    "建国家豪芳娜敏静强磊军洋勇艳杰涛超秀英平刚桂鑫宇浩轩梓涵欣怡子佳小大中一二三作业报告修正版最终副本复制学"
    "号姓名期末实验量化提交的班系"
)
_JAPANESE = frozenset(
    "田中山本佐藤鈴木高橋伊渡辺小林加吉松井口村清石川野島上原森池下大谷和子美一郎太健翔真由里香奈恵課題提出最"
    "終修正版報告"
)
_KOREAN = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염"
    "여추도소석선설마길연위표명기반왕금옥육인맹제모탁국준영수호은희경미아혜과숙보종복사본실험출"
)
# The likeliest of this course first: it is taken where two are as good.
_ENCODINGS = (
    _Encoding("cp950", "CJK", (0xA4, 0xC6), _TRADITIONAL),
    _Encoding("gbk", "CJK", (0xB0, 0xD7), _SIMPLIFIED),
    _Encoding("cp932", "KANA", (0x88, 0x98), _JAPANESE),
    _Encoding("cp949", "HANGUL", (0xB0, 0xC8), _KOREAN),
    _Encoding("big5hkscs", "CJK", (0xA4, 0xC6), _TRADITIONAL),
    _Encoding("gb18030", "CJK", (0xB0, 0xD7), _SIMPLIFIED),
    _Encoding("cp437", _ALPHABETS),
    _Encoding("cp850", _ALPHABETS),
    _Encoding("cp1252", _ALPHABETS),
    _Encoding("cp866", _ALPHABETS),
    _Encoding("cp852", _ALPHABETS),
)
# What spreadsheets save on Windows is not what its zip folders write.
_SHEETS = (
    *_ENCODINGS[:6],
    _Encoding("cp1252", _ALPHABETS),
    _Encoding("cp1250", _ALPHABETS),
    _Encoding("cp1251", _ALPHABETS),
)
SHEETS = tuple(one.codec for one in _SHEETS)
_BY_CODEC = {one.codec: one for one in (*_ENCODINGS, *_SHEETS)}
_OF_WINDOWS = tuple(one.codec for one in _ENCODINGS)
_SELDOM = frozenset("þðÞÐ")  # Icelandic, and other letters' bytes in other encodings
LIKELY = 0.5  # points a letter; below it the strings are hardly all of one encoding


def decoded_name(name: str) -> str:
    """Return a file's name on this disk; one that is no UTF-8 is read as what it may be."""
    try:
        name.encode()
    except UnicodeEncodeError:
        [name] = decode_all([name.encode("utf-8", "surrogateescape")])
    return name


def decode_all(texts: Sequence[bytes]) -> list[str]:
    """Return *texts* in the one encoding that is likeliest for all, else each in its own."""
    codec, points = likeliest(texts)
    if points >= LIKELY or len(texts) < 2:
        return [text.decode(codec) for text in texts]
    return [text.decode(likeliest([text])[0]) for text in texts]


def likeliest(texts: Sequence[bytes], among: Sequence[str] = _OF_WINDOWS) -> tuple[str, float]:
    """
    Return the codec that reads all of *texts* as the likeliest letters, and points a letter.

    It is UTF-8 or *among* codecs of this module; raise ValueError where none reads them.
    """
    texts = [text for text in texts if not text.isascii()]
    decoded = _decoded(texts, "utf-8")
    if decoded is not None and (not texts or any(one > "\u07ff" for one in "".join(decoded))):
        return "utf-8", 3.0  # no other encoding looks like three bytes of UTF-8 by chance
    found = [] if decoded is None else [("utf-8", 0.2 + _points(decoded, _BY_CODEC["cp437"]))]
    found += [
        (one.codec, _points(decoded, one))
        for one in map(_BY_CODEC.__getitem__, among)
        if (decoded := _decoded(texts, one.codec)) is not None
    ]
    if not found:
        msg = "in none of the encodings"
        raise ValueError(msg)
    return max(found, key=lambda pair: pair[1])


def _decoded(texts: Sequence[bytes], codec: str) -> list[str] | None:
    try:
        return [text.decode(codec) for text in texts]
    except UnicodeDecodeError:
        return None


def _points(texts: Sequence[str], encoding: _Encoding) -> float:
    """Return how likely the letters beyond ASCII are, on average."""
    letters = [
        _alphabet_letter(text, at)
        if encoding.script == _ALPHABETS
        else _wide_letter(text, at, encoding)
        for text in texts
        for at in range(len(text))
        if not text[at].isascii()
    ]
    return sum(letters) / max(len(letters), 1)


def _wide_letter(text: str, at: int, encoding: _Encoding) -> float:
    letter = text[at]
    if _amid_latin(text, at):
        return -1.0
    if letter in encoding.frequent:
        return 3.0
    script = _script(letter)
    if script == "KANA":
        return 2.0 if encoding.script == "KANA" else -1.0
    if script == "HANGUL":
        return _by_lead(letter, encoding) if encoding.script == "HANGUL" else -1.0
    if script != "CJK":
        return _other(letter)
    return -1.0 if encoding.script == "HANGUL" else _by_lead(letter, encoding)


def _by_lead(letter: str, encoding: _Encoding) -> float:
    first, last = encoding.leads
    return 1.0 if first <= letter.encode(encoding.codec)[0] <= last else 0.0


def _amid_latin(text: str, at: int) -> bool:
    """Return whether a letter stands alone in a Latin word: two bytes of it were joined."""
    around = text[at - 1 : at] + text[at + 1 : at + 2]
    return around.isascii() and any(one.isalpha() for one in around)


def _alphabet_letter(text: str, at: int) -> float:
    """Return how likely one letter of an alphabet is beside its neighbours."""
    letter = text[at]
    if not letter.isalpha():
        return _other(letter)
    script = unicodedata.name(letter, "").partition(" ")[0]
    beside = [one for one in (text[at - 1 : at], text[at + 1 : at + 2]) if one.isalpha()]
    fitting = [one for one in beside if unicodedata.name(one, "").startswith(script)]
    lone = script == "LATIN" and not any(one.isascii() for one in beside)
    if lone or len(fitting) < max(len(beside), 1):
        return -1.0
    if letter in _SELDOM:
        return 0.5
    return -1.0 if letter.isupper() and text[at - 1 : at].islower() else 2.0


def _other(letter: str) -> float:
    """Return the points of what is no letter of the language: signs, frames, private use."""
    if "\uff65" <= letter <= "\uff9f":  # half-width katakana: single bytes of other encodings
        return -1.0
    if "\u3000" <= letter <= "\u303f" or "\uff01" <= letter <= "\uff5e":
        return 0.5
    return -2.0


def _script(letter: str) -> str:
    if "\u3041" <= letter <= "\u30ff":
        return "KANA"
    if "\uac00" <= letter <= "\ud7a3":
        return "HANGUL"
    return "CJK" if unicodedata.name(letter, "").startswith("CJK UNIFIED") else ""
