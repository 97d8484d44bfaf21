"""The columns of a roster, by the headings that spreadsheets and learning platforms give them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

# Small letters, "_" for spaces and marks. Of several columns with an id the first here is taken:
# Canvas's and Moodle's own numbers for a person, and logins, only where there is nothing better.
IDS = (
    *("student_id", "studentid", "student_number", "student_no", "student_id_number", "sid"),
    *("學號", "学号", "學生學號", "学生学号", "學生證號", "學生編號", "学籍番号", "학번"),
    *("matriculation_number", "matrikelnummer", "sis_user_id", "id_number", "idnumber"),
    *("id_號碼", "id號碼", "id_号码"),
    *("orgdefinedid", "學生代號", "編號", "编号", "識別號碼", "身份識別碼"),
)
WEAK_IDS = (
    *("sis_login_id", "login_id", "username", "user_name", "login", "account"),
    *("帳號", "账号", "用戶名", "用户名", "使用者名稱", "user_id", "id"),
)
NAMES = (
    *("name", "full_name", "fullname", "student_name", "display_name", "student"),
    *("姓名", "學生姓名", "学生姓名", "全名", "中文姓名", "氏名", "이름", "성명"),
)
FIRST_NAMES = ("first_name", "firstname", "given_name", "forename", "名字", "名", "vorname")
LAST_NAMES = ("last_name", "lastname", "surname", "family_name", "姓氏", "姓", "nachname")
EMAILS = (
    *("email", "e_mail", "email_address", "e_mail_address", "mail", "primary_email"),
    *("電子郵件", "電子信箱", "信箱", "電子郵件信箱", "電子郵件地址", "電子郵件位址", "電郵"),
    *("电子邮件", "电子邮件地址", "邮箱", "电子邮箱", "メールアドレス", "이메일"),
)
SECTIONS = (
    *("section", "sections", "section_name", "class_section", "tutorial", "lab_section"),
    *("班別", "班級", "班级", "分班", "組別", "组别", "課程分組"),
)
_KNOWN = frozenset((*IDS, *WEAK_IDS, *NAMES, *FIRST_NAMES, *LAST_NAMES, *EMAILS, *SECTIONS))
_CANVAS = frozenset({"sis_user_id", "sis_login_id"})
_NOBODY = frozenset({"points possible", "student, test", "test student", "測試學生", "测试学生"})
_NO_ID = re.compile(r"|[0-9a-f]{40}")  # as Canvas's own test student has it
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The headings of a roster, in order, each by the one name under which it is known here."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, headings: Sequence[str]) -> Columns:
        """Return the columns that a line of headings names."""
        return cls(names=tuple(_known_name(one) for one in headings))

    @property
    def are_headings(self) -> bool:
        """Return whether the line says where the ids stand; a lone ``ID`` may say anything."""
        told = {*NAMES, *FIRST_NAMES, *LAST_NAMES, *EMAILS}
        weak = not self._all.isdisjoint(WEAK_IDS) and not self._all.isdisjoint(told)
        return not self._all.isdisjoint(IDS) or weak

    @property
    def known(self) -> int:
        """Return how many of the headings are known."""
        return sum(name in _KNOWN for name in self.names)

    def read(self, lines: Sequence[Sequence[str]]) -> list[dict[str | None, object]]:
        """
        Return each line as student_id, name, email and section.

        More cells than columns are under None, if there is something in them.
        """
        column = self._id_column(lines)
        return [self._entry(line, column) for line in lines]

    def is_nobody(self, line: Sequence[str]) -> bool:
        """Return whether a line is Canvas's: of the points there are, or its test student."""
        if self._all.isdisjoint(_CANVAS):
            return False
        ids = [self._cell(line, name) for name in (*IDS, "sis_login_id")]
        name = self._cell(line, *NAMES).lower()
        return all(map(_NO_ID.fullmatch, ids)) and (not name or name in _NOBODY)

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(self.names)

    def _id_column(self, lines: Sequence[Sequence[str]]) -> str:
        present = [name for name in (*IDS, *WEAK_IDS) if name in self._all]
        filled = (name for name in present if any(self._cell(line, name) for line in lines))
        return next(filled, present[0])

    def _entry(self, line: Sequence[str], column: str) -> dict[str | None, object]:
        entry: dict[str | None, object] = {
            "student_id": plain_id(self._cell(line, column)),
            "name": self._cell(line, *NAMES) or self._joined_name(line),
            "email": self._cell(line, *EMAILS),
            "section": self._cell(line, *SECTIONS),
        }
        if any(cell.strip() for cell in line[len(self.names) :]):
            entry[None] = [*line[len(self.names) :]]
        return entry

    def _joined_name(self, line: Sequence[str]) -> str:
        first, last = self._cell(line, *FIRST_NAMES), self._cell(line, *LAST_NAMES)
        if any(letter >= "\u3040" for letter in first + last):  # Chinese, Japanese, Korean
            return last + first
        return f"{first} {last}".strip()

    def _cell(self, line: Sequence[str], *names: str) -> str:
        """Return the first of the columns called *names* in which something stands."""
        cells = (
            cell.strip()
            for wanted in names
            for name, cell in zip(self.names, line, strict=False)
            if name == wanted
        )
        return next(filter(None, cells), "")


def plain_id(text: str) -> str:
    """Return an id without what spreadsheets put around it: ``="0012"``, ``'0012``, ``#0012``."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()
    quoted = re.fullmatch(r'="(.*)"', plain)
    return (quoted[1] if quoted else plain).lstrip("'#").strip()


def _known_name(heading: str) -> str:
    """Return the name of a column; of ``學號 / Student ID`` the first part that is known."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", heading)).strip().strip("\"'*")
    parts = [plain, *re.split(r"[/()\[\]:*\n]+", plain)]
    names = [re.sub(r"[\s_.-]+", "_", part.strip().lower()).strip("_") for part in parts]
    return next((name for name in names if name in _KNOWN), names[0])


def columns_of(entry: Mapping[str, object]) -> dict[str | None, object]:
    """Return an entry of JSON with its id as people read it."""
    cleaned: dict[str | None, object] = dict(entry.items())
    if isinstance(told := entry.get("student_id"), str):
        cleaned["student_id"] = plain_id(told)
    return cleaned
