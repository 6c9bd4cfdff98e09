import pytest

from ivr.aftersales import numbers
from ivr.aftersales.numbers import Reason, Unusable

OWN = ("+56800422727", "+56988894612", "+56986826248")
MOBILE = "+56987654321"
FIXED = "+56223456789"


@pytest.mark.parametrize("phone", [MOBILE, FIXED, "+56442123456"])
def test_a_valid_chilean_number_is_usable(phone: str) -> None:
    assert numbers.usable_caller(phone, OWN) == phone


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "anonymous",
        "Anonymous",
        "unknown",
        "+266696687",  # ANONYMOUS on a keypad: how withheld numbers used to come
        "+7378742833",
        "+86282452253",
        "+56944",
        "+12025550123",
        "+5491123456789",
        "sip:ana@example.com",
        "client:ana",
        "+56600600500",
        "+56800360033",
        "+56809123456",
        "+56133",
        "133",
        *OWN,
        "+56986826248x",
    ],
)
def test_what_could_be_no_person_in_chile_is_not_usable(raw: str | None) -> None:
    assert numbers.usable_caller(raw, OWN) is None


@pytest.mark.parametrize("habit", ["", "0", "56", "0056"])
@pytest.mark.parametrize("national", ["987654321", "223456789"])
def test_habits_before_the_nine_digits_are_dropped(habit: str, national: str) -> None:
    assert numbers.from_keypad(habit + national, OWN) == f"+56{national}"


@pytest.mark.parametrize(
    ("digits", "reason"),
    [
        ("", Reason.TOO_SHORT),
        ("87654321", Reason.TOO_SHORT),  # as before 2016
        ("133", Reason.TOO_SHORT),
        ("9876543210", Reason.TOO_LONG),
        ("00987654321", Reason.FOREIGN),
        ("0012025550123", Reason.FOREIGN),
        ("600600500", Reason.PREMIUM),
        ("800360033", Reason.PREMIUM),
        ("56809123456", Reason.PREMIUM),
        ("986826248", Reason.OWN),
        ("0988894612", Reason.OWN),
        ("800422727", Reason.OWN),
        ("111111111", Reason.UNKNOWN),
    ],
)
def test_an_unusable_entry_says_why(digits: str, reason: Reason) -> None:
    with pytest.raises(Unusable) as fault:
        numbers.from_keypad(digits, OWN)
    assert fault.value.reason is reason
    assert fault.value.fields["phone"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("987654321", Reason.UNKNOWN),
        ("+56 9 8765 4321", Reason.UNKNOWN),
        ("+", Reason.UNKNOWN),
        ("+56٩٨٧٦٥٤٣٢١", Reason.UNKNOWN),
        ("+12025550123", Reason.FOREIGN),
        ("+5698765432", Reason.TOO_SHORT),
        ("+569876543210", Reason.TOO_LONG),
        ("+56600600500", Reason.PREMIUM),
        ("+56986826248", Reason.OWN),
    ],
)
def test_a_contact_is_given_in_e164(value: str, reason: Reason) -> None:
    with pytest.raises(Unusable) as fault:
        numbers.contact(value, OWN)
    assert fault.value.reason is reason


def test_a_good_contact_is_returned_as_it_is() -> None:
    assert numbers.contact(MOBILE, OWN) == MOBILE


@pytest.mark.parametrize(
    ("phone", "countries", "allowed"),
    [
        (MOBILE, (), True),
        ("+56600600500", (), False),
        ("+56800422727", (), False),
        ("sip:ana@example.com", (), False),
        ("client:ana", (), False),
        ("+12025550123", (), False),
        ("+12025550123", ("1",), True),
        ("+34612345678", ("1",), False),
        ("+34612345678", ("34",), True),
        ("+34806123456", ("34",), False),  # premium
        ("+34901123456", ("34",), False),  # shared cost
        ("+19005551234", ("1",), False),
        ("+56700123456", (), False),
        ("+561", (), False),
        ("anonymous", (), False),
        ("", (), False),
    ],
)
def test_nothing_is_dialled_outside_the_listed_countries(
    phone: str, countries: tuple[str, ...], allowed: bool
) -> None:
    assert numbers.may_dial(phone, countries) is allowed
    assert numbers.may_ring(phone, countries) is (allowed or phone.startswith(("sip:", "client:")))


@pytest.mark.parametrize(
    ("phone", "takes"),
    [
        (MOBILE, True),
        (FIXED, False),
        ("+56600600500", False),
        ("+12025550123", False),
        ("+5698765", False),
        ("sip:a", False),
    ],
)
def test_only_chilean_mobiles_take_texts(phone: str, takes: bool) -> None:
    assert numbers.takes_texts(phone) is takes


@pytest.mark.parametrize(
    ("phone", "written"),
    [
        ("+56800422727", "800 422 727"),
        ("+56986826248", "9 8682 6248"),
        ("+12025550123", "+12025550123"),
        ("client:ana", "client:ana"),
    ],
)
def test_numbers_are_written_as_people_write_them(phone: str, written: str) -> None:
    assert numbers.national(phone) == written


@pytest.mark.parametrize(
    "written", [MOBILE, "+56 9 8765 4321", "9 8765 4321", "(09) 8765-4321", "56.9.8765.4321", "0056987654321"]
)
def test_a_number_is_read_in_any_writing(written: str) -> None:
    assert numbers.written(written, OWN) == MOBILE


@pytest.mark.parametrize(
    "written", ["", "casa", "8765 4321", "600 600 500 0", "800 422 727", "+1 202 555 0123"]
)
def test_what_is_written_and_no_contact_is_refused(written: str) -> None:
    with pytest.raises(Unusable):
        numbers.written(written, OWN)
