"""Lesson 05: our solutions."""
