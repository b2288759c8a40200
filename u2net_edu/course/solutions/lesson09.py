"""Lesson 09: our solutions."""
