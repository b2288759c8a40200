"""Lesson 02: our solutions."""
