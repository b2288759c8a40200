"""Wrong answers as students write them, and a few words of the message that each must draw.

They are written apart from the exercises' own tables of misconceptions, and differently.
One file a lesson, each with its `WRONG`: exercise → [(a wrong answer, words of its message)].
"""

from importlib import import_module

from u2net_edu.course.exercises import LESSONS

WRONG = {
    name: answers
    for lesson in LESSONS.values()
    for name, answers in import_module(
        f"{__name__}.{lesson.__name__.rpartition('.')[2]}"
    ).WRONG.items()
}
