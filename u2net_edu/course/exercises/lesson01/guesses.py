"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "conv.how_many",
        "A window of 3 pixels slides along a row of 8, with stride 2 and no padding. How many "
        "numbers come out?",
        (
            Option(
                "2",
                "8 // 3 is 2: that many windows fit *side by side*. But these windows overlap: "
                "they move by 2, and are 3 wide.",
            ),
            Option("3", "The window begins at 0, 2 and 4. At 6 it would stick out.", right=True),
            Option(
                "4",
                "Half of 8, and a good guess: a stride of 2 halves the size, nearly. But a window "
                "that begins at 6 needs pixels 6, 7 and 8, and the last is 7.",
            ),
            Option(
                "6",
                "That is with stride 1: the window begins at 0, 1, 2, 3, 4 and 5. Stride 2 takes "
                "every second of these.",
            ),
        ),
    ),
    Question(
        "conv.dilation_cost",
        "A 3×3 convolution, one channel in and one out, gets dilation 4 instead of 1. What "
        "happens to the number of its weights?",
        (
            Option(
                "It stays 9.",
                "The taps stand further apart, and there are still nine of them. What lies "
                "between is not multiplied by zero; it is not read at all.",
                right=True,
            ),
            Option(
                "It becomes 81: the window is now 9×9.",
                "The window does span 9×9 pixels. But in it only 9 are read, and each weight "
                "belongs to a pixel that is read.",
            ),
            Option(
                "It becomes 36: four times as many.",
                "Then a dilated layer would cost four times as much. That it costs no more than a "
                "plain one is what makes it attractive.",
            ),
        ),
    ),
    Question(
        "conv.three_layers",
        "Three 3×3 layers follow each other, with dilations 1, 2 and 4. How many pixels in a row "
        "of the input can one output depend on?",
        (
            Option(
                "7",
                "The sum of the dilations. Each of them works to the left *and* to the right, and "
                "the pixel in the middle is seen as well.",
            ),
            Option(
                "9",
                "That is the span of the last layer, 3 taps 4 apart. But each of these three "
                "pixels was computed from several others by the layers before.",
            ),
            Option(
                "15",
                "1, then 2 more for the first layer, 4 for the second, 8 for the third.",
                right=True,
            ),
            Option(
                "17",
                "3 + 5 + 9: the three spans, put side by side. But they overlap: each layer adds "
                "its span less the one pixel in its middle.",
            ),
            Option(
                "135",
                "3 × 5 × 9. Windows of neighbouring pixels overlap almost entirely, so the field "
                "grows by adding, not by multiplying. (Strides do multiply: see a later notebook.)",
            ),
        ),
    ),
    Question(
        "conv.claim",
        "“A 3×3 kernel with dilation 1 sees 7×7 pixels; with dilation 3 it sees 15×15.” You will "
        "find this in popular write-ups of U²-Net. How much of it is true?",
        (
            Option(
                "All of it.",
                "Measure it below: one such kernel sees 3×3 and 7×7.",
            ),
            Option(
                "The numbers are wrong for one kernel, but right for something else.",
                "One kernel sees 3×3 and 7×7. But 7 and 15 do occur: they are what *stacks* of "
                "layers see, and you are about to measure which.",
                right=True,
            ),
            Option(
                "The second half only.",
                "A dilation of 3 puts the taps 3 apart: pixels 0, 3 and 6. That is a span of 7, "
                "not 15.",
            ),
            Option(
                "None of it, these numbers are made up.",
                "They are real numbers in the wrong place: you will meet both of them below.",
            ),
        ),
    ),
)
