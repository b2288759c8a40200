"""Lesson 08, seven outputs and one loss: its guesses and exercises.

The oracles take the definition at its word, with sixty digits so that nothing rounds away; walk
along the arrows of the U; search for the least loss. Misconceptions are written for numbers and
tensors alike where both are met, and nothing here imports torch before an exercise is asked.
"""

import math
from decimal import Decimal, localcontext
from random import Random

from ..exercise import Exercise, Misconception, Option, Question
from ..solutions import lesson08 as solutions

# --- one pixel


def _by_definition(logit: float, truth: int) -> float:
    """-ln of the probability that a sigmoid gives to the truth, with sixty digits."""
    with localcontext() as digits:
        digits.prec = 60
        against = Decimal(-logit if truth else logit)
        return float(-(1 / (1 + against.exp())).ln())


def _pixels(random: Random) -> list[tuple]:
    plain = [(0.0, 1), (2.0, 1), (2.0, 0), (-3.0, 1), (-3.0, 0), (0.0, 0), (1.2, 1)]
    sure = [(20.0, 0), (-40.0, 1), (40.0, 0), (800.0, 0), (-1000.0, 1), (900.0, 1)]
    drawn = [(round(random.uniform(-9, 9), 3), random.randint(0, 1)) for _ in range(12)]
    return plain + sure + drawn


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _sigmoid(x: float) -> float:
    return math.exp(-_softplus(-x))


def _given(logit: float, truth: int) -> float:
    """The probability that the truth gets."""
    return _sigmoid(logit if truth else -logit)


def _clipped(least: float) -> Misconception:
    return Misconception(
        f"You keep the probability {least:g} away from 0. So your loss never exceeds "
        f"{-math.log(least):.1f}: from there on a worse answer costs no more, and what costs no "
        "more is not corrected. Can the loss be written so that no probability is needed?",
        lambda logit, truth: -math.log(min(max(_given(logit, truth), least), 1 - least)),
    )


_PIXEL_MISCONCEPTIONS = (
    Misconception(
        "You count salient pixels only. A background pixel that the map calls salient is a "
        "mistake as well, and must cost something.",
        lambda logit, truth: truth * _softplus(-logit),
    ),
    Misconception(
        "You do not look at the truth: your loss is small wherever the logit is large. On the "
        "background a large logit is the mistake.",
        lambda logit, truth: _softplus(-logit),
    ),
    Misconception(
        "Salient and background are swapped: your loss is small where the map is wrong.",
        lambda logit, truth: _softplus(logit if truth else -logit),
    ),
    Misconception(
        "Your loss is negative. A probability below 1 has a negative logarithm, and a loss is to "
        "be made small: what is missing?",
        lambda logit, truth: -_softplus(-logit if truth else logit),
    ),
    Misconception(
        "This is the squared error. Between a wrong answer and a very sure wrong answer it hardly "
        "sees a difference: the most that it can be is 1. Cross-entropy is a logarithm.",
        lambda logit, truth: (_sigmoid(logit) - truth) ** 2,
    ),
    Misconception(
        "This is how far the probability is from the truth. Now take the logarithm of what the "
        "truth has got.",
        lambda logit, truth: 1 - _given(logit, truth),
    ),
    Misconception(
        "Your logarithm has the base 2, so your loss is in bits. Here, as in torch, it is the "
        "natural one: ½ costs 0.693.",
        lambda logit, truth: _softplus(-logit if truth else logit) / math.log(2),
    ),
    Misconception(
        "A sigmoid of a sigmoid: the logit becomes a probability once. Twice, and it cannot leave "
        "the range 0.5 to 0.73.",
        lambda logit, truth: _softplus(-_sigmoid(logit) if truth else _sigmoid(logit)),
    ),
    Misconception(
        "Right where the map is very sure, and 0 wherever it leans to the right side. But a map "
        "that says ½ has not understood anything yet: that costs ln 2. What have you dropped?",
        lambda logit, truth: max(-logit if truth else logit, 0.0),
    ),
    Misconception(
        "This is the small rest alone, never more than ln 2: a map that is sure and wrong would "
        "pay next to nothing. ln(1 + eᵃ) has a large part too, wherever `a` is above 0. What is "
        "it?",
        lambda logit, truth: math.log1p(math.exp(-abs(logit))),
    ),
    *(_clipped(least) for least in (1e-6, 1e-7, 1e-8, 1e-12)),
)

# --- seven maps


def _seven_by_definition(fused: list, sides: list, mask: list) -> float:
    truth = [value for row in mask for value in row]
    total = 0.0
    for one in (fused, *sides):
        logits = [value for row in one for value in row]
        total += sum(_by_definition(x, y) for x, y in zip(logits, truth)) / len(truth)
    return total


def _maps(random: Random) -> list[tuple]:
    def drawn(rows: int, columns: int, reach: float) -> list[list[float]]:
        row = range(columns)
        return [[round(random.uniform(-reach, reach), 2) for _ in row] for _ in range(rows)]

    cases, sure = [], [(2, 5, 90), (2, 5, 900)]
    for rows, columns, reach in [(1, 2, 3), (2, 2, 2), (2, 3, 4), *[(3, 4, 6)] * 5, *sure]:
        mask = [[random.randint(0, 1) for _ in range(columns)] for _ in range(rows)]
        mask[0][:2] = [1, 0]
        sides = [drawn(rows, columns, reach) for _ in range(6)]
        cases.append((drawn(rows, columns, reach), sides, mask))
    return cases


def _with_tensors(answer, fused: list, sides: list, mask: list):
    """The student writes for tensors; cases are plain lists, so that they can be compared."""
    import torch

    def tensor(values):
        return torch.tensor(values, dtype=torch.float64)

    # A tuple, as the network gives it.
    found = answer(tensor(fused), tuple(tensor(side) for side in sides), tensor(mask))
    return found.item() if isinstance(found, torch.Tensor) and found.dim() == 0 else found


def _each(logits, mask):
    """The loss of every pixel, a tensor."""
    return logits.clamp(min=0) - logits * mask + (-logits.abs()).exp().log1p()


def _after_a_sigmoid(logits, mask):
    """As torch's `binary_cross_entropy`: of probabilities, no logarithm below -100."""
    p = logits.sigmoid()
    return -(mask * p.log().clamp(min=-100) + (1 - mask) * (1 - p).log().clamp(min=-100))


def _all_maps(of_map):
    return lambda fused, sides, mask: sum(of_map(x, mask) for x in (fused, *sides))


def _kept_off(least: float) -> Misconception:
    def of_map(logits, mask):
        p = logits.sigmoid().clamp(least, 1 - least)
        return -(mask * p.log() + (1 - mask) * (1 - p).log()).mean()

    return Misconception(
        f"You keep probabilities {least:g} away from 0 and 1, so no pixel costs more than "
        f"{-math.log(least):.1f}. A logit of 60 on the background should cost 60.",
        _all_maps(of_map),
    )


_SEVEN_MISCONCEPTIONS = (
    Misconception(
        "`sides` is a tuple, as the network gives it, and Python adds no list to a tuple. One new "
        "list of all seven is `[fused, *sides]`: the star unpacks whatever it is.",
        lambda fused, sides, mask: [fused] + sides,  # noqa: RUF005
    ),
    Misconception(
        "You *add* the logit on salient pixels, so the surer a map is there, the more it pays. "
        "On a salient pixel a large logit is right: which sign must it have?",
        _all_maps(lambda x, mask: (_each(x, mask) + 2 * x * mask).mean()),
    ),
    Misconception(
        "You take e to the power of the logit itself. For a large logit that counts the large "
        "part a second time, and beyond a logit of 709 it is no number any more. The small rest "
        "asks only how *far* from 0 the logit is: e to a power that is never above 0.",
        _all_maps(lambda x, mask: (x.clamp(min=0) - x * mask + x.exp().log1p()).mean()),
    ),
    Misconception(
        "Right, as long as e to the power of the logit is a number: beyond 709 it is not, and in "
        "float32 beyond 88. Take out what is large first; then the power is never above 0.",
        _all_maps(lambda x, mask: (x.exp().log1p() - x * mask).mean()),
    ),
    Misconception(
        "You take the mean of the seven. The authors add them up: divide by the number of "
        "*pixels*, not by the number of maps.",
        lambda fused, sides, mask: sum(_each(x, mask).mean() for x in (fused, *sides)) / 7,
    ),
    Misconception(
        "You add up the pixels of each map. A picture of twice the width would then cost twice as "
        "much: each map counts with the mean over its pixels.",
        _all_maps(lambda x, mask: _each(x, mask).sum()),
    ),
    Misconception(
        "The six sides alone. The fused map is the network's answer: it has a loss of its own.",
        lambda fused, sides, mask: sum(_each(x, mask).mean() for x in sides),
    ),
    Misconception(
        "The fused map alone. Then nobody asks the sides for anything: that is training without "
        "deep supervision.",
        lambda fused, sides, mask: _each(fused, mask).mean(),
    ),
    Misconception(
        "You make one map of the seven first, and judge that. Seven maps that err in opposite "
        "ways would look perfect together: each has to answer for itself.",
        lambda fused, sides, mask: 7 * _each((fused + sum(sides)) / 7, mask).mean(),
    ),
    Misconception(
        "A sigmoid too many: the maps are logits, and your formula for the loss takes logits, but "
        "you hand it probabilities. What that does to training is a section of its own below.",
        _all_maps(lambda x, mask: _each(x.sigmoid(), mask).mean()),
    ),
    Misconception(
        "Right, until a map is very sure and wrong: there the sigmoid rounds to exactly 0 or 1, "
        "and torch stops the logarithm at 100. (That would be seen. But the gradient there is 0, "
        "and that is not.) Begin at the logits.",
        _all_maps(lambda x, mask: _after_a_sigmoid(x, mask).mean()),
    ),
    Misconception(
        "You count salient pixels only: the background has no say in your loss.",
        _all_maps(lambda x, mask: (mask * _each(x, mask)).mean()),
    ),
    *(_kept_off(least) for least in (1e-6, 1e-7, 1e-8, 1e-12)),
)

# --- which term reaches which stage


def _arrows(depth: int) -> dict[str, list[str]]:
    """Who gives to whom in the U; a term hangs on its own map."""
    to: dict[str, list[str]] = {f"en{k}": [f"en{k + 1}", f"de{k}"] for k in range(1, depth)}
    to[f"en{depth}"] = [f"de{depth - 1}", f"side{depth}"]
    to |= {f"de{k}": [f"de{k - 1}", f"side{k}"] for k in range(2, depth)}
    to["de1"] = ["side1"]
    return to | {f"side{k}": ["fused"] for k in range(1, depth + 1)}


def _walk(stage: str, depth: int = 6) -> list[str]:
    """All terms downstream of a stage: a gradient comes back along every arrow."""
    to, found, waiting = _arrows(depth), set(), [stage]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += to.get(here, [])
    return sorted(name for name in found if name == "fused" or name.startswith("side"))


def _stages(random: Random) -> list[tuple]:
    ours = [(stage, 6) for stage in ("de3", "de1", "en6", "en1", "de5", "en4", "de2", "en2")]
    others = [("de2", 4), ("en3", 4), ("en4", 4), ("de3", 5), ("en1", 3), ("de1", 2), ("en2", 8)]
    return ours + others


def _in_order(answer, *args):
    """Their order is of no account."""
    found = answer(*args)
    names = isinstance(found, (list, tuple, set)) and all(isinstance(name, str) for name in found)
    return sorted(found) if names else found


def _split(stage: str) -> tuple[bool, int]:
    return stage.startswith("en"), int(stage[2:])


def _sides(numbers) -> list[str]:
    return [f"side{number}" for number in numbers]


def _own(stage: str, depth: int) -> list[str]:
    encoder, level = _split(stage)
    return _sides([level] if not encoder or level == depth else [])


def _by_number(stage: str, depth: int) -> list[str]:
    return _sides([_split(stage)[1]])


def _deeper(stage: str, depth: int) -> list[str]:
    return _sides(range(_split(stage)[1], depth + 1))


def _bottom_alone(stage: str, depth: int) -> list[str]:
    return ["fused", *_sides([depth])] if _split(stage) == (True, depth) else _walk(stage, depth)


def _always_six(stage: str, depth: int) -> list[str]:
    encoder, level = _split(stage)
    return ["fused", *_sides(range(1, 7 if encoder else level + 1))]


def _ahead_as_behind(stage: str, depth: int) -> list[str]:
    encoder, level = _split(stage)
    return ["fused", *_sides(range(1 if encoder else level, depth + 1))]


def _only_across(stage: str, depth: int) -> list[str]:
    _, level = _split(stage)
    return ["fused", *_sides(range(1, level + 1))]


def _only_at_the_bottom(stage: str, depth: int) -> list[str]:
    encoder, level = _split(stage)
    return ["fused", *_sides([depth] if encoder else range(1, level + 1))]


_FEEDS_MISCONCEPTIONS = (
    Misconception(
        "You name the head that hangs on the stage, and nothing else. But what a stage gives goes "
        "on to other stages, and they have heads too: a gradient comes back along the same way.",
        _own,
    ),
    Misconception(
        "The head of the stage and the fused map. But between the stage and the fused map lie "
        "others, with heads of their own.",
        lambda stage, depth: ["fused", *_own(stage, depth)],
    ),
    *(
        Misconception(
            "You name the one side of the stage's own level. But what a stage gives goes on to "
            f"other stages, and they have heads too{fused}: follow the data to all of them.",
            answer,
        )
        for fused, answer in (
            (", and so has the fused map its loss", _by_number),
            ("", lambda stage, depth: ["fused", *_by_number(stage, depth)]),
        )
    ),
    *(
        Misconception(
            "You count from the stage's own number *down*, to the deepest side. The decoder runs "
            "the other way, from the deepest to de1: what de3 gives goes to de2 and de1, and side5 "
            f"was drawn before de3 ran. Which numbers come after a stage?{fused}",
            answer,
        )
        for fused, answer in (
            (" (And the fused map is made of them all.)", _deeper),
            ("", lambda stage, depth: ["fused", *_deeper(stage, depth)]),
        )
    ),
    Misconception(
        "Right, but for the deepest encoder stage: you stop at its own head. What it gives also "
        "goes up, into the first decoder stage, and on from there.",
        _bottom_alone,
    ),
    Misconception(
        "Right for U²-Net's six encoder stages, and only for them: a 6 is written into your "
        "function. How many there are, `depth` says.",
        _always_six,
    ),
    Misconception(
        "The sides are right. But the fused map is made of all of them: whatever moves one of the "
        "sides moves it, too.",
        lambda stage, depth: [name for name in _walk(stage, depth) if name != "fused"],
    ),
    Misconception(
        "You list the heads of the stages *before* this one. They have answered already when its "
        "turn comes: what it does cannot change them, so their losses do not ask it for anything. "
        "Who comes after it?",
        _ahead_as_behind,
    ),
    Misconception(
        "You follow encoder stages across the U only. They also feed the stage below, and so "
        "everything that comes after that.",
        _only_across,
    ),
    Misconception(
        "You follow encoder stages down to the bottom and stop at its head. The bottom gives to "
        "the decoder as well, and each encoder stage gives across the U.",
        _only_at_the_bottom,
    ),
    Misconception(
        "All terms, everywhere. For the encoder that is so. But side6 hangs on en6: can it depend "
        "on what de1 does, which runs last?",
        lambda stage, depth: ["fused", *_sides(range(1, depth + 1))],
    ),
)

# --- sigmoid twice


def _searched(share: float, maps: int = 7) -> float:
    """Try probabilities from 0 to 1 for either kind of pixel; add up the best."""

    def best(truth: int) -> float:
        return min(_by_definition(step / 20, truth) for step in range(21))

    return maps * (share * best(1) + (1 - share) * best(0))


def _shares(random: Random) -> list[tuple]:
    plain = [(0.0, 1), (1.0, 1), (0.25, 1), (0.0, 7), (0.2, 7), (0.5, 7)]
    return plain + [(round(random.random(), 2), random.randint(1, 9)) for _ in range(8)]


_SALIENT, _BACKGROUND = math.log1p(math.exp(-1)), math.log(2)


def _best_constant(share: float, maps: int) -> float:
    parts = [part for part in (share, 1 - share) if part > 0]
    return -maps * sum(part * math.log(part) for part in parts)


_TWICE_MISCONCEPTIONS = (
    Misconception(
        "Perfect maps cost nothing where the loss is given logits. Here it is given probabilities "
        "and takes them for logits. A perfect map says 1 on a salient pixel: what does the loss "
        "make of a logit of 1?",
        lambda share, maps: 0.0,
    ),
    Misconception(
        "You let every pixel cost ln 2. On the background the best that a probability can say is "
        "0, and a logit of 0 means ½. But on a salient pixel it can say more than that.",
        lambda share, maps: maps * _BACKGROUND,
    ),
    Misconception(
        "You let every pixel reach what a salient one can reach. For the background the map would "
        "have to say −1, and a probability never goes below 0.",
        lambda share, maps: maps * _SALIENT,
    ),
    Misconception(
        "Salient and background are swapped: `share` is the part of the salient ones.",
        lambda share, maps: maps * ((1 - share) * _SALIENT + share * _BACKGROUND),
    ),
    Misconception(
        "Half and half, whatever the mask. How many pixels of each kind there are, `share` says.",
        lambda share, maps: maps * (_SALIENT + _BACKGROUND) / 2,
    ),
    Misconception(
        "This is one map. The loss adds up `maps` of them.",
        lambda share, maps: share * _SALIENT + (1 - share) * _BACKGROUND,
    ),
    Misconception(
        "Salient pixels are right. For the background you take what a logit of *1* costs there. "
        "But on the background a perfect map says the probability 0: that is the logit it hands "
        "over.",
        lambda share, maps: maps * (share * _SALIENT + (1 - share) * _softplus(1)),
    ),
    Misconception(
        "Right for seven maps, and only for them: a 7 is written into your function. How many "
        "there are, `maps` says.",
        lambda share, maps: 7 * (share * _SALIENT + (1 - share) * _BACKGROUND),
    ),
    Misconception(
        "This is the least loss of a map that gives every pixel the same answer, with a right "
        "loss. Here the maps are perfect, and the loss is wrong.",
        _best_constant,
    ),
    Misconception(
        "You take the logarithm of the second sigmoid for salient pixels only, and let the "
        "background cost nothing. A logit of 0 there is ½, not 0.",
        lambda share, maps: maps * share * _SALIENT,
    ),
)

EXERCISES = (
    Exercise(
        name="loss.pixel",
        task="the loss of one pixel, from its logit",
        difficulty=2,
        importance=5,
        minutes=10,
        solution=solutions.pixel_loss,
        oracle=_by_definition,
        cases=_pixels,
        misconceptions=_PIXEL_MISCONCEPTIONS,
        within=2e-6,
        hints=(
            "a sigmoid gives salient the probability σ(x), and background what is left, which is "
            "σ(−x). So there is one formula, and the truth decides about a sign.",
            "call what speaks against the truth `a`: the logit on the background, minus the logit "
            "on a salient pixel. Then the loss is ln(1 + eᵃ). For a large `a` that is all but `a` "
            "itself: split it into what is large and a rest that is small.",
            "`a = …`, then `return max(a, …) + math.log1p(math.exp(…))`, where the exponent must "
            "never be above 0.",
        ),
    ),
    Exercise(
        name="loss.seven",
        task="the sum of seven losses, on logits",
        difficulty=3,
        importance=5,
        minutes=10,
        solution=solutions.seven_losses,
        oracle=_seven_by_definition,
        cases=_maps,
        misconceptions=_SEVEN_MISCONCEPTIONS,
        hints=(
            "one map first: the loss of all its pixels at once, as a tensor of its shape, and "
            "then the mean. After that a loop.",
            "your formula for one pixel has an `if` in it, and a tensor has pixels of both kinds. "
            "Without one: what is large, and does not depend on the truth, is the logit where it "
            "is above 0; on salient pixels the logit is taken off again; the small rest does not "
            "ask for the truth at all.",
            "`each = logits.clamp(min=0) - … + (…).exp().log1p()`, `total = total + each.…()`, "
            "for `logits in (fused, *sides)`.",
        ),
        ask=_with_tensors,
    ),
    Exercise(
        name="loss.feeds",
        task="which terms reach a stage",
        difficulty=3,
        importance=4,
        minutes=8,
        solution=solutions.terms_that_reach,
        oracle=_walk,
        cases=_stages,
        misconceptions=_FEEDS_MISCONCEPTIONS,
        hints=(
            "a term asks a stage for something exactly where the stage can change the term. So "
            "put your finger on the stage and follow the data, not the gradient: which heads can "
            "you come to?",
            "from a decoder stage the only way leads up: to the next finer one, and so on to de1. "
            "From an encoder stage you can go down as well; how far up do you come from there?",
            "`level = int(stage[2:])`; the deepest head is `…` for an encoder stage and `…` for a "
            "decoder stage; then 'fused' and the sides from 1 to that one.",
        ),
        ask=_in_order,
    ),
    Exercise(
        name="loss.twice",
        task="the least loss after a sigmoid too many",
        difficulty=4,
        importance=4,
        minutes=8,
        solution=solutions.lowest_loss,
        oracle=_searched,
        cases=_shares,
        misconceptions=_TWICE_MISCONCEPTIONS,
        within=2e-6,
        hints=(
            "two kinds of pixel, and for each: among the numbers from 0 to 1, which one would you "
            "hand to a loss that takes it for a logit?",
            "the largest for a salient pixel, the least for the background. Your `pixel_loss` "
            "says what either costs. A map's loss is a mean: how many pixels are there of each?",
            "`salient = pixel_loss(1, …)`, `background = pixel_loss(…, 0)`, and then `maps` times "
            "the mean of the two, weighted by `share` and by what is left.",
        ),
    ),
)

QUESTIONS = (
    Question(
        "loss.confident",
        "A background pixel, and a map that is very sure it is salient: logit 20. Somebody puts a "
        "sigmoid on it, then takes the cross-entropy of the probability, all in float32. What "
        "does the gradient tell the logit?",
        (
            Option(
                "To go down, strongly: about 1.",
                "So it should be, and so it is on the logit itself. But in float32 the sigmoid of "
                "20 is exactly 1, and on its flat end nothing that the logit does changes it.",
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
                "That is where training is going. A loss of 0 says that every pixel of every map "
                "is right, and sure of it.",
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
                "pixels, so that pictures of every size cost alike.",
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
                "The gradient is. With plain gradient descent (SGD) so is the step. But Adam "
                "divides each gradient by the gradient's own size before it steps.",
            ),
            Option(
                "About the same.",
                "Adam steps by gradient over size-of-gradient: a factor that is in both falls out. "
                "Sum or mean matters for SGD, and wherever a second loss is added.",
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
                "They are furthest from the end. But far is not cut off: everything that the "
                "fused map is made of has come through them.",
            ),
            Option(
                "en6 and de5",
                "Tempting: their sides are hardly to be seen in the fused map. Hardly is not "
                "never, and they also feed the finer stages.",
            ),
            Option(
                "All but de1",
                "The fused map is made of all six sides, and de1 of all other stages.",
            ),
            Option(
                "None",
                "Every stage lies on a way to the fused map. What the sides' losses add is not a "
                "way, but a *short* one, and one on which nobody else has a say.",
                right=True,
            ),
        ),
    ),
)
