"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "dilate.ladder",
        "`en6` works on a map of 10×10. Suppose it were an RSU-7, with its five pools. How large "
        "is the map that its bottom layer works on?",
        (
            Option(
                "5×5",
                "That is what one pool leaves. There are four more.",
            ),
            Option(
                "2×2",
                "10, 5, 3, 2: three pools. The fourth makes it 1, and the fifth has nothing left "
                "to shrink.",
            ),
            Option(
                "1×1",
                "10, 5, 3, 2, 1, and 1 again. Five of its layers have a single cell to work on: "
                "their 3×3 kernels read one cell and eight zeros.",
                right=True,
            ),
            Option(
                "It fails: 10 cannot be halved five times.",
                "It would fail if sizes had to divide evenly. These pools round up, so the "
                "network runs at any size, even at one where it no longer makes sense.",
            ),
        ),
    ),
    Question(
        "dilate.cost",
        "RSU-4 pools, RSU-4F dilates instead. Both have the same layers with the same channels. "
        "On the 10×10 map of `en6`, what does RSU-4F cost compared with RSU-4?",
        (
            Option(
                "The same in parameters and in MACs: dilation is free.",
                "Dilating a layer is free. But RSU-4F also gives up the pools, and they made the "
                "inner layers cheap: fewer cells, fewer multiplications.",
            ),
            Option(
                "The same in parameters, half as much again in MACs.",
                "Not one weight more. But its inner layers run on all 10×10 cells, while those of "
                "RSU-4 run on 5×5 and 3×3.",
                right=True,
            ),
            Option(
                "More of both.",
                "The weights do not know how far apart their taps are, or on which map they run. "
                "Their number stays the same.",
            ),
            Option(
                "Ten times the MACs.",
                "The inner layers alone would be that expensive: 100 cells in place of 9. But the "
                "widest layers, the first and the last, run at full size in both blocks.",
            ),
        ),
    ),
    Question(
        "dilate.needed",
        "Set the dilation of the bottom layer of RSU-4F from 8 to 1, in all three stages that "
        "have this block. In which can some cell of the map then no longer see some other cell?",
        (
            Option(
                "In none: 1, 2 and 4 are enough.",
                "They see 33 cells across. From one corner of a 20×20 map to the other it takes "
                "more.",
            ),
            Option(
                "In `en5` and `de5`, where the map is 20×20.",
                "To see everything from a corner, a window must reach 19 cells to each side: 39 "
                "across. Without the 8 the block sees 33, with it 47.",
                right=True,
            ),
            Option(
                "In `en6` only, where the map is smallest.",
                "The smaller the map, the less a window has to reach. On 10×10 it takes 19 cells "
                "across, and 33 are left.",
            ),
            Option(
                "In all three.",
                "On the 10×10 map of `en6` the rest of the block, 33 cells across, is enough to "
                "see everything from anywhere.",
            ),
        ),
    ),
)
