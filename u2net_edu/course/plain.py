"""What a student's function gave, as plain data: numbers, text, lists, arrays, and nothing else.

Whatever may fail, loop or lie when it is looked at (an object's own `__index__`, `__iter__` or
`__eq__`, a list that contains itself) is looked at here, once, while the student's function still
runs in its own process. All that comes after handles plain data, which can be sent, compared and
printed.
"""

import cmath
import linecache
import math
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""How far a fraction may be from ours and still be the same. Whole numbers must be equal."""
MOST_ITEMS = 200_000  # in all lists of one answer together
MOST_NUMBERS = 10**7  # in an array
LONGEST_TEXT = 10_000
DEEPEST = 40  # lists in lists


@dataclass(frozen=True, eq=False)
class Opaque:
    """Something that is none of our answers, in words. It equals nothing."""

    text: str


@dataclass(frozen=True)
class Failure:
    """An exception, in words: its type's name, those of all its bases, what it says, and where."""

    kind: str
    bases: frozenset[str]
    words: str
    place: str = ""

    def is_a(self, base: type[BaseException]) -> bool:
        return base.__name__ in self.bases


def plain(value: Any) -> Any:
    """The value as plain data; an `Opaque` for, or in place of, all that has no such form.

    Numbers of NumPy and torch become Python's, tensors become arrays. Ends for every value whose
    own methods end.
    """
    left = [MOST_ITEMS]
    try:
        return _plain(value, left, DEEPEST)
    except _TooMuch as error:
        return Opaque(str(error))
    except Exception:
        return Opaque(f"an object of the class `{_name(type(value))}` that cannot be read")


class _TooMuch(Exception):
    pass


def _plain(value: Any, left: list[int], depth: int) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, float, complex):
        return value
    if kind is Opaque:  # it has been here before, and its words are all that is left
        return value
    if issubclass(kind, np.generic):
        return _number_of_numpy(value)
    for base, convert in _EXACT.items():  # a subclass counts as what it is built on
        if issubclass(kind, base):
            return convert(value)
    if issubclass(kind, (list, tuple)):
        return _sequence(value, left, depth)
    if issubclass(kind, range):
        return _sequence(list(value[:MOST_ITEMS]), left, depth)
    if issubclass(kind, (set, frozenset)):
        return set(_sequence(list(value), left, depth))
    torch = sys.modules.get("torch")
    if torch is not None and issubclass(kind, torch.Tensor):
        return _tensor(value, torch)
    if issubclass(kind, np.ndarray):
        return _array(np.asarray(value), _name(kind))
    if hasattr(kind, "__index__"):
        return int(kind.__index__(value))
    return Opaque(_in_words(value))


def _text(value: str) -> Any:
    text = str.__str__(value)
    return text if len(text) <= LONGEST_TEXT else Opaque(f"a text of {len(text):,} letters")


def _fraction(value: Fraction) -> Any:
    return int(value) if value.denominator == 1 else float(value)


_EXACT: dict[type, Callable] = {
    int: int.__int__,
    float: float.__float__,
    complex: getattr(complex, "__complex__", complex),
    str: _text,
    Fraction: _fraction,
    Decimal: Decimal.__float__,
}


def _number_of_numpy(value: np.generic) -> Any:
    if value.dtype.kind not in "biufcU":
        return Opaque(_in_words(value))
    found = value.item()
    return float(found) if isinstance(found, np.floating) else found  # a longdouble stays one


def _sequence(value: Any, left: list[int], depth: int) -> Any:
    base = list if issubclass(type(value), list) else tuple
    left[0] -= base.__len__(value)
    if left[0] < 0:
        raise _TooMuch(f"a {base.__name__} with very many things in it")
    if depth == 0:
        raise _TooMuch(f"a {base.__name__} of lists in lists without end")
    items = [_plain(item, left, depth - 1) for item in base.__iter__(value)]
    ours = type(value).__module__.startswith(f"{__package__}.")  # such as `tensors.Made`
    return type(value)(*items) if ours else base(items)


def _tensor(value: Any, torch: Any) -> Any:
    if value.is_meta:
        return Opaque(f"a tensor of shape {tuple(value.shape)} without numbers in it")
    found = value.detach().cpu().to_dense() if value.is_sparse else value.detach().cpu()
    if found.dtype in (torch.bfloat16, torch.float16):
        found = found.float()
    return _array(found.resolve_conj().resolve_neg().numpy(), "tensor")


def _array(array: np.ndarray, name: str) -> Any:
    if array.dtype.kind not in "biufc" or array.size > MOST_NUMBERS:
        return Opaque(f"a `{name}` of shape {array.shape}, of type {array.dtype}")
    number: Any = array[()]
    return array.copy() if array.shape else _number_of_numpy(number)


def _in_words(value: Any) -> str:
    """An object without asking it anything."""
    kind = type(value)
    if issubclass(kind, type):
        return f"the class `{_name(value)}`"
    if kind.__name__ in ("function", "builtin_function_or_method", "method"):
        return f"the function `{value.__name__}`"
    if kind.__name__ in _PROMISES:
        return f"a `{kind.__name__}`, which only promises its values"
    if issubclass(kind, dict):
        count = dict.__len__(value)
        return f"a dictionary with {count} {'entry' if count == 1 else 'entries'}"
    article = "an" if _name(kind)[:1].lower() in "aeiou" else "a"
    return f"{article} `{_name(kind)}`"


_PROMISES = (
    *("generator", "map", "zip", "filter", "enumerate", "reversed"),
    *("coroutine", "async_generator"),
)


def _name(kind: type) -> str:
    return str(type.__dict__["__name__"].__get__(kind))[:60]


# --- Comparing -----------------------------------------------------------------------------------


def same(a: Any, b: Any, within: float = ABSOLUTE) -> bool:
    """Equal in shape and, to rounding, in value, whatever the type of number; NaN equals nothing.

    Whole numbers must be equal exactly; others to one part in a million, or `within`. A list, a
    tuple and an array of the same numbers are the same.
    """
    try:
        return _same(_leaf(a), _leaf(b), within)
    except Exception:  # a foreign object that cannot be compared is none of our right answers
        return False


def _leaf(value: Any) -> Any:
    """Tensors and NumPy's numbers as `plain` has them; everything else as it is."""
    readable = isinstance(value, np.generic) or hasattr(value, "detach")
    return plain(value) if readable else value


def _same(a: Any, b: Any, within: float) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, (list, tuple)):
        a = a.tolist()
    if isinstance(b, np.ndarray) and isinstance(a, (list, tuple)):
        b = b.tolist()
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, within) for x, y in zip(a, b))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape:
            return False
        if a.dtype.kind in "fc" or b.dtype.kind in "fc":
            return bool(np.allclose(a, b, rtol=RELATIVE, atol=within))
        return bool((a == b).all())
    numbers = (float, complex)
    if isinstance(a, numbers) or isinstance(b, numbers):
        both = isinstance(a, (int, *numbers)) and isinstance(b, (int, *numbers))
        return both and _near(a, b, within)
    return bool(a == b)


def _near(a: complex, b: complex, within: float) -> bool:
    return cmath.isclose(a, b, rel_tol=RELATIVE, abs_tol=within)


# --- Errors --------------------------------------------------------------------------------------


def failure_of(error: BaseException, answer: Any = None) -> Failure:
    """Put an exception into words, with the line of the student's own code that raised it."""
    try:
        words = _text(str(error))
    except Exception:  # its own __str__ fails
        words = ""
    words = words if isinstance(words, str) else words.text
    try:
        place = where(error, answer)
    except Exception:
        place = ""
    bases = frozenset(_name(base) for base in type(error).__mro__)
    return Failure(_name(type(error)), bases, words, place)


def where(error: BaseException, answer: Any) -> str:
    """The line of the student's own function or class that raised: 'line 3: `x = 1 / 0`'."""
    code = _code_of(answer)
    frames = traceback.extract_tb(error.__traceback__) if code else []
    own = [frame.lineno for frame in frames if frame.filename == code.co_filename]
    if not own or own[-1] is None:
        return ""
    line = linecache.getline(code.co_filename, own[-1]).strip()
    return f"line {own[-1]}: `{line}`" if line else f"line {own[-1]}"


def _code_of(answer: Any):
    """The code of a function, or of the first method that a class defines."""
    if not isinstance(answer, type):
        return getattr(answer, "__code__", None)
    methods = (getattr(value, "__code__", None) for value in vars(answer).values())
    return next(filter(None, methods), None)


# --- In words ------------------------------------------------------------------------------------


def described(value: Any) -> str:
    """Plain data in a few words, for a message."""
    if value is None:
        return "nothing (`None`)"
    if isinstance(value, Opaque):
        return value.text
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    text = written(value)
    longest = 400 if _is_table(value) else 60  # of a table the row that fails may be the last
    return f"`{text if len(text) <= longest else text[:57] + '…'}`"


def written(value: Any) -> str:
    """Plain data as Python writes it, but for numbers that nobody could read."""
    if isinstance(value, Opaque):
        return f"‹{value.text.replace('`', '')}›"
    if isinstance(value, np.ndarray):
        return f"‹array of shape {value.shape}›"
    if isinstance(value, set) and value:
        return f"{{{', '.join(sorted(written(item) for item in value))}}}"
    if type(value) is int and value.bit_length() > 400:
        return f"‹a whole number of about {math.ceil(value.bit_length() * 0.30103):,} digits›"
    if type(value) in (list, tuple):
        inside = ", ".join(written(item) for item in value[:100]) + ", …" * (len(value) > 100)
        if type(value) is list:
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


def _is_table(value: Any) -> bool:
    rows = isinstance(value, (list, tuple)) and len(value) > 0
    return rows and all(isinstance(row, (list, tuple)) for row in value)
