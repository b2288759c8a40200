"""The network, and nothing else: a table of stages and the modules that it builds."""
