"""The guesses of this lesson."""

from ...exercise import Option, Question

QUESTIONS = (
    Question(
        "loss.confident",
        "A background pixel, and a map that is very sure it is salient: logit 20. Suppose you put "
        "a sigmoid on it, then take the cross-entropy of the probability, all in float32. What "
        "does the gradient tell the logit?",
        (
            Option(
                "To go down, strongly: about 1.",
                "That is how it should be, and how it is on the logit itself. But in float32 the "
                "sigmoid of 20 is exactly 1, and on its flat end nothing that the logit does "
                "changes it.",
            ),
            Option(
                "Nothing: exactly 0.",
                "The sigmoid has rounded to 1, and its slope to 0. The loss is at its largest, "
                "and the pixel that is most wrong is the one that learns nothing.",
                right=True,
            ),
            Option(
                "Something endless: the loss is −ln 0.",
                "The loss would be; torch stops it at 100. But the gradient also passes the "
                "sigmoid, and that multiplies it by 0.",
            ),
        ),
    ),
    Question(
        "loss.start",
        "An untrained network, seven maps, none of which knows anything yet. The sum of the seven "
        "losses is about…",
        (
            Option(
                "0",
                "That is where training is heading. A loss of 0 says that every pixel of every "
                "map is right, and certain.",
            ),
            Option(
                "0.7",
                "Very nearly ln 2, the loss of one map that says ½ everywhere. There are seven.",
            ),
            Option(
                "5",
                "Seven maps that each say about ½: 7 · ln 2 = 4.85. A log that starts near 5 "
                "is a good sign; one that starts at 0.7, or at 20,000, adds up something else.",
                right=True,
            ),
            Option(
                "20,000",
                "That would be the sum over pixels, too. Each map counts with the mean over its "
                "pixels, so that pictures of every size count the same.",
            ),
        ),
    ),
    Question(
        "loss.sum_mean",
        "Sum of the seven losses, or their mean? Train one step with Adam, as the authors do, and "
        "with the same learning rate. How much smaller is the step with the mean?",
        (
            Option(
                "Seven times smaller.",
                "The gradient is, and with plain gradient descent (SGD) so is the step. But Adam "
                "divides each gradient by the gradient's own size before it steps.",
            ),
            Option(
                "About the same.",
                "Adam steps by the gradient divided by its size: a factor that is in both cancels "
                "out. Sum or mean matters for SGD, and wherever a second loss is added.",
                right=True,
            ),
            Option(
                "√7 times smaller.",
                "A good thought: Adam keeps the mean of *squared* gradients. But it takes the "
                "root of that again before it divides.",
            ),
        ),
    ),
    Question(
        "loss.sure_side",
        "Five sides say 0.9 for a pixel, the sixth says 0.0001. Each has the weight 1/6, the bias "
        "is 0. What does the fused map say, when it adds logits, and when it adds probabilities?",
        (
            Option(
                "0.57 from logits, 0.75 from probabilities.",
                "Among logits the sure voice counts for more: 0.9 is a logit of 2.2, 0.0001 one "
                "of −9.2. Among probabilities one voice of six can take away one sixth, no more.",
                right=True,
            ),
            Option(
                "0.75 both times: the mean is the mean.",
                "The mean of probabilities is 0.75. But the sigmoid bends: the mean of logits is "
                "not the logit of the mean.",
            ),
            Option(
                "0.75 from logits, 0.57 from probabilities.",
                "The other way round. Where does a very sure answer make a large number: as the "
                "probability 0.0001, or as the logit −9.2?",
            ),
        ),
    ),
    Question(
        "loss.fused_only",
        "Switch off the six side losses and train on the fused map alone. Which stages get no "
        "gradient any more?",
        (
            Option(
                "en1 to en6",
                "They are furthest from the end, but that does not cut them off: everything that "
                "the fused map is made of has come through them.",
            ),
            Option(
                "en6 and de5",
                "Tempting: their sides can hardly be seen in the fused map. But hardly is not "
                "never, and they also feed the finer stages.",
            ),
            Option(
                "All but de1",
                "The fused map is made of all six sides, and de1 of all other stages.",
            ),
            Option(
                "None",
                "Every stage lies on a path to the fused map. What the losses of the sides add is "
                "not a path, but a *short* one, and one on which no other map has a say.",
                right=True,
            ),
        ),
    ),
)
