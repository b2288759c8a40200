"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "rsu.relu",
        "A convolution answers, batch norm brings the answers of each channel to an average of 0. "
        "Then comes the ReLU. How many of the numbers are 0 after it?",
        (
            Option(
                "None: a ReLU makes negative numbers positive.",
                "That would be the absolute value. A ReLU does not flip the sign of a number, it "
                "cuts it off at 0.",
            ),
            Option(
                "About half of them.",
                "With an average of 0, roughly half lie below it, and a ReLU makes 0 of these.",
                right=True,
            ),
            Option(
                "A few: only those that were 0 already.",
                "Those stay 0, but all the numbers below 0 join them.",
            ),
            Option(
                "All of them, since the average is 0.",
                "The *average* is 0 because numbers above and below it balance, not because each "
                "of them is 0.",
            ),
        ),
    ),
    Question(
        "rsu.what_is_added",
        "A residual block takes a photograph with 3 channels and gives maps with 64. What is "
        "added at its end to what its heart gives?",
        (
            Option(
                "The photograph.",
                "That is how it was in the first residual networks, in which in and out are "
                "equally wide. But 3 channels and 64 cannot be added.",
            ),
            Option(
                "What the first layer made of the photograph.",
                "The first layer brings it to 64 channels. The paper calls it F₁(x), and adds "
                "that: U(F₁(x)) + F₁(x).",
                right=True,
            ),
            Option(
                "The photograph, filled up with 61 channels of zeros.",
                "Some residual networks do just that. U²-Net does not: it has a layer for it.",
            ),
            Option(
                "Nothing: the heart's output is stacked on the photograph.",
                "Stacking is what the joins inside a U do. The plus in the drawing is a sum.",
            ),
        ),
    ),
    Question(
        "rsu.silent",
        "In a residual block, the last norm of the heart is set to zero, so the heart answers 0 "
        "everywhere. What does the block give?",
        (
            Option(
                "Zeros.",
                "That is what happens in a plain block: if one layer is silent, everything is. "
                "Here a second path leads past the heart.",
            ),
            Option(
                "The input, as it came.",
                "Nearly. But there is one layer on the path past the heart: F₁.",
            ),
            Option(
                "What the first layer gave.",
                "0 + F₁(x). The heart need only learn what is to be *changed* about F₁(x); and at "
                "the beginning of training, when it knows nothing, it cannot spoil it all.",
                right=True,
            ),
            Option(
                "An error: 0 cannot be added.",
                "A map of zeros is a map like any other, with height, width and channels.",
            ),
        ),
    ),
    Question(
        "rsu.layers",
        "An RSU-4 is 4 levels deep. How many layers (convolution, norm, ReLU) does it have in all?",
        (
            Option("4", "These are the layers on the way down alone, enc1 to enc4."),
            Option("7", "Four down and three up. And before the U begins?"),
            Option("8", "The first one, `in`; four down; three up.", right=True),
            Option(
                "9", "The way up has one layer less than the way down: it begins at the bottom."
            ),
        ),
    ),
)
