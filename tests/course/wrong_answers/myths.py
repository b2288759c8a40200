"""The notebook of myths has no exercises to write, so nothing to write wrongly."""

WRONG: dict[str, list] = {}
"""Exercise → [(a wrong answer, words of its message)]."""
