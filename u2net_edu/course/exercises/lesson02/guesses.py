"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "sizes.whisker",
        "Two drawings: a white line on black, and a black line on white, each one pixel wide. A "
        "max pool of 2×2 with stride 2 goes over both. What is left of the lines?",
        (
            Option(
                "Both are still there.",
                "Tempting, since both lines are equally strong and equally thin. But a pool keeps "
                "the largest of four numbers, and black is the smallest there is.",
            ),
            Option(
                "The white one stays, the black one is gone.",
                "Each window that the white line crosses keeps its white. Each window that the "
                "black line crosses also contains white pixels, and keeps one of those.",
                right=True,
            ),
            Option(
                "The black one stays, the white one is gone.",
                "That would be a *min* pool: one that keeps the smallest of four.",
            ),
            Option(
                "Both become grey.",
                "That would be *average* pooling: it mixes. A max pool chooses one of the four "
                "and forgets the other three.",
            ),
        ),
    ),
    Question(
        "sizes.window",
        "A map has been pooled twice. A 3×3 convolution runs on it. How many pixels of the "
        "picture, along one axis, lie under its three cells?",
        (
            Option("3", "On the *map* it spans 3 cells. Each of them stands for several pixels."),
            Option(
                "6",
                "Right after one pool. The second pool makes each cell stand for twice as many "
                "pixels again.",
            ),
            Option(
                "7",
                "3 + 2 + 2: what adding would give, as for layers of stride 1 in notebook 01. "
                "Pools multiply.",
            ),
            Option("12", "Each cell stands for 4 pixels: 2 for each pool, times 2.", right=True),
        ),
    ),
    Question(
        "sizes.smallest",
        "A picture of 320×320 goes into U²-Net. Where are the smallest maps of the whole network?",
        (
            Option(
                "Only in `en6`, the deepest stage.",
                "It looks that way in every drawing of the outer U. But the stages are U's "
                "themselves, and go down on their own.",
            ),
            Option(
                "In `en6`, and in most other stages too, even in `en1`.",
                "`en1` is an RSU-7 with five pools of its own: 320, 160, 80, 40, 20, 10. The "
                "deeper a stage begins, the fewer pools it has; every stage that pools ends at "
                "10×10. (`en5` no longer pools, and stays at 20×20.)",
                right=True,
            ),
            Option(
                "In `en1`: 5×5, since it is the deepest block.",
                "It has seven levels, but the last of them has no pool: five pools, so 320 "
                "becomes 10, not 5.",
            ),
            Option(
                "Nowhere: every stage keeps the size of its input.",
                "A stage *gives* maps as large as those it was given; but inside, it goes down "
                "and up.",
            ),
        ),
    ),
    Question(
        "sizes.there_and_back",
        "A map of 37 rows is pooled with ceil_mode, then doubled. How many rows does it have then?",
        (
            Option("36", "That is the result without ceil_mode: 18 rows, doubled."),
            Option(
                "37",
                "One would wish so. But the pool has forgotten whether its 19 rows came from 37 "
                "or from 38.",
            ),
            Option(
                "38",
                "The pool leaves 19 rows, and twice 19 is 38. The skip still has 37.",
                right=True,
            ),
            Option("74", "Doubled, but not pooled before: 2 × 37."),
        ),
    ),
)
