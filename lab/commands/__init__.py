"""The verbs of the command line, one in each file: `do(options, rest) -> exit code`.

What a verb needs it imports inside `do`: nothing heavy is loaded before the words are understood.
"""
