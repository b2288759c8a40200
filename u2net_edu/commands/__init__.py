"""`u2net-edu`: one file a command. Each reads its arguments, calls one function, prints text."""
