"""Lesson 07: our solutions."""
