"""What the bot means: words and rules. Pure; standard library only.

person      a human; has accounts, at most one per platform
account     one platform's user record
primary     the platform where a person writes and reads every day; home
link        (a sync) person + secondary platform + stand-in + state
stand-in    what represents a person on a secondary platform
grant       what a platform gave when somebody clicked Allow
dm          the direct conversation of two persons; has one leg per platform
copy        one platform's message that shows a given message; long ones have several parts
event       something that has happened (past tense); order: something we ask for (imperative)
job         a row that holds an order until it has been carried out
"""
