"""From a notebook's cells to the program: the statements that the asked names rest on."""
