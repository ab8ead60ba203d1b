"""Where workflows queue: the parallelism limits of the controller, and locks."""

from collections import Counter
from collections.abc import Mapping

import msgspec


class Throttle:
    """Lets so many workflows in at a time, over all and in each namespace; who came first is let in first."""

    def __init__(self, everywhere: int, by_namespace: Mapping[str, int], elsewhere: int) -> None:
        self.everywhere = everywhere
        """How many may be in at a time."""
        self._limits = by_namespace
        self._elsewhere = elsewhere
        self._inside: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._queues: dict[str, dict[str, int]] = {}
        self._arrivals = 0

    @property
    def inside(self) -> int:
        """How many are in."""
        return len(self._inside)

    @property
    def queued(self) -> int:
        """How many wait."""
        return sum(map(len, self._queues.values()))

    def limit(self, namespace: str) -> int:
        """How many of a namespace may be in at a time."""
        return self._limits.get(namespace, self._elsewhere)

    def enter(self, namespace: str, uid: str) -> bool:
        """Let somebody in, or queue them."""
        if self._has_room(namespace) and not self._queues.get(namespace):
            self._let_in(namespace, uid)
            return True
        self._arrivals += 1
        self._queues.setdefault(namespace, {})[uid] = self._arrivals
        return False

    def leave(self, namespace: str, uid: str) -> list[str]:
        """Let somebody out, or out of the queue; give those who come in for them."""
        if self._inside.pop(uid, None) is not None:
            self._counts[namespace] -= 1
        else:
            self._queues.get(namespace, {}).pop(uid, None)
        return self._refill()

    def _has_room(self, namespace: str) -> bool:
        return len(self._inside) < self.everywhere and self._counts[namespace] < self.limit(namespace)

    def _let_in(self, namespace: str, uid: str) -> None:
        self._inside[uid] = namespace
        self._counts[namespace] += 1

    def _refill(self) -> list[str]:
        admitted: list[str] = []
        while fronts := [
            (next(iter(queue.values())), namespace)
            for namespace, queue in self._queues.items()
            if queue and self._has_room(namespace)
        ]:
            _, namespace = min(fronts)
            queue = self._queues[namespace]
            uid = next(iter(queue))
            del queue[uid]
            self._let_in(namespace, uid)
            admitted.append(uid)
        return admitted


class Lock(msgspec.Struct, frozen=True):
    """A mutex, or a semaphore that a ConfigMap gives a size."""

    namespace: str
    name: str
    size: int = 1

    @property
    def title(self) -> str:
        """How the controller calls it."""
        place = f"Mutex/{self.name}" if self.size == 1 else f"ConfigMap/limits/{self.name}"
        return f"{self.namespace}/{place}"


class Locks:
    """Who holds which lock, and who waits for it, first come first served."""

    def __init__(self) -> None:
        self._holders: dict[Lock, set[str]] = {}
        self._queues: dict[Lock, dict[str, None]] = {}

    def waiting(self, lock: Lock) -> int:
        """How many wait for a lock."""
        return len(self._queues.get(lock, ()))

    def free(self, lock: Lock) -> int:
        """How many more could hold a lock."""
        return lock.size - len(self._holders.get(lock, ()))

    def take(self, lock: Lock, uid: str) -> bool:
        """Give a lock to somebody, or queue them."""
        if self.free(lock) > 0 and not self.waiting(lock):
            self._holders.setdefault(lock, set()).add(uid)
            return True
        self._queues.setdefault(lock, {})[uid] = None
        return False

    def release(self, lock: Lock, uid: str) -> list[str]:
        """Take a lock, or the place in its queue, from somebody; give those who get it now."""
        self._holders.get(lock, set()).discard(uid)
        queue = self._queues.get(lock, {})
        queue.pop(uid, None)
        granted: list[str] = []
        while queue and self.free(lock) > 0:
            next_one = next(iter(queue))
            del queue[next_one]
            self._holders.setdefault(lock, set()).add(next_one)
            granted.append(next_one)
        return granted
