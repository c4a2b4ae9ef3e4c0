"""What the pages load comes from this machine, as it was published."""

import hashlib
import re

from django.conf import settings

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
