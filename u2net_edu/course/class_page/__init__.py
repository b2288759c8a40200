"""The teacher's page: what a whole class tried, guessed and still believes, in one offline file."""

from .page import write_class_page
from .reading import read_class

__all__ = ["read_class", "write_class_page"]
