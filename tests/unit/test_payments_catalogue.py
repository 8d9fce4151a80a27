"""The plans that an operator edits: read as they stand, or refused with all their mistakes."""

import pytest

from ledger.payments.catalogue import CatalogueError, read_plans

GOOD = """
[[plans]]
id = "starter"
title = "Стартер"
title_en = "Starter"
credits = 5
price = 19900
stars = 150
[[plans]]
id = "old"
title = "Старый"
title_en = "Old"
credits = 3
price = 9900
stars = 75
retired = true
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "plans.toml"


def test_the_product_sells_three_plans():
    plans = read_plans().on_sale
    assert [(plan.title, plan.credits, plan.price) for plan in plans] == [
        ("Стартер", 5, 19_900),
        ("Профи", 20, 69_900),
        ("Премиум", 50, 149_900),
    ]
    assert all(plan.stars for plan in plans)


def test_a_retired_plan_is_known_and_not_on_sale(file):
    file.write_text(GOOD)
    catalogue = read_plans(file)
    assert [plan.id for plan in catalogue.on_sale] == ["starter"]
    assert catalogue.plan("old").credits == 3
    assert catalogue.plan("new") is None


def test_nothing_may_be_on_sale(file):
    file.write_text("plans = []")
    assert read_plans(file).on_sale == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "old"', 'id = "starter"', "a plan's id is there more than once: starter"),
        ('id = "old"', 'id = "Old One"', "plans.1.id"),
        ('title = "Стартер"', 'title = " "', "plans.0.title"),
        ('title = "Стартер"', f'title = "{"С" * 33}"', "plans.0.title"),
        ("credits = 5", "credits = 0", "plans.0.credits"),
        ("credits = 5", 'credits = "5"', "plans.0.credits"),
        ("price = 19900", "price = 0", "plans.0.price"),
        ("price = 19900", "price = 199.00", "plans.0.price"),
        ("price = 19900", "price = true", "plans.0.price"),
        ("stars = 150", "stars = -1", "plans.0.stars"),
        ("stars = 150", "", "plans.0.stars: Field required"),
        ("retired = true", "retierd = true", "plans.1.retierd: Extra inputs"),
        ("retired = true", "retired = 1", "plans.1.retired"),
        ("[[plans]]", "[[plan]]", "plan: Extra inputs"),
        ("credits = 5", "credits = five", "is not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_place(file, old, new, said):
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(CatalogueError) as refused:
        read_plans(file)
    assert said in str(refused.value)
    assert str(file) in str(refused.value)


def test_two_plans_on_sale_are_told_apart_by_their_titles(file):
    file.write_text(GOOD.replace("Старый", "Стартер"))
    assert read_plans(file).on_sale
    file.write_text(GOOD.replace("Старый", "Стартер").replace("retired = true", ""))
    with pytest.raises(CatalogueError, match="a title on sale"):
        read_plans(file)


def test_all_mistakes_are_named_at_once(file):
    file.write_text(GOOD.replace("credits = 5", "credits = 0").replace("stars = 75", "stars = 0"))
    with pytest.raises(CatalogueError) as refused:
        read_plans(file)
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"#" * (1024 * 1024 + 1)])
def test_a_file_that_is_none_is_named(file, content):
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CatalogueError) as refused:
        read_plans(file)
    assert str(file) in str(refused.value)
