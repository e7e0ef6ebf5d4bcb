"""Local fakes of the four platforms' HTTP APIs, as strict as the real ones, with a page to look at them.

Knows nothing of the program: it is reached by settings alone, as the vendors are.
"""
