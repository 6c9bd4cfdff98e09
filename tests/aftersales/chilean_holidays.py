"""Chile's public holidays, worked out from the text of the laws: the table the calendar is judged by.

Shares nothing with the library that the product uses. Holds from 2023 on, as the laws stand in 2026 (2022 had
a holiday of its own, by Ley 21.485).
"""

from datetime import UTC, date, datetime, timedelta, timezone

MON, TUE, WED, THU, FRI = range(5)


def public_holidays(year: int, region: str | None = None) -> set[date]:
    """Every public holiday of that year in the nation, and in the region if one is given."""
    easter = easter_sunday(year)
    days = {
        date(year, 1, 1),  # Ley 2.977: Año Nuevo
        easter - timedelta(days=2),  # Ley 2.977: Viernes Santo
        easter - timedelta(days=1),  # Ley 2.977: Sábado Santo
        date(year, 5, 1),  # Ley 2.200: Día Nacional del Trabajo
        date(year, 5, 21),  # Ley 2.977: Glorias Navales
        winter_solstice(year),  # Ley 21.357: Pueblos Indígenas
        moved_to_a_monday(date(year, 6, 29)),  # Leyes 18.432 and 19.668: San Pedro y San Pablo
        date(year, 7, 16),  # Ley 20.148: Virgen del Carmen
        date(year, 8, 15),  # Ley 2.977: Asunción de la Virgen
        date(year, 9, 18),  # Ley 2.977: Independencia
        date(year, 9, 19),  # Ley 2.977: Glorias del Ejército
        moved_to_a_monday(date(year, 10, 12)),  # Leyes 3.810 and 19.668: Encuentro de Dos Mundos
        evangelical_churches(year),  # Ley 20.299
        date(year, 11, 1),  # Ley 2.977: Todos los Santos
        date(year, 12, 8),  # Ley 2.977: Inmaculada Concepción
        date(year, 12, 25),  # Ley 2.977: Navidad
    }
    if date(year, 1, 2).weekday() == MON:  # Ley 20.983
        days.add(date(year, 1, 2))
    if date(year, 9, 17).weekday() in {MON, FRI}:  # Leyes 20.215 and 20.983: Fiestas Patrias
        days.add(date(year, 9, 17))
    if date(year, 9, 20).weekday() == FRI:  # Ley 20.215: Fiestas Patrias
        days.add(date(year, 9, 20))
    if region == "AP":  # Ley 20.663: Asalto y Toma del Morro de Arica
        days.add(date(year, 6, 7))
    if region == "NB":  # Ley 20.678: Nacimiento del Prócer (two communes; the product knows only the region)
        days.add(date(year, 8, 20))
    return days


def moved_to_a_monday(day: date) -> date:
    """Ley 19.668: Tuesday to Thursday goes to the Monday before, Friday to the Monday after."""
    if day.weekday() in {TUE, WED, THU}:
        return day - timedelta(days=day.weekday())
    if day.weekday() == FRI:
        return day + timedelta(days=3)
    return day


def evangelical_churches(year: int) -> date:
    """Ley 20.299: 31 October; a Tuesday goes to the Friday before, a Wednesday to the Friday after."""
    day = date(year, 10, 31)
    return day + timedelta(days={TUE: -4, WED: 2}.get(day.weekday(), 0))


def easter_sunday(year: int) -> date:
    """Gregorian Easter (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, before = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, before + 1)


def winter_solstice(year: int) -> date:
    """The day of the June solstice by Chile's winter time (Meeus, mean solstice, good to half an hour).

    Between 2023 and 2030 the solstice is always more than an hour from midnight in Chile.
    """
    t = (year - 2000) / 1000
    julian_day = 2451716.56767 + 365241.62603 * t + 0.00325 * t**2 + 0.00888 * t**3 - 0.00030 * t**4
    noon_of_2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)  # Julian day 2451545.0
    moment = noon_of_2000 + timedelta(days=julian_day - 2451545.0)
    return moment.astimezone(timezone(timedelta(hours=-4))).date()
