"""What students first write in notebook 04."""

WRONG: dict[str, list] = {}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
