"""What the pages load comes from this machine, as it was published."""

import hashlib
import re

from django.conf import settings

WIDTH = 120  # characters of a line, as of the Python beside it
VENDORED = settings.BASE_DIR / "static" / "vendor"
OURS = [
    *(settings.BASE_DIR / "static" / "sqm").iterdir(),
    *(settings.BASE_DIR / "templates").rglob("*.html"),
]
ELSEWHERE = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""")


def test_the_chart_library_is_the_published_file():
    folder = VENDORED / "echarts"
    digest = hashlib.sha256((folder / "echarts.common.min.js").read_bytes()).hexdigest()
    assert digest in (folder / "README.md").read_text(encoding="utf-8")


def test_no_page_loads_anything_from_elsewhere():
    assert [path.name for path in OURS if ELSEWHERE.search(path.read_text(encoding="utf-8"))] == []


def test_no_template_carries_a_script_or_a_style_of_its_own():
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son[a-z]+=|hx-on|\|safe\b")
    assert [path.name for path in OURS if path.suffix == ".html" and inline.search(path.read_text("utf-8"))] == []


def test_a_line_of_a_template_is_read_without_scrolling():
    long_lines = [
        f"{path.relative_to(settings.BASE_DIR)}:{number} has {len(line)} characters; wrap it at {WIDTH}"
        for path in sorted(OURS)
        if path.suffix == ".html"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if len(line) > WIDTH
    ]
    assert long_lines == []
