"""The guesses of this lesson."""

from ...exercise import Option, Question

CAUSES = {
    "rate": "The learning rate is far too high.",
    "sigmoid": "The sigmoid is taken twice.",
    "mirror": "The masks are mirrored, left for right; the images are not.",
    "few": "Nothing is broken: the network is overfitting, as with the eight scenes.",
    "slow": "The learning rate is far too low.",
}


def _diagnosis(name: str, text: str, right: str, reasons: dict[str, str]) -> Question:
    options = (
        Option(CAUSES[cause], reason, right=cause == right) for cause, reason in reasons.items()
    )
    return Question(name, text, tuple(options))


QUESTIONS = (
    Question(
        "train.eight_scenes",
        "A network with 142,189 parameters sees the same eight scenes again and again, and nothing "
        "else. How good will it be at the end, on these eight and on fresh ones?",
        (
            Option(
                "Nearly perfect on the eight, and poor on fresh ones.",
                "Eight masks can be learnt by heart. Nothing forces the network to find out what "
                "makes an object: it never met a scene on which learning by heart fails.",
                right=True,
            ),
            Option(
                "Nearly perfect on both.",
                "If the loss knew what we want, perhaps. But it knows the eight masks only, and "
                "there are many ways to be right on eight scenes. Few of them are right elsewhere.",
            ),
            Option(
                "Poor on both: eight scenes are too few to learn anything.",
                "Too few to learn what an object is, but not too few to be learnt by heart. This "
                "is why one tries it first: a network that cannot even do that is broken.",
            ),
            Option(
                "Poor on the eight, because it is small; fresh ones do not matter.",
                "It is small compared with U²-Net, but it has more parameters than the eight "
                "masks have pixels.",
            ),
        ),
    ),
    Question(
        "train.sides_off",
        "Only the fused map is given a loss; the six side maps get none. The fused map is made of "
        "them. What happens to the side maps, each looked at alone?",
        (
            Option(
                "Most of them stop being masks; the fused map still becomes one.",
                "Only their weighted sum has to be right. No term of the loss asks any of them to "
                "be a mask: some end as the negative of one, with a weight below 0.",
                right=True,
            ),
            Option(
                "They stay as they were at the start: without a loss there is no gradient.",
                "Without a loss *of their own*. The gradient of the fused map's loss goes back "
                "through the fusion into every side map, and on into every stage.",
            ),
            Option(
                "Nothing changes: the fused map can only be good if they are.",
                "Tempting, since it is a weighted sum of them. But a sum can be right while its "
                "parts are not: 1 is also 3 and -2.",
            ),
        ),
    ),
    _diagnosis(
        "train.broken_a",
        "Training A, next to a healthy one. Its loss falls a little and then stays at 4.85, which "
        "is seven times ln 2. Its IoU does not move. Its gradient is small, nothing jumps. What "
        "is wrong?",
        "sigmoid",
        {
            "sigmoid": "What comes out of a sigmoid lies between 0 and 1. The second sigmoid, the "
            "one in the loss, makes of that something between 0.5 and 0.73: it can never say "
            "“no”. On background the best it can do is 0.5, and that costs ln 2 in each map.",
            "rate": "Then the loss would jump, upwards too, and the gradient with it. This one "
            "creeps to a value and stays there: it has reached all that it can reach.",
            "mirror": "With mirrored masks there is still something to learn by heart, so the loss "
            "falls on. Here it has a floor.",
            "slow": "Tempting, because nothing moves. But with a low rate the loss falls slowly "
            "and goes on falling. This one arrives, and at a number that is no accident.",
        },
    ),
    _diagnosis(
        "train.broken_b",
        "Training B. Mind the scale of the loss: it goes by powers of ten. What is wrong?",
        "rate",
        {
            "rate": "Each step is much longer than the slope is straight: it leaps over the "
            "valley to a higher place on the other side. What comes after looks calm, but the "
            "weights are ruined, and the IoU says so.",
            "sigmoid": "Then no number could become large: the loss of a map would lie between "
            "0.31 and 1.31, always. A loss of hundreds needs logits of hundreds.",
            "few": "An overfitting network is *good* on its training batches. This one is good "
            "nowhere.",
            "slow": "The end looks like it: a loss that hardly falls. But look at the first steps. "
            "Small steps cannot throw the loss upwards a hundredfold.",
        },
    ),
    _diagnosis(
        "train.broken_c",
        "Training C. The loss falls, and the IoU of its own batches rises, later than in the "
        "healthy run. On held-out scenes it stays poor. What is wrong?",
        "mirror",
        {
            "mirror": "Where the picture has an object, the mask often has none. The only way to "
            "please the loss is to learn each picture's wrong mask by heart: slow work, and worth "
            "nothing on a scene that it has not seen. Look at a batch before you train on it!",
            "few": "A good thought: good at home, bad abroad. But the healthy run has the same few "
            "scenes, learns them faster, and is far better on fresh ones. What is the difference?",
            "rate": "Then the curves would jump and the training IoU would not rise so steadily.",
            "slow": "It is slower. But with a low rate both IoUs would rise together, late. Here "
            "they part.",
        },
    ),
)
