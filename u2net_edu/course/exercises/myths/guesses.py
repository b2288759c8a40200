"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "myth.same_count",
        "A port of U²-Net has every dilation set to 1. What does that change?",
        (
            Option(
                "the number of parameters",
                "A 3×3 kernel has nine weights, however far apart they stand.",
            ),
            Option(
                "the sizes of the maps",
                "The padding goes with the dilation, so all maps keep their sizes.",
            ),
            Option(
                "how far its blocks see",
                "And nothing else that is easy to see. That is why it goes unnoticed.",
                True,
            ),
            Option(
                "nothing that matters",
                "RSU-4F sees 17 pixels in a row instead of 47: the cell below measures it.",
            ),
        ),
    ),
    Question(
        "myth.faster",
        "`en6` has ten million parameters, `de1` a hundred and forty thousand. Which of the two "
        "stages is faster, on a photograph of 320×320 pixels?",
        (
            Option(
                "`de1`: it is seventy times smaller",
                "Smaller on disk. But each of its weights is used once for every pixel of a map "
                "of 320×320, those of `en6` on a map of 10×10.",
            ),
            Option(
                "`en6`",
                "A tenth of the multiplications, and far less memory to move.",
                True,
            ),
            Option(
                "about the same",
                "The cell below says by how much they differ: a factor of ten in multiplications.",
            ),
        ),
    ),
    Question(
        "myth.plus",
        "Most drawings of U²-Net have plus signs in them. Where in the network are maps added up?",
        (
            Option(
                "wherever two arrows meet",
                "Most of these places are concatenations: stacks of maps put one on the other.",
            ),
            Option(
                "nowhere: it is all concatenation",
                "There is a sum in every block, and it is what *residual* means.",
            ),
            Option(
                "once in every block, at its end",
                "Eleven blocks, eleven sums; everything else that joins is a concatenation.",
                True,
            ),
        ),
    ),
    Question(
        "myth.sigmoid",
        "The fused map: is the sigmoid taken before the fusion or after it?",
        (
            Option(
                "before: six probability maps are mixed",
                "Some ports do that. The network itself mixes six maps of logits.",
            ),
            Option(
                "after: six maps of logits are mixed",
                "And then one sigmoid turns them into probabilities.",
                True,
            ),
            Option(
                "both are the same",
                "They would be if the sigmoid were a straight line. The cell below shows by how "
                "much they differ.",
            ),
        ),
    ),
)
