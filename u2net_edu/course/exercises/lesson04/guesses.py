"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "field.outgrows",
        "A photograph of 320×320 pixels goes through U²-Net. From which stage on can a pixel in "
        "its middle see from one border of the photograph to the other?",
        (
            Option(
                "From `en1` on, the first stage.",
                "`en1` is a U of its own, with five pools: 480 pixels at the widest. After one "
                "stage of eleven, theory can no longer tell the stages apart.",
                right=True,
            ),
            Option(
                "From `en3` on: there the map has become small.",
                "A good guess for a plain U-Net, where only the pools between stages count. Here "
                "the first stage holds five pools already.",
            ),
            Option(
                "In `en6` only, the deepest.",
                "`en6` sees 4000 pixels, twelve photographs side by side. The border was passed "
                "long before.",
            ),
            Option(
                "Never: one pixel always sees a part only.",
                "For a large enough picture, yes. But this picture has 320 pixels, and theory is "
                "about what *can* be seen.",
            ),
        ),
    ),
    Question(
        "field.neighbours",
        "A row is pooled by 2 and resized back by 2, bilinearly. Pixel 7 of the result sees four "
        "pixels of the row. What does its neighbour, pixel 8, see?",
        (
            Option(
                "The same four, moved on by one.",
                "That would be so after a convolution. But the cells of a pool stand still: 0 and "
                "1, 2 and 3, 4 and 5.",
            ),
            Option(
                "The very same four.",
                "Both lie between the middles of cells 3 and 4, so both mix these two cells. "
                "Pixel 9 then jumps on by two.",
                right=True,
            ),
            Option(
                "The next four: no pixel in common.",
                "The cells have no pixel in common, but two neighbours of the result may mix the "
                "same cells.",
            ),
            Option(
                "Only two: its own cell.",
                "That is so if a resize copies. A bilinear one mixes two cells.",
            ),
        ),
    ),
    Question(
        "field.black",
        "We look where in the picture a gradient from one pixel of `en1` arrives, first with a "
        "photograph, then with a black picture; the weights stay the same. What will the second "
        "box be?",
        (
            Option(
                "The same: what a network sees depends on its layers only.",
                "What it *can* see, yes. The gradient says what moved the output *for this "
                "picture*, and that is another question.",
            ),
            Option(
                "Smaller.",
                "On a black picture all four pixels under a pool are equal. It picks the first of "
                "them, always the same corner, and the other three get nothing.",
                right=True,
            ),
            Option(
                "Nothing arrives: black gives no gradient.",
                "The gradient of a convolution is made of its weights, not of the pixels. It "
                "arrives on a black picture, too, but not everywhere.",
            ),
        ),
    ),
    Question(
        "field.training",
        "One pixel of the last stage, `de1`: how large is the part of the photograph that it "
        "listens to? Before training, or after it: when is it larger?",
        (
            Option(
                "Before training.",
                "Here it is, by far. Random weights mix whatever they reach; training found out "
                "what is worth listening to, and the strongest part of that is close by.",
                right=True,
            ),
            Option(
                "After training: it has to learn to look far.",
                "Luo et al. did find that, in networks that start with a small field. This one "
                "begins with pools and resizes that spread everything everywhere.",
            ),
            Option(
                "The same: the layers do not change.",
                "The theoretical field does not change. What it listens to depends on the "
                "weights, and those are what training changes.",
            ),
        ),
    ),
)
