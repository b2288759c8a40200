"""What the exercises of this lesson share."""

from random import Random

from ....architecture import spec

Row = tuple[str, str, int, int, int]


Table = tuple[Row, ...]


def all_tables() -> dict[str, Table]:
    """Give the package's own tables as plain rows."""
    tables = {"full": spec.U2NET, "lite": spec.U2NET_LITE, "classroom": spec.U2NET_CLASSROOM}
    return {
        name: tuple(
            (row.name, row.block, row.in_channels, row.mid_channels, row.out_channels)
            for row in table.stages
        )
        for name, table in tables.items()
    }


def drawn_table(random: Random, depth: int) -> Table:
    """A table of that many encoder stages, in which all channels chain."""
    given = random.randint(1, 4)
    piled: list[int] = []
    rows: list[Row] = []
    names = [f"en{i}" for i in range(1, depth + 1)] + [f"de{i}" for i in range(depth - 1, 0, -1)]
    for name in names:
        taken = given + piled.pop() if name.startswith("de") else given
        block = random.choice(("RSU-2", "RSU-3", "RSU-4", "RSU-4F", "RSU-5", "RSU-7"))
        given = random.randint(2, 9)
        rows.append((name, block, taken, random.randint(1, 5), given))
        if name.startswith("en") and name != f"en{depth}":
            piled.append(given)
    return tuple(rows)


def level_of(row: Row) -> int:
    return int(row[0][2:])


def _layers(depth: int, i: int, m: int, o: int) -> list[tuple[int, int]]:
    up = [(2 * m, m)] * (depth - 2) + [(2 * m, o)]
    return [(i, o), (o, m), *[(m, m)] * (depth - 1), *up]


def summed(layers, cost) -> int:
    return sum(cost(taken, given) for taken, given in layers)


def full_cost(taken: int, given: int) -> int:
    return 9 * taken * given + given + 2 * given
