"""Trainings that answer a question of the course, with their results as files."""
