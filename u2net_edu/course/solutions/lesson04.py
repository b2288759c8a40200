"""Lesson 04: our solutions."""
