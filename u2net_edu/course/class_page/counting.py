"""A class in numbers: exercise by exercise, and guess by guess, in the order of the course."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ..exercise import Exercise, Question
from ..exercises import LESSONS
from .reading import Student, Try

ANOTHER = "an answer of another edition"


@dataclass(frozen=True)
class ExerciseCount:
    """One exercise: heads that passed, that have begun only, and the ideas in them."""

    lesson: str
    exercise: Exercise
    passed: int
    begun: int
    """Heads that tried and have not passed."""
    attempts: float
    hints: float
    minutes: float
    """Medians among those who began; `minutes` are of work between two things recorded."""
    held: tuple[tuple[str, int], ...]
    """(idea, heads that still hold it), the most first."""
    overcome: tuple[tuple[str, int], ...]
    """(idea, heads that it was named to and that passed since)."""

    @property
    def tried(self) -> int:
        return self.passed + self.begun


@dataclass(frozen=True)
class GuessCount:
    """One guess: for each option, the heads that ticked it first and last."""

    lesson: str
    question: Question
    options: tuple[tuple[str, bool, int, int], ...]
    """(text, whether it is right, first, last)."""

    @property
    def heads(self) -> int:
        return sum(first for _, _, first, _ in self.options)

    @property
    def wrong_first(self) -> int:
        return sum(first for _, right, first, _ in self.options if not right)

    @property
    def asked_again(self) -> bool:
        return any(first != last for _, _, first, last in self.options)


def count_exercises(students: Sequence[Student]) -> list[ExerciseCount]:
    """Those that anybody tried."""
    counts = [
        _exercise(title, exercise, students)
        for title, lesson in LESSONS.items()
        for exercise in lesson.EXERCISES
    ]
    return [count for count in counts if count.tried]


def _exercise(title: str, exercise: Exercise, students: Sequence[Student]) -> ExerciseCount:
    tries = {s.key: s.exercises[exercise.name] for s in students if exercise.name in s.exercises}
    tries = {key: one for key, one in tries.items() if one.attempts or one.passed}
    seconds = [s.seconds.get(exercise.name, 0) for s in students if s.key in tries]
    passed = [one for one in tries.values() if one.passed]
    return ExerciseCount(
        title,
        exercise,
        len(passed),
        len(tries) - len(passed),
        _median(one.attempts for one in tries.values()),
        _median(one.hints for one in tries.values()),
        _median(n / 60 for n in seconds),
        _most(one.held for one in tries.values() if one.held),
        _most(idea for one in passed for idea in dict.fromkeys(one.ideas)),
    )


def _most(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(texts).most_common())


def _median(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return float(median(found)) if found else 0.0


def count_guesses(students: Sequence[Student]) -> list[GuessCount]:
    """Those that anybody made."""
    counts = [
        _guess(title, question, students)
        for title, lesson in LESSONS.items()
        for question in lesson.QUESTIONS
    ]
    return [count for count in counts if count.heads]


def _guess(title: str, question: Question, students: Sequence[Student]) -> GuessCount:
    made = [s.guesses[question.name] for s in students if question.name in s.guesses]
    known = {option.text for option in question.options}
    first, last = (
        Counter(text if text in known else ANOTHER for text in texts)
        for texts in ([guess.first for guess in made], [guess.last for guess in made])
    )
    options = [(o.text, o.right, first[o.text], last[o.text]) for o in question.options]
    if first[ANOTHER] or last[ANOTHER]:
        options.append((ANOTHER, False, first[ANOTHER], last[ANOTHER]))
    return GuessCount(title, question, tuple(options))


def stuck(students: Sequence[Student]) -> list[tuple[str, list[tuple[str, Try]]]]:
    """Who wrote a name and began exercises that they have not passed: (name, [(exercise, try)])."""
    order = {e.name: None for lesson in LESSONS.values() for e in lesson.EXERCISES}
    rows = [
        (s.name, [(n, s.exercises[n]) for n in order if n in s.exercises and _open(s.exercises[n])])
        for s in students
        if s.name
    ]
    return sorted((row for row in rows if row[1]), key=lambda row: row[0].casefold())


def _open(one: Try) -> bool:
    return bool(one.attempts) and not one.passed
