"""The verbs of the command line, one in each file: `do(options, rest) -> exit code`.

What a verb needs it imports inside `do`: nothing heavy is loaded before the words are understood.

options: the parsed words; rest: those that argparse did not know, settings and hyper-parameters.
Printing is done here and nowhere else in the lab. An error is an exception: lab.__main__ makes one
line of it.
"""
