"""Exercises that understand mistakes, guesses before running, and the student's progress."""
