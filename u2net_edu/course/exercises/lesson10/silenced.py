"""`parts.silenced`: change some channels and nothing else."""

from random import Random

from ...exercise import Exercise, Misconception

Maps = list[list[list[float]]]


def _maps(random: Random, channels: int, rows: int, columns: int) -> Maps:
    def number() -> float:
        return random.randint(-8, 8) / 4  # exact in binary: a mean is what it is in any order

    return [[[number() for _ in range(columns)] for _ in range(rows)] for _ in range(channels)]


def _cases(random: Random) -> list[tuple]:
    plain = [[[1.0, 3.0], [5.0, 7.0]], [[2.0, 2.0], [0.0, 4.0]], [[9.0, 8.0], [7.0, 0.0]]]
    cases = [(plain, [1], "zero"), (plain, [0], "mean"), (plain, [0, 2], "mean")]
    cases += [(plain, [0, 2], "zero"), (plain, [], "mean")]
    for how in ("zero", "mean"):
        for channels, rows, columns in ((2, 1, 4), (3, 2, 4), (4, 4, 2), (4, 1, 1)):
            maps = _maps(random, channels, rows, columns)
            chosen = sorted(random.sample(range(channels), random.randint(1, channels - 1)))
            cases.append((maps, chosen, how))
    return cases


def _copied(maps: Maps) -> Maps:
    return [[list(row) for row in one] for one in maps]


def _by_columns(maps: Maps, channels: list[int], how: str) -> list:
    """Pixel by pixel: add each up from its neighbours in the flat map."""
    made = []
    for number, one in enumerate(maps):
        flat = [value for row in one for value in row]
        if number in channels:
            total = 0.0
            for value in flat:
                total += value
            flat = [total / len(flat) if how == "mean" else 0.0] * len(flat)
        wide = len(one[0])
        made.append([flat[start : start + wide] for start in range(0, len(flat), wide)])
    return [made, maps]


def _and_what_is_left(answer, maps, channels, how):
    """The answer, and what has become of the maps that it was given."""
    given = _copied(maps)
    return [answer(given, list(channels), how), given]


def _mean_of(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def _filled(one, value: float):
    return [[value] * len(row) for row in one]


def _map_mean(one) -> float:
    return _mean_of(value for row in one for value in row)


def _each(change):
    """An answer that replaces each chosen channel by `change(maps, channels, number, how)`."""

    def answer(maps, channels, how):
        return [
            change(maps, channels, number, how) if number in channels else one
            for number, one in enumerate(maps)
        ]

    return answer


def _right(maps, channels, number, how):
    return _filled(maps[number], _map_mean(maps[number]) if how == "mean" else 0.0)


def _in_place(maps, channels, how):
    for number in channels:
        for row in maps[number]:
            row[:] = [0.0] * len(row)
    return maps


def _in_place_with_means(maps, channels, how):
    for number in channels:
        maps[number] = _right(maps, channels, number, how)
    return maps


def _rows(maps, channels, number, how):
    if how == "zero":
        return _right(maps, channels, number, how)
    return [[_mean_of(row)] * len(row) for row in maps[number]]


def _all_channels(maps, channels, number, how):
    value = _mean_of(v for one in maps for row in one for v in row)
    return _filled(maps[number], value if how == "mean" else 0.0)


def _chosen_together(maps, channels, number, how):
    value = _mean_of(v for c in channels for row in maps[c] for v in row)
    return _filled(maps[number], value if how == "mean" else 0.0)


def _across(maps, channels, number, how):
    if how == "zero":
        return _right(maps, channels, number, how)
    return [[_mean_of(values) for values in zip(*rows)] for rows in zip(*maps)]


def _minus_mean(maps, channels, number, how):
    if how == "zero":
        return _right(maps, channels, number, how)
    mean = _map_mean(maps[number])
    return [[value - mean for value in row] for row in maps[number]]


EXERCISE = Exercise(
    name="parts.silenced",
    task="change some channels and nothing else",
    difficulty=2,
    importance=4,
    minutes=8,
    ours="lesson10.silenced",
    oracle=_by_columns,
    cases=_cases,
    ask=_and_what_is_left,
    misconceptions=(
        Misconception(
            "You write zeros onto the maps that you were given. Then *everybody* who reads them "
            "gets your zeros, and the caller's maps are gone. Make new ones. (And `how` can also "
            "be a mean.)",
            _in_place,
        ),
        Misconception(
            "The maps that you give back are right, and those that you were *given* have changed "
            "too. Whoever else reads them gets your change as well: that silences the part for "
            "all, where one reader was meant.",
            _in_place_with_means,
        ),
        Misconception(
            "You set the chosen channels to zero in either case. `how` says which change is meant.",
            _each(lambda maps, channels, number, how: _filled(maps[number], 0.0)),
        ),
        Misconception(
            "Your “mean” is one for each row. The mean is of the channel over its whole map: one "
            "number, the same in every pixel.",
            _each(_rows),
        ),
        Misconception(
            "You take one mean over *all* channels. Each channel answers another question, and "
            "its usual level is its own.",
            _each(_all_channels),
        ),
        Misconception(
            "You take one mean for the chosen channels together. Each has its own level.",
            _each(_chosen_together),
        ),
        Misconception(
            "You take the mean across channels, pixel by pixel. That still says where something "
            "is. The mean is over a channel's pixels, so that the place is forgotten.",
            _each(_across),
        ),
        Misconception(
            "You take the mean *away* from the channel. What is left is all that it says about "
            "places; asked for is the opposite: to keep the level and forget the places.",
            _each(_minus_mean),
        ),
        Misconception(
            "You leave the chosen channels out. The layer that reads these maps has weights for "
            "every channel: as many have to come out as went in.",
            lambda maps, channels, how: [o for n, o in enumerate(maps) if n not in channels],
        ),
        Misconception(
            "You change the channels that were *not* chosen.",
            lambda maps, channels, how: [
                one if number in channels else _right(maps, channels, number, how)
                for number, one in enumerate(maps)
            ],
        ),
        Misconception(
            "You change all channels. `channels` says which.",
            lambda maps, channels, how: [
                _right(maps, channels, number, how) for number in range(len(maps))
            ],
        ),
    ),
    hints=(
        "go through the channels with their numbers. Those that are not chosen stay; for the "
        "others you need one number, and a map that is full of it.",
        "the one number is 0.0, or the sum of all pixels of this channel divided by how many "
        "there are. Build new rows; do not write into the old ones.",
        "for a chosen channel: `values = [v for row in one for v in row]`, `level = 0.0 if … "
        "else …`, and then `[[level] * … for row in …]`.",
    ),
)
