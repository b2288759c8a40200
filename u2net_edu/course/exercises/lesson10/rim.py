"""`parts.rim`: how much of a change lies at the outline."""

from random import Random

from ...exercise import Exercise, Misconception

Mask = list[list[int]]


def _disc(size: int, radius: float, place: tuple[float, float]) -> Mask:
    row, column = place
    return [
        [int((r - row) ** 2 + (c - column) ** 2 <= radius**2) for c in range(size)]
        for r in range(size)
    ]


def _cases(random: Random) -> list[tuple]:
    before = [[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0] * 5]
    hole = [row[:] for row in before]
    hole[2][2] = 0
    corner = [row[:] for row in before]
    corner[0][0] = corner[2][2] = 1 - corner[2][2]
    wide = [[1, 1, 0, 0, 0, 0, 0, 0], [0] * 8]
    cases = [
        (before, hole, 1),
        (before, corner, 1),
        (before, before, 1),
        (wide, [[0] * 8, [1] + [0] * 7], 1),
        (wide, [[1] * 8, [0] * 8], 2),
        ([[0] * 4, [0] * 4, [0] * 4, [1] * 4], [[0, 1, 0, 0], [0] * 4, [0] * 4, [1] * 4], 1),
        ([[1, 1, 1, 1, 1, 1, 0, 0, 0, 1]], [[0, 1, 1, 1, 0, 0, 1, 0, 0, 0]], 1),
    ]
    for size, reach in ((7, 1), (9, 2), (9, 1), (11, 3), (10, 1), (8, 2)):
        one = _disc(size, size / 3, (size / 2, size / 2 - 1))
        other = _disc(size, size / 2.6, (random.uniform(2, size - 2), random.uniform(2, size - 2)))
        other[-1][-1] = 1 - other[-1][-1]
        cases.append((one, other, reach))
    return cases


def _by_distance(before: Mask, after: Mask, reach: int = 1) -> float:
    """For each changed pixel the nearest that says otherwise: the larger of both distances."""
    pixels = [(r, c) for r in range(len(before)) for c in range(len(before[0]))]
    kinds = {said: [p for p in pixels if before[p[0]][p[1]] == said] for said in (0, 1)}
    changed = [(r, c) for r, c in pixels if before[r][c] != after[r][c]]
    near = [
        (r, c)
        for r, c in changed
        if any(max(abs(r - y), abs(c - x)) <= reach for y, x in kinds[1 - before[r][c]])
    ]
    return len(near) / len(changed) if changed else 0.0


def _window(mask, row: int, column: int, reach: int, shape: str = "square"):
    if shape == "slices":  # from -1 to 2 is nothing, in a list
        rows = mask[row - reach : row + reach + 1]
        yield from (v for r in rows for v in r[column - reach : column + reach + 1])
        return
    for r in range(row - reach, row + reach + 1):
        for c in range(column - reach, column + reach + 1):
            if shape == "plus" and r != row and c != column:
                continue
            if shape == "diamond" and abs(r - row) + abs(c - column) > reach:
                continue
            inside = 0 <= r < len(mask) and 0 <= c < len(mask[0])
            if inside:
                yield mask[r][c]
            elif shape == "frame":
                yield 0
            elif shape == "wraps" and r < len(mask) and c < len(mask[0]):
                yield mask[r][c]  # Python counts -1 from the other end


def _share(of="before", shape="square", reach="given", side="both", over="changed", empty=0.0):
    """The share with some things wrong.

    Args:
        of: whose outline. shape: of the neighbourhood. reach: "given" or "one".
        side: "both", or "object" for the rim on the object alone.
        over: what the number is divided by: "changed", "all" pixels, those at the "rim".
    """

    def answer(before, after, reach_given=1):
        outline = before if of == "before" else after
        steps = 1 if reach == "one" else reach_given
        changed = near = rim = 0
        for r, row in enumerate(before):
            for c, said in enumerate(row):
                own = outline[r][c]
                at_rim = any(v != own for v in _window(outline, r, c, steps, shape))
                at_rim = at_rim and (side == "both" or own == 1)
                rim += at_rim
                if said != after[r][c]:
                    changed += 1
                    near += at_rim
        if not changed:
            return empty
        below = {"changed": changed, "all": len(before) * len(before[0]), "rim": rim}[over]
        return near / below if below else 0.0

    return answer


def _divides_by_nothing(before, after, reach):
    found = _share(empty=None)(before, after, reach)
    return 1 / 0 if found is None else found


EXERCISE = Exercise(
    name="parts.rim",
    task="how much of a change lies at the outline",
    difficulty=4,
    importance=4,
    minutes=12,
    ours="lesson10.rim_share",
    oracle=_by_distance,
    cases=_cases,
    turned=_share,
    misconceptions=(
        Misconception(
            "Right, except if nothing changes: there you divide by 0. What does the docstring "
            "say about that?",
            _divides_by_nothing,
        ),
        Misconception(
            "Right, except if nothing changes: then the share is 0.0, says the docstring.",
            knobs={"empty": 1.0},
        ),
        Misconception(
            "You divide by all pixels of the mask. Asked is: of those that *changed*, how many "
            "lie at the outline?",
            knobs={"over": "all"},
        ),
        Misconception(
            "You divide by the pixels of the outline: that tells how much of the outline changed. "
            "Asked is how much of the *change* lies there.",
            knobs={"over": "rim"},
        ),
        Misconception(
            "You take the outline of `after`. A mask that is gone has none; the question is where "
            "on the *old* mask the change lies.",
            knobs={"of": "after"},
        ),
        Misconception(
            "Only pixels of the object count as outline in your answer. The outline has two "
            "sides: a mask that grows changes on the outer one.",
            knobs={"side": "object"},
        ),
        Misconception(
            "You look along the row and along the column, not diagonally. `reach` rows *and* "
            "`reach` columns: that is a square.",
            knobs={"shape": "plus"},
        ),
        Misconception(
            "You add the steps down and the steps across. In a square of `reach` each of the two "
            "may be as large as `reach`.",
            knobs={"shape": "diamond"},
        ),
        Misconception(
            "You look one pixel far, whatever `reach` says.",
            knobs={"reach": "one"},
        ),
        Misconception(
            "For you the picture has a frame of zeros, and so an object that touches the border "
            "has an outline there. But there is no pixel beyond the border that says otherwise.",
            knobs={"shape": "frame"},
        ),
        Misconception(
            "Your window wraps around: row −1 of a list is its *last* row. A pixel at the top "
            "border then sees the bottom of the picture.",
            knobs={"shape": "wraps"},
        ),
        Misconception(
            "At the upper and the left border your windows are empty: a slice that begins at −1 "
            "begins at the *last* row. Where should it begin there?",
            knobs={"shape": "slices"},
        ),
        Misconception(
            "That is the rest: the share that does *not* lie at the outline.",
            lambda before, after, reach: 1 - _share()(before, after, reach),
        ),
    ),
    hints=(
        "two questions for every pixel. Has it changed? Does it lie at the outline? Count how "
        "often the first is true, and how often both are.",
        "a pixel lies at the outline if its window in `before` holds another answer than its "
        "own. At the border of the picture the window is smaller: mind negative indices.",
        "`rows = before[max(row - reach, 0) : …]`; then `window = [v for line in rows for v in "
        "line[…]]`; and the pixel lies at the outline if `1 - before[row][column] in window`.",
    ),
)
