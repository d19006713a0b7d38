import pytest

from seqweave.core.errors import DataError, ProblemsError
from seqweave.data.receipt import PROBLEMS_SHOWN, Receipt


def problem(line: int) -> DataError:
    return DataError("E-TEST-01", f"problem {line}")


def test_all_problems_are_counted_and_the_first_shown() -> None:
    receipt = Receipt("a.csv")
    for line in range(PROBLEMS_SHOWN + 5):
        receipt.refuse(problem(line))
    with pytest.raises(ProblemsError, match="and 5 more problems") as caught:
        receipt.close()
    assert [error.what for error in caught.value.problems] == [f"problem {line}" for line in range(PROBLEMS_SHOWN)]


@pytest.mark.parametrize(("used", "raises"), [(99, False), (98, True)])
def test_at_most_one_line_in_a_hundred_is_skipped(used: int, raises: bool) -> None:
    receipt = Receipt("a.csv", on_bad_row="skip")
    receipt.count("used", used)
    receipt.refuse(problem(1))
    if raises:
        with pytest.raises(ProblemsError, match="1 of 99 lines are refused, more than the 1%"):
            receipt.close()
    else:
        receipt.close()


def test_a_rejected_row_is_no_longer_used() -> None:
    receipt = Receipt("a.csv", on_bad_row="skip")
    receipt.count("used", 200)
    receipt.count("used", 2)
    receipt.reject(problem(1))
    receipt.reject(problem(1))
    assert dict(receipt.counts) == {"used": 200, "refused": 2}
    assert receipt.lines == 202
    assert receipt.problem_count == 2
    receipt.close()


def test_a_notice_keeps_its_first_place_and_counts() -> None:
    receipt = Receipt("a.csv")
    receipt.notice("W-TEST-01", "first", 3)
    receipt.notice("W-TEST-01", "second", 5)
    [notice] = receipt.to_json()["notices"]
    assert notice == {"code": "W-TEST-01", "what": "first", "where": "a.csv:3", "count": 2}


def test_an_account_takes_over_that_of_a_file_beside_it() -> None:
    receipt, other = Receipt("a"), Receipt("a.en")
    receipt.count("used", 4)
    receipt.notice("W-TEST-01", "first", 1)
    other.refuse(problem(1))
    for code in ("W-TEST-01", "W-TEST-02", "W-TEST-02"):
        other.notice(code, "beside", 2)
    receipt.absorb(other)
    assert (receipt.lines, dict(receipt.counts)) == (5, {"used": 4, "refused": 1})
    assert (receipt.problem_count, receipt.problems) == (1, other.problems)
    assert [(notice.what, notice.count) for notice in receipt.notices.values()] == [("first", 2), ("beside", 2)]
