"""What a student's function gave, as plain data that can be sent, compared and printed."""

import pickle
from collections import namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import numpy as np
import pytest
import torch

from u2net_edu.course.plain import Opaque, described, failure_of, plain, same, where
from u2net_edu.course.tensors import Made


class Level(IntEnum):
    HIGH = 3


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(24), 24), (np.uint8(24), 24), (np.array(24), 24), (torch.tensor(24), 24),
        (torch.tensor(24, dtype=torch.int32), 24), (np.float32(0.5), 0.5), (np.float16(0.5), 0.5),
        (np.longdouble(0.5), 0.5), (torch.tensor(0.5, dtype=torch.bfloat16), 0.5),
        (torch.tensor(0.5, requires_grad=True), 0.5), (np.bool_(True), True), (True, True),
        (torch.tensor(True), True), (Level.HIGH, 3), (Fraction(6, 2), 3), (Fraction(1, 2), 0.5),
        (Decimal("0.5"), 0.5), (np.str_("RSU"), "RSU"), (Pair(1, np.int8(2)), (1, 2)),
        (range(3), [0, 1, 2]), ({np.int64(1), 2}, {1, 2}), ([(np.int64(1), None)], [(1, None)]),
    ],
)  # fmt: skip
def test_numbers_of_all_kinds_become_pythons(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    assert pickle.loads(pickle.dumps(found)) == expected


def test_arrays_and_tensors_become_arrays():
    for value in (np.ones((2, 3)), torch.ones(2, 3), torch.ones(2, 3).to_sparse()):
        found = plain(value)
        assert type(found) is np.ndarray
        assert found.tolist() == [[1.0] * 3] * 2


def test_ours_stay_what_they_are():
    made = plain(Made(np.ones((1, 2, 3, 4))))
    assert isinstance(made, Made)
    assert "maps (1, 2, 3, 4)" in described(made)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing (`None`)"),
        (10**500, "a whole number of about 501 digits"),
        ([10**500], "501 digits"),
        ("x" * 10**6, "a text of 1,000,000 letters"),
        ((x for x in "ab"), "which only promises its values"),
        (len, "the function `len`"),
        (int, "the class `int`"),
        (object(), "an `object`"),
        ({"a": 1}, "a dictionary with 1 entry"),
        (np.ones((2, 3)), "an array of shape (2, 3)"),
        ([1, object()], "[1, ‹an object›]"),
        ([[1, 2], [3, (4,)]], "`[[1, 2], [3, (4,)]]`"),
    ],
)
def test_everything_is_told_in_few_words(value, words):
    assert words in described(plain(value))


def test_where_names_the_students_line():
    def divides(x):
        y = x - x
        return 1 / y

    def error_of(function):
        try:
            function(1)
        except ZeroDivisionError as error:
            return error

    error = error_of(divides)
    assert where(error, divides).endswith("`return 1 / y`")
    assert where(error, int) == ""
    failure = failure_of(error, divides)
    assert failure.place.endswith("`return 1 / y`")
    assert failure.is_a(ArithmeticError)
    assert not failure.is_a(ValueError)


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (3, 3, True),
        (3, 3.0, True),
        (3, np.int64(3), True),
        (3, torch.tensor(3), True),
        (3, 4, False),
        (10**9, 10**9 + 1, False),
        (10**30, 10**30, True),
        (10**500, 0.5, False),
        (0.1 + 0.2, 0.3, True),
        (float("nan"), float("nan"), False),
        (float("inf"), float("inf"), True),
        (float("inf"), 3.0, False),
        (None, 3, False),
        ("3", 3, False),
        ("3", 3.0, False),
        ([1, (2, 3)], (1, [2, 3]), True),
        ([1, 2], [1, 2, 3], False),
        (np.array([1, 2]), (1, 2), True),
        (np.array([[1, 2], [3, 4]]), ((1, 2), (3, 4)), True),
        (torch.tensor([1.0, 2.0]), [1, 2], True),
        (np.array([1, 2]), (1, 3), False),
        (np.array([1, 2]), 1, False),
        (np.zeros(3), np.zeros((3, 1)), False),
        (np.zeros(3), torch.zeros(3, requires_grad=True), True),
        (object(), object(), False),
        (Opaque("a thing"), Opaque("a thing"), False),
    ],
)
def test_same(a, b, equal):
    assert same(a, b) is equal
    assert same(b, a) is equal


def test_how_near_can_be_said():
    assert not same(0.0, 1e-6)
    assert same(0.0, 1e-6, 2e-6)
    assert not same(0, 1, 2)  # whole numbers are equal or not
