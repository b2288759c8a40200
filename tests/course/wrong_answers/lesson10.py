"""What students first write in notebook 10."""

import numpy as np


def touched_one_step(arrows, cut):
    return [cut[1]] + [reader for giver, reader in arrows if giver == cut[1]]


def downstream(arrows, start):
    found = {start}
    for _ in range(len(arrows)):
        found |= {reader for giver, reader in arrows if giver in found}
    return found


def touched_without_the_reader(arrows, cut):
    return list(downstream(arrows, cut[1]) - {cut[1]})


def touched_giver_silent(arrows, cut):
    return list(downstream(arrows, cut[0]) - {cut[0]})


def touched_with_the_giver(arrows, cut):
    return [*cut, *downstream(arrows, cut[1])]


def touched_from_the_giver(arrows, cut):
    return list(downstream(arrows, cut[0]))


def touched_backwards(arrows, cut):
    return list(downstream([(b, a) for a, b in arrows], cut[0]))


def touched_everything(arrows, cut):
    return list({a for a, _ in arrows} | {b for _, b in arrows})


def silenced_in_place(maps, channels, how):
    for c in channels:
        mean = float(np.mean(maps[c]))
        for r in range(len(maps[c])):
            for k in range(len(maps[c][r])):
                maps[c][r][k] = mean if how == "mean" else 0.0
    return maps


def silenced_zero_always(maps, channels, how):
    return (np.array(maps) * [[[c not in channels]] for c in range(len(maps))]).tolist()


def silenced_by_rows(maps, channels, how):
    new = np.array(maps)
    for c in channels:
        new[c] = new[c].mean(axis=1, keepdims=True) if how == "mean" else 0
    return new.tolist()


def silenced_one_mean(maps, channels, how):
    new = np.array(maps)
    mean = new.mean()
    for c in channels:
        new[c] = mean if how == "mean" else 0
    return new.tolist()


def silenced_across(maps, channels, how):
    new = np.array(maps)
    level = new.mean(axis=0)
    for c in channels:
        new[c] = level if how == "mean" else 0
    return new.tolist()


def silenced_left_out(maps, channels, how):
    return [m for c, m in enumerate(maps) if c not in channels]


def silenced_others(maps, channels, how):
    new = np.array(maps)
    for c in range(len(maps)):
        if c not in channels:
            new[c] = new[c].mean() if how == "mean" else 0
    return new.tolist()


def at_rim(mask, r, c, reach):
    m = np.array(mask)
    window = m[max(r - reach, 0) : r + reach + 1, max(c - reach, 0) : c + reach + 1]
    return bool((window != m[r, c]).any())


def counts(before, after, reach, outline=None):
    size = [(r, c) for r in range(len(before)) for c in range(len(before[0]))]
    changed = [p for p in size if before[p[0]][p[1]] != after[p[0]][p[1]]]
    near = [p for p in changed if at_rim(outline or before, *p, reach)]
    return len(near), len(changed), len(size)


def rim_of_all(before, after, reach=1):
    near, _, size = counts(before, after, reach)
    return near / size


def rim_of_after(before, after, reach=1):
    near, changed, _ = counts(before, after, reach, after)
    return near / changed if changed else 0.0


def rim_divides(before, after, reach=1):
    near, changed, _ = counts(before, after, reach)
    return near / changed


def rim_one(before, after, reach=1):
    near, changed, _ = counts(before, after, 1)
    return near / changed if changed else 0.0


def rim_rest(before, after, reach=1):
    near, changed, _ = counts(before, after, reach)
    return 1 - (near / changed if changed else 0.0)


def rim_wraps(before, after, reach=1):
    m, near, changed = np.array(before), 0, 0
    for r, c in np.argwhere(m != np.array(after)):
        changed += 1
        rows = [q for q in range(r - reach, r + reach + 1) if q < m.shape[0]]
        columns = [q for q in range(c - reach, c + reach + 1) if q < m.shape[1]]
        near += any(m[y, x] != m[r, c] for y in rows for x in columns)
    return near / changed if changed else 0.0


def rim_frame(before, after, reach=1):
    framed = np.pad(np.array(before), reach).tolist()
    near, changed, _ = counts(framed, np.pad(np.array(after), reach).tolist(), reach)
    return near / changed if changed else 0.0


def rim_slices(before, after, reach=1):
    near = changed = 0
    for r in range(len(before)):
        for c in range(len(before[r])):
            if before[r][c] != after[r][c]:
                changed += 1
                window = np.array(before)[r - reach : r + reach + 1, c - reach : c + reach + 1]
                near += bool((window != before[r][c]).any())
    return near / changed if changed else 0.0


def columns_of(table):
    parts = list(next(iter(table.values())))
    return {p: np.array([table[picture][p] for picture in table]) for p in parts}


def depends_any(table, enough):
    return [p for p, row in columns_of(table).items() if (abs(row) >= enough).any()]


def depends_all(table, enough):
    return [p for p, row in columns_of(table).items() if (abs(row) >= enough).all()]


def depends_mean(table, enough):
    return [p for p, row in columns_of(table).items() if abs(row).mean() >= enough]


def depends_spread(table, enough):
    return [p for p, row in columns_of(table).items() if np.ptp(abs(row)) >= enough]


def depends_signed(table, enough):
    rows = columns_of(table).items()
    return [p for p, row in rows if (row >= enough).any() and (row < enough).any()]


def depends_strict(table, enough):
    rows = columns_of(table).items()
    return [p for p, r in rows if (abs(r) > enough).any() and (abs(r) <= enough).any()]


WRONG = {
    "parts.touched": [
        (lambda arrows, cut: [cut[1]], "others read that"),
        (touched_one_step, "Who reads those?"),
        (touched_without_the_reader, "the reader itself is not"),
        (touched_giver_silent, "You silence the giver"),
        (touched_from_the_giver, "As if the giver itself"),
        (touched_with_the_giver, "The giver is in your list"),
        (touched_backwards, "against the arrows"),
        (touched_everything, "All stages, always"),
    ],
    "parts.silenced": [
        (silenced_in_place, "have changed too"),
        (silenced_zero_always, "to zero in either case"),
        (silenced_by_rows, "one for each row"),
        (silenced_one_mean, "over *all* channels"),
        (silenced_across, "mean across channels"),
        (silenced_left_out, "leave the chosen channels out"),
        (silenced_others, "*not* chosen"),
    ],
    "parts.rim": [
        (rim_of_all, "divide by all pixels"),
        (rim_of_after, "outline of `after`"),
        (rim_divides, "divide by 0"),
        (rim_one, "one pixel far"),
        (rim_rest, "That is the rest"),
        (rim_wraps, "wraps around"),
        (rim_slices, "your windows are empty"),
        (rim_frame, "a frame of zeros"),
    ],
    "parts.depends": [
        (depends_any, "for at least one picture"),
        (depends_all, "for every picture. Asked"),
        (depends_mean, "a mean hides"),
        (depends_spread, "how far the numbers lie apart"),
        (depends_signed, "below 0 never counts"),
        (depends_strict, "exactly `enough`"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
