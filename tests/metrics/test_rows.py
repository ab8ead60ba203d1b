from exporter.metrics.family import Family, Type
from exporter.metrics.rows import Account, Column, Room, Row, Rows, Sheet

COLUMN = Column(Family(name="cars", type=Type.GAUGE, help="Cars.", labels=("town",)))


def rows_of(sheet: Sheet, room: Room, limit: int = 9) -> Rows[str, Row]:
    return Rows(limit, room, lambda town: Row(sheet, (town or "elsewhere",), by_group=False))


def test_a_line_is_kept_until_its_number_changes() -> None:
    series = Account(COLUMN.family).open(("york",))
    first = series.write(1)
    assert first == b'cars{town="york"} 1\n'
    assert series.write(1) is first
    assert series.write(2) == b'cars{town="york"} 2\n'


def test_a_line_can_be_written_with_an_earlier_number() -> None:
    series = Account(COLUMN.family).open(("york",))
    assert [series.write(2), series.write(1), series.write(2)] == [
        b'cars{town="york"} 2\n',
        b'cars{town="york"} 1\n',
        b'cars{town="york"} 2\n',
    ]


def test_rows_that_share_a_room_share_its_limit() -> None:
    room, sheet = Room(1), Sheet([COLUMN])
    north, south = rows_of(sheet, room), rows_of(Sheet([COLUMN]), room)
    assert north.enter("york").labels == ("york",)
    assert south.enter("dover").labels == ("elsewhere",)
    assert (room.taken, room.refused) == (1, 1)


def test_closed_rows_give_back_their_room_and_end_their_series() -> None:
    room, sheet = Room(2), Sheet([COLUMN])
    rows = rows_of(sheet, room)
    for town in ("york", "leeds", "dover"):
        rows.enter(town)
    assert len(sheet) == 3
    rows.close()
    assert (room.taken, len(sheet)) == (0, 0)


def test_a_name_keeps_its_row_while_an_object_is_in_it() -> None:
    rows = rows_of(Sheet([COLUMN]), Room(9))
    row = rows.enter("york")
    rows.enter("york")
    rows.leave("york")
    rows.expire(0, 1)
    rows.expire(99, 1)
    assert rows["york"] is row
