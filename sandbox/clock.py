"""The sandbox's own time: real time plus an offset that may be moved on."""

import time
from datetime import UTC, datetime


class SandboxClock:
    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def seconds(self) -> float:
        return time.time() + self.offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def advance(self, seconds: float) -> None:
        self.offset += seconds
