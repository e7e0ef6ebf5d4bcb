"""Semaphore's markup is none: plain text both ways."""

from bot.text import RichText, of, plain


def read(words: str) -> RichText:
    return of(words)


def write(text: RichText) -> str:
    return plain(text)
