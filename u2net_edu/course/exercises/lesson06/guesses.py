"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "stages.size_288",
        "The authors train on crops of 288×288 pixels. How large is the map of `en6` then?",
        (
            Option("4×4", "That is 288 halved six times. Between `en1` and `en6` are five pools."),
            Option("9×9", "288, 144, 72, 36, 18, 9: five pools, and each halves exactly.", True),
            Option("10×10", "That is the map of `en6` for an image of 320 pixels."),
            Option(
                "18×18",
                "That is `en5`. A pool comes before each encoder stage but the first, so five "
                "in all.",
            ),
        ),
    ),
    Question(
        "stages.found",
        "The authors' network finds the cup with its saucer. Which is the first of these stages to "
        "have a map that tells the thing from everything else?",
        (
            Option(
                "`en1`, at 320×320",
                "It is tempting, since everything is there to see. But `en1` answers *what colour "
                "is here*, and *is there an edge*. The table has colours and edges too.",
            ),
            Option(
                "`en4`, at 40×40",
                "It is tempting, since one still sees the cup in its maps. But it is you who "
                "sees it: the map draws edges, and does not say which side of them is the thing.",
            ),
            Option(
                "`en6`, at 10×10",
                "At the bottom, where 32×32 pixels have become one square. There is no room left "
                "for edges, only for *thing* or *not*. It is found as a blob; its outline comes "
                "on the way up.",
                True,
            ),
            Option(
                "`de1`, at 320×320 again",
                "That is where its outline is finest, and it is tempting to take that for the "
                "finding. But `de1` is the last to know: the stages below have told it.",
            ),
        ),
    ),
    Question(
        "stages.de5_takes",
        "At 288, `en6` gives 512 maps of 9×9 and `en5` gives 512 maps of 18×18. What does the "
        "block of `de5` take?",
        (
            Option(
                "512 maps of 18×18",
                "That would be right if the two were added. Many write-ups say so. But the join "
                "is a concatenation.",
            ),
            Option(
                "1024 maps of 18×18",
                "What comes from below is resized to its partner's 18×18, and the two stacks are "
                "put one on the other: 512 + 512.",
                True,
            ),
            Option(
                "1024 maps of 9×9",
                "It is the lower one that is resized, to the size of its partner across the U; "
                "else the detail of `en5` would be thrown away.",
            ),
            Option(
                "512 maps of 9×9",
                "That is what comes from below, alone and before it is resized.",
            ),
        ),
    ),
    Question(
        "stages.two_misfits",
        "In some table your function names two rows: `en4` and `de3`. A single number in the table "
        "is wrong. Which?",
        (
            Option(
                "what `en4` takes",
                "Then `en4` alone would be a misfit: only `en4` itself reads its `in`.",
            ),
            Option(
                "what `en3` gives",
                "Two rows read that number: `en4`, which comes next, and `de3`, the partner of "
                "`en3` across the U.",
                True,
            ),
            Option(
                "what `de3` takes",
                "Then `de3` alone would be a misfit.",
            ),
            Option(
                "what `de4` gives",
                "`de3` reads that. But `en4` ran long before that, and knows nothing about it.",
            ),
        ),
    ),
    Question(
        "stages.same_row",
        "The small network, U²-Net†, is narrow: 16 channels inside every stage and 64 out of it. "
        "Does any row of the full table stay the same?",
        (
            Option("none", "Nearly, and the exception tells you something: compare the last rows."),
            Option(
                "`en1`, since it takes the same photograph",
                "It takes the same 3 channels and gives the same 64. But inside, the full network "
                "has 32 there.",
            ),
            Option(
                "`de1`",
                "128 in, 16 inside, 64 out, in both tables. The stage that works at full size was "
                "narrow already.",
                True,
            ),
            Option(
                "`en1` and `de1`, the two at full size",
                "`de1`, yes. `en1` has 32 channels inside in the full network, 16 in the small.",
            ),
        ),
    ),
    Question(
        "stages.where",
        "Three stages hold three quarters of U²-Net's parameters: `en5`, `en6` and `de5`. Which "
        "share of the multiplications do they make?",
        (
            Option(
                "about three quarters as well",
                "It would be, if each weight were used equally often. But a weight is used once "
                "for every pixel of the map, and these maps are small.",
            ),
            Option(
                "about a half",
                "Less: their maps have 20×20 and 10×10 pixels, while `de1` has 320×320.",
            ),
            Option(
                "about a sixth",
                "17 percent. Their weights are many, but each is used on few pixels.",
                True,
            ),
            Option(
                "nearly none",
                "Their maps are small, but they are wide: 512 channels out, 256 inside.",
            ),
        ),
    ),
    Question(
        "stages.invisible",
        "Someone writes RSU-4 instead of RSU-4F into the row of `en5`. Who or what notices?",
        (
            Option(
                "your function: the channels no longer chain",
                "It compares `in` and `out`, and these have not changed.",
            ),
            Option(
                "anyone who counts parameters",
                "Both blocks have the same layers with the same weights. Pools, resizing and "
                "dilation have none.",
            ),
            Option(
                "anyone who loads the authors' weights",
                "Every weight finds its place, with the right name and the right shape. It loads.",
            ),
            Option(
                "only someone who runs or traces it",
                "Same channels, same parameters, same names of weights. But inside, the maps "
                "shrink now, and the multiplications become fewer.",
                True,
            ),
        ),
    ),
)
