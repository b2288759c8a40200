"""Traits for what a caller sets: each refuses what it cannot take in one sentence, by its name."""

from collections.abc import Iterable

import traitlets

from ....architecture.checks import number, whole


class SettingError(traitlets.TraitError, ValueError):
    """A setting that a widget cannot take: what was expected, and what came."""


class Whole(traitlets.Int):
    """A whole number between bounds; neither True nor 3.0 is one."""

    def __init__(self, default: int, low: int, high: int, **kwargs):
        super().__init__(default, min=low, max=high, **kwargs)
        self.bounds = low, high

    def validate(self, obj, value):
        return self.check(str(self.name), value)

    def check(self, name: str, value) -> int:
        """Raises: SettingError."""
        try:
            return whole(name, value, *self.bounds)
        except ValueError as error:
            raise SettingError(str(error)) from None

    def info(self) -> str:
        return "a whole number, {} … {}".format(*self.bounds)


class Wholes(traitlets.List):
    """Whole numbers, each within the bounds of `each`; `lengths`: how many at least and at most."""

    def __init__(self, each: Whole, default: list[int], lengths: tuple[int, int], **kwargs):
        super().__init__(each, default, minlen=lengths[0], maxlen=lengths[1], **kwargs)
        self.each, self.lengths = each, lengths

    def validate(self, obj, value):
        low, high = self.lengths
        many = isinstance(value, Iterable) and not isinstance(value, str)
        listed = list(value) if many else []
        if not many or not low <= len(listed) <= high:
            least, most = self.each.bounds
            raise SettingError(
                f"{self.name} is a list of {low} … {high} whole numbers, {least} … {most} each; "
                f"got {value!r}."
            )
        return [self.each.check(f"{self.name}[{i}]", one) for i, one in enumerate(listed)]


class Number(traitlets.Float):
    """A finite number between bounds."""

    def __init__(self, default: float, low: float, high: float, **kwargs):
        super().__init__(default, min=low, max=high, **kwargs)
        self.bounds = low, high

    def validate(self, obj, value):
        low, high = self.bounds
        try:
            return number(str(self.name), value, least=low, most=high)
        except ValueError as error:
            raise SettingError(str(error)) from None
