"""`stages.shape`: the shape of what a stage gives, at any size."""

from random import Random

from ...exercise import Exercise, Misconception
from .common import Row, all_tables, level_of


def _pick_every_second(row: Row, height: int, width: int) -> tuple[int, int, int]:
    """Pixels by their numbers; a pool keeps those that begin a pair, the last alone if need be."""
    rows, columns = range(height), range(width)
    for _ in range(level_of(row) - 1):
        rows, columns = rows[::2], columns[::2]
    return row[4], len(rows), len(columns)


def _rows_and_sizes(random: Random) -> list[tuple]:
    full = all_tables()["full"]
    plain = [(full[0], 320, 320), (full[2], 320, 320), (full[6], 320, 320), (full[5], 288, 288)]
    odd = [(row, random.randint(33, 400), random.randint(33, 400)) for row in full]
    return plain + odd + [(row, 37, 53) for row in full]


def _halved(row: Row, height, width, times, halve):
    for _ in range(times):
        height, width = halve(height), halve(width)
    return row[4], height, width


def _up(n: int) -> int:
    return n - n // 2


def _place(row: Row) -> int:
    """How many stages come before it, in a network of six encoder stages."""
    return level_of(row) - 1 if row[0].startswith("en") else 11 - level_of(row)


_TIMES = {
    "right": lambda row: level_of(row) - 1,
    "level": level_of,
    "on the way up too": _place,
    "once": lambda row: min(level_of(row) - 1, 1),
    "never": lambda row: 0,
}
_HALVES = {
    "up": _up,
    "down": lambda n: n // 2,
    "no": lambda n: n / 2,
    "nearest": lambda n: round(n / 2),
    "quarter": lambda n: -(-n // 4),
}
_GIVEN = {"out": 4, "in": 2, "inside": 3}


def _shape(times="right", halve="up", channels="out", swapped=False, order="channels first"):
    """The shape with some things wrong."""

    def answer(row, height, width):
        if swapped:
            height, width = width, height
        _, height, width = _halved(row, height, width, _TIMES[times](row), _HALVES[halve])
        given = row[_GIVEN[channels]]
        first, last = (given, height, width), (height, width, given)
        return first if order == "channels first" else last

    return answer


EXERCISE = Exercise(
    name="stages.shape",
    task="the shape of what a stage gives, at any size",
    difficulty=2,
    importance=5,
    minutes=8,
    ours="lesson06.stage_shape",
    oracle=_pick_every_second,
    cases=_rows_and_sizes,
    turned=_shape,
    misconceptions=(
        Misconception(
            "You halve once too often. `en1` has no pool before it: it looks at the photograph "
            "itself. How many pools are there before `en2`?",
            knobs={"times": "level"},
        ),
        Misconception(
            "Two things. You halve once too often: `en1` has no pool before it. And you round "
            "down: of 37 pixels a pool here keeps 19.",
            lambda r, h, w: _halved(r, h, w, level_of(r), lambda n: n // 2),
        ),
        Misconception(
            "You round down. These pools keep what is left over: of 37 pixels, 18 pairs and one "
            "alone are kept as 19. (Notebook 02 calls that ceil mode.)",
            knobs={"halve": "down"},
        ),
        Misconception(
            "You halve into fractions. There is no half pixel: what becomes of the last one, when "
            "it has no partner?",
            knobs={"halve": "no"},
        ),
        Misconception(
            "You round to the nearest, and Python rounds halves to the even number: 18.5 becomes "
            "18, 19.5 becomes 20. Should a pool of 37 and one of 39 pixels behave so differently?",
            knobs={"halve": "nearest"},
        ),
        Misconception(
            "You divide once by all the pools together, and round to the nearest. A pool does not "
            "round: a pixel that is left over is always kept. What becomes of 37 in the first one?",
            lambda r, h, w: _halved(r, h, w, 1, lambda n: round(n / 2 ** (level_of(r) - 1))),
        ),
        Misconception(
            "You go on halving on the way up. A decoder stage first resizes what it is given, to "
            "the size of its partner across the U: which one is the partner of `de4`?",
            knobs={"times": "on the way up too"},
        ),
        Misconception(
            "You halve once, whatever the stage. `en4` has three pools between itself and the "
            "photograph.",
            knobs={"times": "once"},
        ),
        Misconception(
            "Your maps never shrink. Inside a stage nothing is lost, but between two stages of the "
            "encoder there is a pool.",
            knobs={"times": "never"},
        ),
        Misconception(
            "Rows and columns are right. The channels are those that come *in*; what does the "
            "stage give?",
            knobs={"channels": "in"},
        ),
        Misconception(
            "Rows and columns are right. The channels are those *inside*; they never leave the "
            "stage.",
            knobs={"channels": "inside"},
        ),
        Misconception(
            "Columns and rows have changed places: torch says the height first.",
            knobs={"swapped": True},
        ),
        Misconception(
            "All three numbers are right, in another order: torch puts the channels first.",
            knobs={"order": "channels last"},
        ),
        Misconception(
            "Each of your pools quarters the rows. It quarters the *pixels*: half of the rows, and "
            "half of the columns.",
            knobs={"halve": "quarter"},
        ),
        Misconception(
            "You divide by the number of the stage. Each pool halves what the one before it left: "
            "2, 4, 8, 16.",
            lambda r, h, w: (r[4], h // level_of(r), w // level_of(r)),
        ),
        Misconception(
            "Right in the encoder. A decoder stage works at the size of its partner across the U, "
            "and not at that of the image: which one is the partner of `de4`?",
            lambda r, h, w: _halved(r, h, w, 0 if r[0][0] == "d" else level_of(r) - 1, _up),
        ),
    ),
    hints=(
        "which stages work at the same size? Find `de4` in the table, and its partner across the "
        "U, the stage of the same number. What does the number in a stage's name tell you?",
        "a loop that runs once for each pool between the photograph and this level, and the "
        "channels from the last column of the row. Try 37: 37, 19, 10, 5, 3, 2.",
        "`for _ in range(int(row[0][2:]) - …): height = (height + …) // 2`, the same for the "
        "width; then `return (row[…], height, width)`.",
    ),
)
