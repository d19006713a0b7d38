import csv
import io

import pytest

from seqweave.data.formats.dialect import dialect

ROWS = [["text", "label"], ["Good food, but slow; very|slow", "neg"], ['He said "fine"', "pos"]] * 5


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_that_wrote_a_table_is_found(delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(ROWS)
    found = dialect(out.getvalue())
    assert found is not None
    assert (found.delimiter, found.width, found.agreement) == (delimiter, 2, 1.0)


def test_a_tab_table_has_quotes_only_where_it_needs_them() -> None:
    plain, quoted = dialect('a\tb\n"x" y\tz\n'), dialect('a\tb\n"x\ty"\tz\n"v\tw"\tz\n')
    assert plain is not None
    assert quoted is not None
    assert (plain.quoting, quoted.quoting) == ("none", "csv")


@pytest.mark.parametrize("head", ["", "one column\nonly\n", "Some prose, with a comma.\nAnd more of it.\nAnd.\n"])
def test_prose_is_no_table(head: str) -> None:
    assert dialect(head) is None


def test_a_last_line_that_is_cut_does_not_matter() -> None:
    found = dialect('a,b,c\n"d, e",f,g\n"h, i')
    assert found is not None
    assert (found.delimiter, found.agreement) == (",", 1.0)
