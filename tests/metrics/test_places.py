from exporter.metrics.family import Family, Type
from exporter.metrics.places import Quota, Rows
from exporter.metrics.rows import Column, Row, Sheet

COLUMN = Column(Family(name="cars", type=Type.GAUGE, help="Cars.", labels=("town",)))


def rows_of(sheet: Sheet, quota: Quota, limit: int = 9) -> Rows[str, Row]:
    return Rows(limit, quota, lambda town: Row(sheet, (town or "elsewhere",), by_group=False))


def test_rows_that_share_a_quota_share_its_limit() -> None:
    quota, sheet = Quota(1), Sheet([COLUMN])
    north, south = rows_of(sheet, quota), rows_of(Sheet([COLUMN]), quota)
    assert north.enter("york").labels == ("york",)
    assert south.enter("dover").labels == ("elsewhere",)
    assert (quota.taken, quota.refused) == (1, 1)


def test_closed_rows_give_back_their_places_and_end_their_series() -> None:
    quota, sheet = Quota(2), Sheet([COLUMN])
    rows = rows_of(sheet, quota)
    for town in ("york", "leeds", "dover"):
        rows.enter(town)
    assert sheet.series_count == 3
    rows.close()
    assert (quota.taken, sheet.series_count) == (0, 0)


def test_a_name_keeps_its_row_while_an_object_is_in_it() -> None:
    rows = rows_of(Sheet([COLUMN]), Quota(9))
    row = rows.enter("york")
    rows.enter("york")
    assert rows.leave("york") is row
    rows.expire(0, 1)
    rows.expire(99, 1)
    assert rows["york"] is row
