"""Lesson 10: our solutions."""


def touched(arrows, cut):
    """The stages whose values can change if one arrow is cut, in any order.

    `arrows` is a list of pairs (giver, reader), and `cut` is one of them.
    """
    found, waiting = {cut[1]}, [cut[1]]
    while waiting:
        here = waiting.pop()
        for giver, reader in arrows:
            if giver == here and reader not in found:
                found.add(reader)
                waiting.append(reader)
    return sorted(found)


def silenced(maps, channels, how):
    """Maps with some channels changed, as new lists; `maps` itself stays as it was.

    `maps` is a list of channels, each a list of rows of numbers; `channels` are the numbers of
    those to change. `how` is "zero", or "mean": each pixel becomes the mean of its channel.
    """
    changed = []
    for number, one in enumerate(maps):
        if number in channels:
            values = [value for row in one for value in row]
            level = sum(values) / len(values) if how == "mean" else 0.0
            one = [[level] * len(row) for row in one]
        changed.append([list(row) for row in one])
    return changed


def rim_share(before, after, reach=1):
    """Of the pixels whose answer changed, the share that lies at the outline of `before`.

    Both masks are lists of rows of 0 and 1. A pixel lies at the outline if `before` has the other
    answer somewhere at most `reach` rows and `reach` columns away. If no pixel has changed, the
    share is 0.0.
    """
    changed = near = 0
    for row, line in enumerate(before):
        for column, said in enumerate(line):
            if said != after[row][column]:
                rows = before[max(row - reach, 0) : row + reach + 1]
                window = [v for r in rows for v in r[max(column - reach, 0) : column + reach + 1]]
                changed += 1
                near += 1 - said in window
    return near / changed if changed else 0.0


def depends(table, enough):
    """The parts that matter for at least one picture and not for all of them, in any order.

    `table` is {picture: {part: change}}. A part matters for a picture if its change is at least
    `enough` away from 0, up or down.
    """
    found = []
    for part in next(iter(table.values())):
        matters = [abs(row[part]) >= enough for row in table.values()]
        if any(matters) and not all(matters):
            found.append(part)
    return found
