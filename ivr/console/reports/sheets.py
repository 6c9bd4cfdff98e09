"""One sheet of a report: figures in a table, of which picture and CSV show the same."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | None

#: Spreadsheets take a text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@")


class Unit(StrEnum):
    """What a figure is of, as it stands behind it."""

    COUNT = ""
    PERCENT = "%"
    SCORE = "de 5"


@dataclass(frozen=True)
class Column:
    """A column of figures. ``colour``: of its bars, a name that ``charts.js`` knows; none: no bars."""

    title: str
    unit: Unit = Unit.COUNT
    colour: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A table whose rows begin with what they are about."""

    name: str
    title: str
    #: What exactly is counted, in a sentence or two.
    about: str
    #: What the rows are about, as a heading.
    rows_are: str
    columns: Sequence[Column]
    rows: Sequence[tuple[Value, ...]]
    #: What is said where there is nothing to count.
    empty: str
    #: Whether the bars of a row stand upon each other, and whether they lie.
    stacked: bool = False
    lying: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no figure says anything: an empty picture would look like a zero."""
        return not any(value for row in self.rows for value in row[1:])

    @property
    def picture(self) -> dict[str, object]:
        """What ``charts.js`` draws."""
        drawn = [(place, column) for place, column in enumerate(self.columns, 1) if column.colour]
        return {
            "labels": [row[0] for row in self.rows],
            "unit": drawn[0][1].unit,
            "stacked": self.stacked,
            "lying": self.lying,
            "series": [
                {"title": column.title, "colour": column.colour, "values": [row[place] for row in self.rows]}
                for place, column in drawn
            ],
        }

    def as_csv(self) -> str:
        """For a spreadsheet: decimal points, commas, and what is not known left blank."""
        out = io.StringIO()
        writer = csv.writer(out)
        units = [
            f"{column.title} ({column.unit})" if column.unit else column.title for column in self.columns
        ]
        writer.writerow([self.rows_are, *units])
        writer.writerows([_cell(value) for value in row] for row in self.rows)
        return out.getvalue()


def _cell(value: Value) -> Value:
    if isinstance(value, float):
        return round(value, 2)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
