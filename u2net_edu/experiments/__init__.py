"""Experiments that answer a question of the course."""
