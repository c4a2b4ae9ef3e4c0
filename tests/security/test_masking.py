import pytest

from security.masking import MASKS, mask

TABLE = [
    ("phone", "13800138000", "138****8000"),
    ("phone", "+86-138-0013-8000", "138****8000"),
    ("phone", "１３８ ００１３ ８０００", "138****8000"),
    ("phone", "013800138000", "138****8000"),
    ("phone", "010-8888 6666", "010****6666"),
    ("phone", "+861088886666", "010****6666"),
    ("phone", "0755-88886666转801", "0755****6666"),
    ("phone", "+14155552671", "+141****2671"),
    ("phone", "88886666", "****6666"),
    ("phone", "12378", "*****"),
    ("name", "张三", "张*"),
    ("name", "欧阳 娜娜", "欧***"),
    ("name", "张", "*"),
    ("name", "Christopher Smith", "C***"),
    ("id_no", "11010519491231002x", "110****002x"),
    ("id_no", "E12345678", "*********"),
    ("card", "6222 0213 4567 8903", "****8903"),
    ("email", "zhang.san@example.com", "z***@example.com"),
    ("email", "no address", "***"),
    ("openid", "oABCDEFGHIJKLMNopqrst_uv-123", "oA****-123"),
    ("customer_no", "8800012345", "****2345"),
    ("customer_no", "123", "***"),
    ("text", "把我的钱还给我", "****"),
]


@pytest.mark.parametrize(("kind", "plain", "masked"), TABLE)
def test_it_masks(kind, plain, masked):
    assert mask(kind, plain) == masked


@pytest.mark.parametrize("kind", MASKS)
def test_it_takes_values_of_any_shape_and_leaves_nothing_of_nothing(kind):
    assert mask(kind, "") == mask(kind, "  ") == ""
    for plain in ["x", "@", "+", "转", "一二三", "  \u3000a"]:
        assert mask(kind, plain)
