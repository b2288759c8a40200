"""The pedagogy of every exercise: right passes, the stub is met kindly, each mistake has a name."""

import ast
import dataclasses
import importlib
import inspect
import itertools
import json
import math
import re
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

import u2net_edu as u2
from tests.notebooks.test_form import STUDENT
from u2net_edu.course import judging
from u2net_edu.course.asking import as_asked
from u2net_edu.course.exercises import (
    LESSONS,
    ExerciseError,
    find_exercise,
    find_question,
    lesson07,
)
from u2net_edu.course.judging import examine
from u2net_edu.course.plain import same

from .wrong_answers import WRONG

EXERCISES = [exercise for lesson in LESSONS.values() for exercise in lesson.EXERCISES]
QUESTIONS = [question for lesson in LESSONS.values() for question in lesson.QUESTIONS]
by_name = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


def texts_of(exercise) -> list[str]:
    """All that a student may read of an exercise."""
    return [*exercise.hints, *(m.message for m in exercise.misconceptions), exercise.task]


@by_name
def test_the_solution_passes(exercise):
    assert examine(exercise, exercise.solution).state == "passed"


@by_name
def test_the_stub_is_met_kindly(exercise):
    names = ", ".join(inspect.signature(exercise.solution).parameters)
    scope: dict = {}
    exec(f"def stub({names}):\n    raise NotImplementedError", scope)
    verdict = examine(exercise, scope["stub"])
    assert verdict.state == "untried"
    assert "Not written yet" in verdict.heading


@by_name
def test_each_planted_mistake_draws_its_own_message(exercise):
    planted = WRONG[exercise.name]
    assert len(planted) >= 3
    drawn = []
    for wrong, words in planted:
        verdict = examine(exercise, wrong)
        assert verdict.state == "misconception", (wrong, verdict)
        assert words in verdict.misconception.message, (wrong, verdict)
        assert f"`{exercise.solution.__name__}(" in verdict.paragraphs[1]  # a case to look at
        drawn.append(verdict.misconception.message)
    assert len(set(drawn)) == len(drawn)


@by_name
def test_misconceptions_can_be_told_apart(exercise):
    """From the right answer, and from each other: else one of them could never be named."""
    cases = exercise.drawn_cases()

    def answer(function, args):
        try:
            return exercise.ask(function, *args)
        except Exception as error:  # a way of being wrong may show itself in an error
            return [type(error).__name__, str(error)]

    def answers(function):
        return [answer(function, args) for args in cases]

    right = [exercise.oracle(*args) for args in cases]
    wrong = [answers(misconception.answer) for misconception in exercise.misconceptions]
    assert not any(same(right, answer) for answer in wrong)
    assert not any(same(a, b) for a, b in itertools.combinations(wrong, 2))


@by_name
def test_cases_are_drawn_alike_every_time(exercise):
    assert exercise.drawn_cases() == exercise.drawn_cases()
    assert len(exercise.drawn_cases()) >= 10


@by_name
def test_no_text_contains_the_solution(exercise):
    """Neither an expression of the solution, letter by letter, nor code that answers like it."""
    telling = solution_expressions(exercise)
    for text in texts_of(exercise):
        squeezed = re.sub(r"[\s`]", "", text)
        assert not [e for e in telling if e in squeezed], text
        for code in re.findall(r"`([^`]+)`", text):
            assert not answers_right(exercise, code), text


def solution_expressions(exercise) -> list[str]:
    """The solution's computed expressions without blanks; simple ones tell nothing."""
    tree = ast.parse(inspect.getsource(exercise.solution))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp))
    written = (re.sub(r"\s", "", ast.unparse(node)) for node in found)
    return [text for text in written if sum(text.count(o) for o in "+-*/") >= 2]


def answers_right(exercise, code: str) -> bool:
    """Is this piece of code, read as an expression of the parameters, the right answer?"""
    names = list(inspect.signature(exercise.solution).parameters)
    expression = code.removeprefix("return ").split("=")[-1].strip()
    try:
        compiled = compile(expression, "<text>", "eval")
        return all(
            same(eval(compiled, dict(zip(names, args))), exercise.oracle(*args))
            for args in exercise.drawn_cases()
        )
    except Exception:
        return False


def test_the_search_for_the_solution_finds_it():
    exercise = find_exercise("conv.dilated_span")
    assert "dilation*(kernel-1)+1" in solution_expressions(exercise)
    assert answers_right(exercise, "return 1 + (kernel - 1) * dilation")
    assert not answers_right(exercise, "kernel * dilation")
    assert not answers_right(exercise, "kernel - …")


@by_name
def test_every_message_is_whole_sentences(exercise):
    for text in (*(m.message for m in exercise.misconceptions), *exercise.hints):
        assert len(text) > 30, text
        assert re.search(r"[.?!…)]$", text), text
        assert not re.search(r"[{}]|  ", text), text


@by_name
def test_says_how_hard_how_important_and_how_long_it_is(exercise):
    assert exercise.difficulty in range(1, 6)
    assert exercise.importance in range(1, 6)
    assert 1 <= exercise.minutes <= 30
    assert len(exercise.hints) == 3


def test_a_list_of_exercises_is_there_without_torch():
    find = "from u2net_edu.course.exercises import LESSONS"
    code = f"import sys; {find}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@by_name
def test_an_exercise_is_where_its_name_says(exercise):
    """`rf.pool` in lesson NN is `lessonNN/pool.py`, and has one layout."""
    lesson = next(m for m in LESSONS.values() if exercise in m.EXERCISES)
    module = importlib.import_module(f"{lesson.__name__}.{exercise.name.partition('.')[2]}")
    assert module.EXERCISE is exercise
    assert module.__doc__ == f"`{exercise.name}`: {exercise.task}."


def test_names_are_given_once_and_found():
    names = [thing.name for thing in EXERCISES + QUESTIONS]
    assert len(set(names)) == len(names)
    assert set(WRONG) == {exercise.name for exercise in EXERCISES}
    assert find_question("conv.claim").name == "conv.claim"
    with pytest.raises(ExerciseError, match=r"Did you mean conv\.output_size"):
        find_exercise("conv.outputsize")
    with pytest.raises(KeyError, match="There are"):
        find_question("?")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_guess_has_one_right_option_and_a_reason_for_each(question):
    assert sum(option.right for option in question.options) == 1
    assert len({option.text for option in question.options}) >= 3
    assert all(len(option.reason) > 30 for option in question.options)


# The oracles of lesson 01 count and follow taps. Here is the third road: torch itself.


def test_output_size_is_what_torch_gives():
    for size, kernel, stride, padding in find_exercise("conv.output_size").drawn_cases():
        layer = torch.nn.Conv1d(1, 1, kernel, stride, padding)
        expected = layer(torch.zeros(1, 1, size)).shape[-1]
        assert find_exercise("conv.output_size").oracle(size, kernel, stride, padding) == expected


@pytest.mark.parametrize(
    ("name", "as_layers"),
    [("conv.dilated_span", lambda k, d: [(k, d)]), ("conv.stack_field", lambda layers: layers)],
)
def test_span_and_field_are_what_gradients_reach(name, as_layers):
    exercise = find_exercise(name)
    for args in exercise.drawn_cases():
        row = torch.zeros(1, 1, 400, requires_grad=True)
        x = row
        for kernel, dilation in as_layers(*args):
            layer = torch.nn.Conv1d(1, 1, kernel, dilation=dilation, bias=False)
            torch.nn.init.ones_(layer.weight)
            x = layer(x)
        x[0, 0, 0].backward()
        reached = row.grad[0, 0].nonzero()
        assert exercise.oracle(*args) == int(reached.max() - reached.min()) + 1


# Faults that have nothing to do with the subject.

FINE = find_exercise("conv.output_size").solution


def faulty(body: str):
    scope = {"right": FINE}
    exec(f"def f(size, kernel, stride=1, padding=0):\n    {body}", scope)
    return scope["f"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (faulty("print(right(size, kernel, stride, padding))"), "only `return` hands it over"),
        (faulty("return float('nan')"), "NaN"),
        (faulty("return float(right(size, kernel, stride, padding))"), "an `int` was expected"),
        (faulty("return right(size, kernel, stride, padding) + 0.0"), "a float such as `1.0`"),
        (faulty("return 'many'"), "an `int` was expected"),
        (faulty("return [right(size, kernel, stride, padding)]"), "an `int` was expected"),
        (faulty("yield 1"), "an `int` was expected"),
        (faulty("return size / 0"), "ZeroDivisionError"),
        (faulty("return f(size, kernel)"), "It calls itself"),
        (faulty("return sizes"), "NameError"),
        (faulty("raise SystemExit"), "SystemExit"),
        (lambda size, kernel: 3, "`size`, `kernel`, `stride` and `padding`"),
        (3, "without parentheses"),
        (None, "without parentheses"),
    ],
)
def test_other_faults_are_explained(answer, words):
    verdict = examine(find_exercise("conv.output_size"), answer)
    assert verdict.state == "fault"
    assert words in " ".join(verdict.paragraphs)


def test_changing_the_argument_is_no_pass():
    def pops(layers):
        field = 1
        while layers:
            kernel, dilation = layers.pop()
            field += dilation * (kernel - 1)
        return field

    verdict = examine(find_exercise("conv.stack_field"), pops)
    assert verdict.state == "fault"
    assert "changes what it was given" in verdict.heading


def test_an_endless_loop_is_named_with_its_line(monkeypatch):
    monkeypatch.setattr(judging, "run_cases", lambda *a, **k: real_run_cases(*a, **k, limit=0.1))

    def loops(size, kernel, stride=1, padding=0):
        while size > 0:
            size += 1

    verdict = examine(find_exercise("conv.output_size"), loops)
    assert "does not come to an end" in verdict.heading
    assert "was stopped in line" in verdict.paragraphs[0]


real_run_cases = judging.run_cases


def test_whole_numbers_of_numpy_and_torch_are_whole():
    as_tensor = faulty("import torch; return torch.tensor(right(size, kernel, stride, padding))")
    as_numpy = faulty("import numpy; return numpy.int64(right(size, kernel, stride, padding))")
    for answer in (as_tensor, as_numpy):
        assert examine(find_exercise("conv.output_size"), answer).state == "passed"


def test_a_mistake_that_nobody_thought_of_shows_the_first_case():
    verdict = examine(find_exercise("conv.output_size"), faulty("return 1000"))
    assert verdict.state == "wrong"
    assert (
        "output_size(size=5, kernel=3, stride=1, padding=0)` gave `1000`" in verdict.paragraphs[0]
    )


def test_right_but_rounded_is_told_from_wrong():
    exercise = find_exercise("loss.twice")
    verdict = examine(exercise, lambda share, maps=7: round(exercise.solution(share, maps), 3))
    assert (verdict.state, verdict.heading) == ("fault", "Right, but rounded.")
    assert "right to 3 decimal places only" in verdict.paragraphs[0]


def test_a_float_inside_a_tuple_of_whole_numbers_is_named():
    exercise = find_exercise("stages.shape")

    def shape(row, height, width):
        channels, height, width = exercise.solution(row, height, width)
        return channels, float(height), width

    verdict = examine(exercise, shape)
    assert verdict.state == "fault"
    assert "an `int` was expected" in verdict.paragraphs[0]


def test_a_small_table_is_shown_whole_in_the_case():
    verdict = examine(find_exercise("stages.misfits"), lambda rows: ["de7"])
    assert "('de1', 'RSU-3', 14, 4, 5))" in verdict.paragraphs[0]


# --- Ways to write a right answer ----------------------------------------------------------------


def by_the_third_hint(budget):
    """The loop that the hint suggests, with a count of one's own."""
    rsu_cost = find_exercise("cost.rsu").solution
    width = 1
    while rsu_cost(7, 3, width + 1, 64, 320)[0] <= budget:
        width += 1
    return "RSU-7", width


def by_tracing(budget):
    """The same, counted by the package's own closed form."""
    form = u2.closed_form("RSU-7", 3, 1, 64, (320, 320))
    assert form.holds
    return by_the_third_hint(budget)


@pytest.mark.parametrize("design", [by_the_third_hint, by_tracing])
@pytest.mark.parametrize("number", [int, np.int64, np.int32, torch.tensor, np.array])
def test_a_design_passes_whatever_the_judge_has_to_count(design, number):
    for cached in (lesson07.design._macs_at, lesson07.design._field_of):
        cached.cache_clear()  # as in a notebook that has just been opened
    exercise = find_exercise("cost.design")

    def answer(budget):
        name, width = design(budget)
        return name, number(width)

    assert examine(exercise, answer).state == "passed"


def test_the_judges_own_work_is_not_the_students(monkeypatch):
    """However long oracles and weighing take: the answer's time is its own."""
    monkeypatch.setattr(judging, "run_cases", lambda *a, **k: real_run_cases(*a, **k, limit=0.3))
    plain = find_exercise("conv.dilated_span")

    def slow(function):
        def slowed(*args):
            end = time.process_time() + 0.05
            while time.process_time() < end:
                pass
            return function(*args)

        return slowed

    exercise = dataclasses.replace(
        plain, oracle=slow(plain.oracle), weigh=slow(lambda value, *args: value)
    )
    assert examine(exercise, exercise.solution).state == "passed"


def as_list(value):
    return [as_list(item) for item in value] if isinstance(value, tuple) else value


FORMS = {
    "a list": as_list,
    "an array": lambda value: np.array(value) if not has_text(value) else value,
    "NumPy's numbers": lambda value: each(value, lambda n: np.array(n)[()]),
    "tensors": lambda value: each(value, torch.tensor),
    "float32": lambda value: each(value, lambda n: np.float32(n) if type(n) is float else n),
}


def has_text(value) -> bool:
    items = value if isinstance(value, (list, tuple)) else [value]
    return any(has_text(item) if item is not value else isinstance(item, str) for item in items)


def each(value, convert):
    if isinstance(value, (list, tuple)):
        return type(value)(each(item, convert) for item in value)
    return convert(value) if type(value) in (int, float) else value


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "exercise", [e for e in EXERCISES if not e.name.startswith("rsu")], ids=lambda e: e.name
)
def test_what_means_the_same_is_the_same(exercise, form):
    if (exercise.name, form) == ("sizes.join", "an array"):
        pytest.skip("the layers below take tensors")

    def answer(*args):
        return FORMS[form](exercise.solution(*args))

    verdict = examine(exercise, answer)
    assert verdict.state == "passed", verdict


def test_float32_is_precise_enough_for_the_loss_of_a_pixel():
    def pixel_loss(logit, truth):
        logit, truth = torch.tensor(float(logit)), torch.tensor(float(truth))
        return torch.nn.functional.binary_cross_entropy_with_logits(logit, truth)

    exercise = find_exercise("loss.pixel")
    assert examine(exercise, pixel_loss).state == "passed"
    assert examine(exercise, lambda logit, truth: pixel_loss(logit, truth).item()).state == "passed"


@pytest.mark.parametrize("name", ["cost.levels", "field.share", "loss.twice", "train.overlap"])
@pytest.mark.parametrize("digits", [2, 4])
def test_rounded_answers_are_told_so_in_lists_too(name, digits):
    exercise = find_exercise(name)

    def rounded(*args):
        return each(exercise.solution(*args), lambda n: round(n, digits))

    verdict = examine(exercise, rounded)
    assert verdict.heading == "Right, but rounded.", verdict
    assert f"right to {digits} decimal places only" in verdict.paragraphs[0]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("field.stack", 7, "A pair of whole numbers was expected"),
        ("field.stack", (7,), "these are 1"),
        ("field.stack", {7, 2}, "A pair of whole numbers was expected"),
        ("field.stack", "72", "A pair of whole numbers was expected"),
        ("sizes.ladder", 7, "A list was expected"),
        ("stages.shape", (1, 2), "A triple of whole numbers was expected; these are 2"),
        ("field.gradient", 3, "A pair of pairs was expected"),
        ("loss.pixel", (1.0,), "A single number was expected"),
        ("sizes.ladder", None, "only `return` hands it over"),
        ("conv.output_size", True, "an `int` was expected"),
    ],
)
def test_another_kind_of_thing_is_told_what_was_expected(name, value, words):
    verdict = examine(find_exercise(name), lambda *args: value)
    assert verdict.state == "fault"
    assert words in " ".join(verdict.paragraphs)


def two(name: str, first: str, second: str):
    """A way to be wrong twice, and words of both messages."""
    return lambda answer: (name, answer, first, second)


TWO_AT_ONCE = [
    two("conv.output_size", "has no padding", "on the stride")(
        lambda size, kernel, stride, padding: size - kernel + 1
    ),
    two("conv.output_size", "padding once", "You round up")(
        lambda size, kernel, stride, padding: -((kernel - size - padding) // stride) + 1
    ),
    two("conv.output_size", "has no padding", "how far the window travels")(
        lambda size, kernel, stride, padding: (size - kernel) // stride
    ),
    two("conv.dilated_span", "count steps, not pixels", "number of holes")(
        lambda kernel, dilation: (dilation + 1) * (kernel - 1)
    ),
    two("conv.stack_field", "add the spans", "leave the dilations out")(
        lambda layers: sum(kernel for kernel, _ in layers)
    ),
    two("sizes.ladder", "drop the last pixel", "you start from is missing")(
        lambda size, pools: [size // 2**k for k in range(1, pools + 1)]
    ),
    two("field.stack", "add the stride", "dilations are left out")(
        lambda layers: add_strides(layers)
    ),
    two("dilate.price", "two for each MAC", "one side only")(
        lambda dilations, channels, side: (
            18 * len(dilations) * channels**2 * side**2,
            1 + sum(dilations),
        )
    ),
    two("dilate.taps", "*all* land inside", "larger than the dilation")(
        lambda side, dilation: 9 * (side - 2 * dilation) ** 2
    ),
    two("stages.shape", "You round down", "come *in*")(
        lambda row, height, width: (
            row[2],
            height // 2 ** (int(row[0][2:]) - 1),
            width // 2 ** (int(row[0][2:]) - 1),
        )
    ),
    two("cost.conv", "two for each MAC", "biases are missing")(
        lambda kernel, in_channels, out_channels, size: (
            2 * kernel**2 * in_channels * out_channels * size**2,
            kernel**2 * in_channels * out_channels,
        )
    ),
    two("cost.levels", "halve the work", "bottom layer is missing")(
        lambda depth: [3 / 2**level for level in range(1, depth - 1)]
    ),
    two("loss.twice", "Salient and background are swapped", "one map")(
        lambda share, maps: (1 - share) * math.log1p(math.exp(-1)) + share * math.log(2)
    ),
    two("train.stop_at", "has not beaten it", "One look too late")(
        lambda scores, patience: late_at_ties(scores, patience)
    ),
    two("train.overlap", "exactly 0.5", "both empty")(
        lambda said, mask: more_than_half_and_empty(said, mask)
    ),
]


def add_strides(layers):
    field, step = 1, 1
    for kernel, _, stride in layers:
        field += step * (kernel - 1)
        step += stride
    return field, step


def late_at_ties(scores, patience):
    best_at = 0
    for look, score in enumerate(scores):
        if score >= scores[best_at]:
            best_at = look
        if look - best_at > patience:
            return look
    return len(scores) - 1


def more_than_half_and_empty(said, mask):
    marked = [value > 0.5 for value in said]
    either = sum(m or t == 1 for m, t in zip(marked, mask))
    return sum(m and t == 1 for m, t in zip(marked, mask)) / either if either else 0.0


@pytest.mark.parametrize(
    ("name", "answer", "first", "second"),
    TWO_AT_ONCE,
    ids=[f"{n}-{first}" for n, _, first, _ in TWO_AT_ONCE],
)
def test_two_mistakes_at_once_are_both_named(name, answer, first, second):
    verdict = examine(find_exercise(name), answer)
    assert verdict.state == "misconception", verdict
    message = verdict.misconception.message
    assert message.startswith("Two things at once")
    assert first in message
    assert second in message


def test_two_mistakes_in_a_block_are_both_named():
    from u2net_edu.course.exercises.lesson03.blocks import of_four

    verdict = examine(find_exercise("rsu.four"), of_four(residual="none", dilation=1))
    assert "The residual is missing" in verdict.misconception.message
    assert "has no dilation" in verdict.misconception.message


def test_one_of_two_mistakes_is_named_where_the_other_has_no_name():
    """Steps in place of places, and a padding that counts three times where there is a stride."""

    def output_size(size, kernel, stride, padding):
        return (size + 2 * padding - kernel) // stride + (7 if size % 5 == 0 else 0)

    verdict = examine(find_exercise("conv.output_size"), output_size)
    assert verdict.state == "misconception"
    assert "something else besides" in verdict.heading
    assert "how far the window travels" in verdict.misconception.message
    assert re.search(r"explains \d+ of your \d+ wrong answers", verdict.paragraphs[2])


# --- What passes works in the cells below --------------------------------------------------------


def renamed(function):
    """The same with parameters of other names, and without a default."""
    count = len(inspect.signature(function).parameters)
    names = ", ".join(f"p{number}" for number in range(count))
    return eval(f"lambda {names}: function({names})", {"function": function})


def by_name_alone(function):
    names = list(inspect.signature(function).parameters)
    given = ", ".join(f"{name}={name}" for name in names)
    return eval(
        f"lambda *, {', '.join(reversed(names))}: function({given})", {"function": function}
    )


def calls_in_the_notebooks() -> list[tuple[str, int, tuple[str, ...]]]:
    """(exercise, arguments by place, arguments by name) of every call below a check."""
    names = {e.solution.__name__: e.name for e in EXERCISES if inspect.isfunction(e.solution)}
    found = set()
    for path in STUDENT:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                for node in ast.walk(ast.parse("".join(cell["source"]))):
                    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                        by_name = tuple(keyword.arg for keyword in node.keywords)
                        found.add((names[node.func.id], len(node.args), by_name))
    return sorted(found)


CALLS = calls_in_the_notebooks()


def test_the_notebooks_call_what_the_student_wrote():
    assert {name for name, _, _ in CALLS} >= {"conv.output_size", "dilate.price", "stages.narrow"}
    assert ("conv.output_size", 1, ("kernel",)) in CALLS


@pytest.mark.parametrize("write", [lambda function: function, renamed, by_name_alone])
@pytest.mark.parametrize(
    "name", sorted({name for name, _, _ in CALLS} - {"sizes.join", "field.gradient"})
)
def test_a_function_that_passes_can_be_called_as_the_notebooks_call_it(name, write):
    exercise = find_exercise(name)
    answer = write(exercise.solution)
    verdict = examine(exercise, answer)
    assert verdict.state == "passed", verdict
    given = as_asked(answer, exercise.solution)
    args = exercise.drawn_cases()[-1]
    names = list(inspect.signature(exercise.solution).parameters)
    if exercise.ask.__name__ != "<lambda>":
        return  # a case names what is built for the call
    for _, by_place, by_name in (call for call in CALLS if call[0] == name):
        named = {key: args[names.index(key)] for key in by_name}
        assert same(
            given(*args[:by_place], **named), exercise.solution(*args[:by_place], **named)
        ), (by_place, by_name)
