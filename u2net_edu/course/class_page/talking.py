"""What to talk about tomorrow: three sentences, from the numbers."""

from collections.abc import Sequence

from .counting import ExerciseCount, GuessCount


def sentences(
    heads: int, exercises: Sequence[ExerciseCount], guesses: Sequence[GuessCount]
) -> tuple[str, str, str]:
    """The idea in most heads, the guess that misled most, and where most are held up.

    `backticks` mark names, as in the course.
    """
    return _idea(exercises), _guess(guesses), _held_up(heads, exercises)


def _idea(exercises: Sequence[ExerciseCount]) -> str:
    held = [(count, *count.held[0]) for count in exercises if count.held]
    if held:
        count, idea, heads = max(held, key=lambda one: one[2])
        who = "1 student still answers" if heads == 1 else f"{heads} students still answer"
        return f"Begin with `{count.exercise.name}`: {who} from one idea. {idea}"
    overcome = [(count, *count.overcome[0]) for count in exercises if count.overcome]
    if overcome:
        count, idea, heads = max(overcome, key=lambda one: one[2])
        who = "1 student has" if heads == 1 else f"{heads} students have"
        return (
            "Nobody's last answer comes from an idea that we know. The one that most had to leave "
            f"behind was in `{count.exercise.name}`: {who} done so. {idea}"
        )
    return "No check has named an idea yet: ask what was hard."


def _guess(guesses: Sequence[GuessCount]) -> str:
    misled = [guess for guess in guesses if guess.wrong_first]
    if not misled:
        return (
            "Every guess was right at first: ask somebody to say why, for one of them."
            if guesses
            else "Nobody has made a guess yet: put one to the whole room, by show of hands."
        )
    worst = max(misled, key=lambda guess: (guess.wrong_first / guess.heads, guess.wrong_first))
    text, _, first, _ = max((o for o in worst.options if not o[1]), key=lambda option: option[2])
    return (
        f"Put `{worst.question.name}` to the room once more: {worst.wrong_first} of {worst.heads} "
        f"guessed wrong at first, most of them (by {first}) “{text}”."
    )


def _held_up(heads: int, exercises: Sequence[ExerciseCount]) -> str:
    begun = [count for count in exercises if count.begun]
    if not begun:
        return (
            "Nobody is held up: whoever began an exercise has passed it."
            if exercises
            else "Nobody has begun an exercise yet."
        )
    worst = max(begun, key=lambda count: (count.begun, count.begun / count.tried))
    return (
        f"Give `{worst.exercise.name}` time: {worst.begun} of {heads} have begun it and not "
        f"passed, and those who tried took {worst.attempts:g} tries and {worst.hints:g} hints "
        "(medians)."
    )
