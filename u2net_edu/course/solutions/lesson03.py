"""Lesson 03: our solutions."""
