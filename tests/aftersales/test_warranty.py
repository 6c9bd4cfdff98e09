from datetime import date

import pytest

from ivr.aftersales import warranty
from ivr.aftersales.life import Category
from ivr.aftersales.warranty import Hint

RECEIVED = date(2024, 2, 29)
REGISTERED = date(2025, 6, 1)


@pytest.mark.parametrize("category", ["damp", "plumbing", "electricity", "windows", "other", "water", "gas"])
def test_elements_and_installations_have_five_years_from_the_reception(category: str) -> None:
    hint = warranty.hint(Category(category), received_on=RECEIVED, registered_on=REGISTERED)
    assert hint == Hint(5, date(2029, 2, 28))


@pytest.mark.parametrize("category", ["doors", "floors", "walls", "furniture"])
def test_finishes_have_three_years_from_the_registration(category: str) -> None:
    hint = warranty.hint(Category(category), received_on=RECEIVED, registered_on=REGISTERED)
    assert hint == Hint(3, date(2028, 6, 1))


@pytest.mark.parametrize("category", list(Category))
def test_without_its_day_a_term_has_no_end(category: Category) -> None:
    hint = warranty.hint(category, received_on=None, registered_on=None)
    assert hint.years in {3, 5}
    assert hint.until is None


def test_a_term_from_a_leap_day_may_end_on_one() -> None:
    registered = date(2024, 2, 29)
    term = warranty.hint(Category.DOORS, received_on=None, registered_on=registered)
    assert term.until == date(2027, 2, 28)
