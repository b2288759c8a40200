"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "cost.depth",
        "RSU-4 has 8 convolutions, RSU-7 has 14. Both have the same channels in, inside and out, "
        "on the same map of 320×320. How many MACs does RSU-7 take, compared with RSU-4?",
        (
            Option(
                "Nearly twice as many: 14 layers to 8.",
                "Layers would be a fair measure if all of them worked on maps of one size. Those "
                "that RSU-7 has more stand deeper, on smaller maps.",
            ),
            Option(
                "A little more: the new layers work on small maps.",
                "The right thought, and nearly there. But something gets cheaper at the same "
                "time: where in RSU-4 does its bottom layer work, and where in RSU-7?",
            ),
            Option(
                "Exactly as many.",
                "What the bottom layer saves pays for the new levels, to the last MAC. You will "
                "prove it in a minute.",
                right=True,
            ),
            Option(
                "Fewer: it pools more.",
                "More pools make more small maps, but all the layers on the large maps are still "
                "there.",
            ),
        ),
    ),
    Question(
        "cost.lite",
        "U²-Net† has 39 times fewer parameters than U²-Net. How many times fewer MACs does it take "
        "for the same picture?",
        (
            Option(
                "39 times",
                "Then MACs and parameters would have to be in the same places. Most parameters "
                "are in deep stages with many channels and small maps; most MACs are not.",
            ),
            Option(
                "About 10 times",
                "A guess halfway. Look at `de1` in both networks: how much narrower did it get?",
            ),
            Option(
                "About 3 times",
                "One stage, de1, is the same block in both networks, and it alone does more than "
                "half of the small one's work.",
                right=True,
            ),
            Option(
                "They take the same number.",
                "All other stages did get narrower, and save MACs.",
            ),
        ),
    ),
    Question(
        "cost.time",
        "Pools, norms, resizing and concatenations have no MACs, or next to none. What does that "
        "tell you about the time that they take?",
        (
            Option(
                "They take no time worth speaking of.",
                "Tempting, since nothing is multiplied. But every number of a map must be fetched "
                "from memory and put back, and that takes time whatever is done with it.",
            ),
            Option(
                "Nothing: one has to measure it.",
                "A MAC count says how much is multiplied. It does not see what is moved.",
                right=True,
            ),
            Option(
                "They take as long as the convolutions: there are as many of them.",
                "There are more of them, in fact. But a number of operators says as little about "
                "time as a number of MACs.",
            ),
        ),
    ),
)
