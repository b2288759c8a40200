"""The interactive widgets: one Python file each, with its .js and .css beside it."""
