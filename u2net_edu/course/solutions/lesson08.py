"""Lesson 08: our solutions."""
