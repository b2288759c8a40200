"""Lesson 06: our solutions."""
