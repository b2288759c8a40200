"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "parts.reader",
        "The arrow `en3 -> de3.concat` is cut. Which of the seven maps *can* be another one "
        "afterwards?",
        (
            Option(
                "Only side3: the arrow leads to de3.",
                "It leads there first. But de3 gives to de2 as well, and so on to de1 and to the "
                "fused map.",
            ),
            Option(
                "side1, side2, side3 and the fused map.",
                "de3 reads over the arrow, and de2, de1, their heads and the fusion come behind "
                "it. What is drawn from de4, de5 and en6 was there before.",
                right=True,
            ),
            Option(
                "side3 to side6 and the fused map: all that is as coarse as en3, or coarser.",
                "That would be so if en3 itself were silent, for en4 reads it too. Here one of its "
                "two readers is cut off, and the way down gets what it always got.",
            ),
            Option(
                "All seven.",
                "If the values of en1 changed, all seven could. But side6 hangs on en6, and no "
                "arrow leads from de3 back down there.",
            ),
        ),
    ),
    Question(
        "parts.zero_mean",
        "The classroom network, and `side1` silenced: once with zeros, once with the mean of its "
        "map in every pixel. Which of the two hurts its fused map more?",
        (
            Option(
                "Zeros: a mean is always milder.",
                "For most layers inside a network that holds. But what does a logit of 0 say, and "
                "what does the mean of a map say that is mostly background?",
            ),
            Option(
                "The mean.",
                "Zeros are logits of 0: “I don't know”, and the other sides decide. The mean is "
                "far below 0: “background, for certain”, in every pixel, with the largest weight "
                "of all.",
                right=True,
            ),
            Option(
                "Both the same: in either case no pixel differs from another.",
                "Both forget *where*. But they go on saying *how much*, and the fusion adds that "
                "up.",
            ),
        ),
    ),
    Question(
        "parts.least",
        "The authors' network looks at the cup. One part gives zeros. Without which of these "
        "does the fused map change least?",
        (
            Option(
                "en6: 10×10 pixels, at the very bottom.",
                "It is coarse, and yet all of the decoder is built on it: de5 reads it, and "
                "everything else comes after de5.",
            ),
            Option(
                "en1 -> de1.concat: the skip with the most pixels.",
                "de1 has another source, which comes up from de2 and already knows nearly all: "
                "where the cup is, and roughly where it ends.",
                right=True,
            ),
            Option(
                "de3: one of five decoder stages.",
                "There is no way around it. All that en6, de5 and de4 have found reaches the top "
                "through de3.",
            ),
            Option(
                "side1: one map of six.",
                "A sixth of the maps, and nearly all of the weight: the fusion takes hardly "
                "anything from the others.",
            ),
        ),
    ),
    Question(
        "parts.outline",
        "Cut the skip of `en1` in one run and silence `en6` in another. Where do the pixels lie "
        "that change sides?",
        (
            Option(
                "With both all over the object.",
                "That fits en6. A skip that brings back detail has little to say about the middle "
                "of a large object.",
            ),
            Option(
                "Without the skip mostly along the outline, without en6 mostly away from it.",
                "en6 says where the thing is: without it whole regions fall out or come in. The "
                "uppermost skip says where it ends.",
                right=True,
            ),
            Option(
                "The other way round: en6 sees most, so it draws the outline.",
                "It sees most of the picture, with 10×10 cells. An outline needs a map that knows "
                "where it is to a pixel.",
            ),
        ),
    ),
    Question(
        "parts.residual",
        "The residual is cut in one stage at a time: the stage gives what its inner U gives, "
        "alone. In which stages does that hurt the authors' network?",
        (
            Option(
                "Nowhere much: the residual helps training, and this network is trained.",
                "It helped the training, and it stayed in the sum. What reads the stage has "
                "learned to get the sum, not one of its terms.",
            ),
            Option(
                "In every stage about the same: it is the same arrow each time.",
                "The same arrow, and another share of what the stage gives. Look at the numbers "
                "stage by stage.",
            ),
            Option(
                "In some stages the mask is lost, and in en6 next to nothing happens.",
                "One stage passes its residual on and adds a little to it; in another the inner U "
                "says nearly all by itself. Training has shared the work out, stage by stage.",
                right=True,
            ),
        ),
    ),
    Question(
        "parts.bottom",
        "Now the classroom network, 32 drawn scenes at 64×64, and `en6` gives zeros. The IoU of "
        "its fused map is 0.97 without the cut. And with it?",
        (
            Option(
                "About 0.1: nothing is found any more.",
                "So it would be if this network worked like the authors'. But en6 has 2×2 cells "
                "here, and its scenes hold nothing that en4 could not see.",
            ),
            Option(
                "About 0.7: places are found, outlines are lost.",
                "It is the other way round at best: en6 knows nothing of outlines. And for the "
                "places this network does not need it.",
            ),
            Option(
                "0.97, as before.",
                "To two digits. This network has never come to need its bottom. The same stage, "
                "the same arrows: what a part does is learned, not drawn.",
                right=True,
            ),
        ),
    ),
    Question(
        "parts.never_residual",
        "All eleven residuals are cut in the trained network, and its IoU falls to that of an "
        "empty map. How good will a network be that is *trained* without any residual, as "
        "long and by the same recipe?",
        (
            Option(
                "Just as lost: the cut has shown that residuals are indispensable.",
                "The cut has shown that *this* network relies on them. Whoever learns without "
                "them relies on something else.",
            ),
            Option(
                "Nearly as good as with residuals.",
                "In three pairs of trainings 0.66 to 0.71, and 0.71 to 0.78 with them. The inner U "
                "learned to give what the sum used to give.",
                right=True,
            ),
            Option(
                "Better: fewer parts, less to learn.",
                "A sum has no weights: without it there is not one parameter less to learn. And "
                "in three pairs it was worse each time.",
            ),
        ),
    ),
    Question(
        "parts.never_skips",
        "And a network that is trained without its five outer skips, as long and by the same "
        "recipe?",
        (
            Option(
                "Also nearly as good: training finds a way around everything.",
                "A way around needs somewhere to go. Without the skips all that the decoder gets "
                "comes through the bottom of the U.",
            ),
            Option(
                "Much worse than the whole network, but better than after the cut.",
                "In three trainings 0.27 to 0.33: it learned a rough place. An outline does not "
                "fit through 2×2 cells.",
                right=True,
            ),
            Option(
                "As bad as after the cut: an empty map.",
                "It is far from good, but it learned something, for it never counted on the skips.",
            ),
        ),
    ),
)
