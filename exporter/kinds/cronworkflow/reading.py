"""What is read of a CronWorkflow: when it is due, what became of it so far, and what is wrong with it."""

from typing import Any

import msgspec

from exporter.kinds.apart import NULL, cut, read_as, read_members, read_meta, read_time
from exporter.kube.errors import Malformed
from exporter.store.delta import Document

STOPPED = "Stopped"
"""The phase of one that has reached the end that its ``stopStrategy`` set."""

ALLOW, FORBID, REPLACE, OTHER = "Allow", "Forbid", "Replace", "Other"
POLICIES = (ALLOW, FORBID, REPLACE, OTHER)
"""What becomes of a run while another is active; Other is one that Argo does not have."""


class CronWorkflow(msgspec.Struct, frozen=True):
    """What is kept of each CronWorkflow. Times are epoch seconds."""

    schedules: tuple[str, ...] = ()
    timezone: str = ""
    """Empty where the object names none."""
    suspended: bool = False
    stopped: bool = False
    active: int = 0
    """Workflows of it that have not ended."""
    created: int | None = None
    last_scheduled: int | None = None
    """The time for which it last submitted a workflow."""
    succeeded: int | None = None
    failed: int | None = None
    conditions: tuple[str, ...] = ()
    """What is wrong with it, as ``type: message``."""
    policy: str = ALLOW
    """One of ``POLICIES``."""
    conditional: bool = False
    """Whether an expression is asked before each run, whose answer nobody else knows."""

    @property
    def is_free(self) -> bool:
        """Whether it is run when its time comes, as far as that can be told."""
        return not (self.suspended or self.stopped or (self.policy == FORBID and self.active))


class _Condition(msgspec.Struct, gc=False):
    type: str = ""
    status: str = ""
    message: str = ""


_texts = msgspec.json.Decoder(str)
_lists = msgspec.json.Decoder(tuple[str, ...])
_switches = msgspec.json.Decoder(bool)
_numbers = msgspec.json.Decoder(int)
_sequences = msgspec.json.Decoder(list[msgspec.Raw])
_conditions = msgspec.json.Decoder(list[_Condition])


class _Part:
    """``spec`` or ``status`` of one object, to be read value by value."""

    def __init__(self, name: str, raw: bytes, problems: list[str]) -> None:
        self._name = name
        self._members = read_members(name, raw, problems)
        self._problems = problems

    def take(self, decoder: msgspec.json.Decoder[Any], member: str, article: str, otherwise: Any) -> Any:
        """Give a value, or another for what is missing or of another type."""
        found = read_as(decoder, f"{self._name}.{member}", article, self._members.get(member, NULL), self._problems)
        return otherwise if found is None else found


def read(body: bytes) -> Document:
    """Read a CronWorkflow's bytes; what is there and cannot be read is left out, and named in ``problem``.

    Raises:
        Malformed: not a JSON object with readable metadata.
    """
    # There are few of them and they change seldom, so each is taken apart, without a quicker way for regular ones.
    parts = cut(body)
    meta = read_meta(parts.get("metadata", NULL))
    if not meta.name:
        raise Malformed("an object without a name")
    problems: list[str] = []
    spec = _Part("spec", parts.get("spec", NULL), problems)
    status = _Part("status", parts.get("status", NULL), problems)
    last_scheduled = status.take(_texts, "lastScheduledTime", "a text", None)
    projection = CronWorkflow(
        schedules=_schedules(spec),
        timezone=spec.take(_texts, "timezone", "a text", ""),
        suspended=spec.take(_switches, "suspend", "true or false", otherwise=False),
        stopped=status.take(_texts, "phase", "a text", "") == STOPPED,
        active=len(status.take(_sequences, "active", "a list", ())),
        created=read_time("metadata.creationTimestamp", meta.creation_timestamp, problems),
        last_scheduled=read_time("status.lastScheduledTime", last_scheduled, problems),
        succeeded=status.take(_numbers, "succeeded", "a number", None),
        failed=status.take(_numbers, "failed", "a number", None),
        conditions=tuple(map(_in_words, filter(_is_wrong, status.take(_conditions, "conditions", "conditions", ())))),
        policy=_policy(spec.take(_texts, "concurrencyPolicy", "a text", "")),
        conditional=bool(spec.take(_texts, "when", "a text", "")),
    )
    return Document(meta, projection, meta.namespace, ", ".join(problems) or None)


def _schedules(spec: _Part) -> tuple[str, ...]:
    # Before Argo 3.6 there was one schedule; it may stand beside the list, which then counts.
    several: tuple[str, ...] = spec.take(_lists, "schedules", "a list of texts", ())
    one: str = spec.take(_texts, "schedule", "a text", "")
    return tuple(dict.fromkeys(several)) or ((one,) if one else ())


def _policy(text: str) -> str:
    return ALLOW if not text else next((policy for policy in POLICIES if policy == text), OTHER)


def _is_wrong(condition: _Condition) -> bool:
    return condition.status == "True" and condition.type.endswith("Error")


def _in_words(condition: _Condition) -> str:
    return f"{condition.type}: {condition.message}"
