"""Seeded lives of workflows that look like a company's, led in a history: what happens in the simulated cluster.

``World`` is pure of clocks: it does what is due by the moment it is told. What it is made of, from the ground up:

- ``blueprints``, ``fates``, ``lives``  templates and finished lives, drawn from a seed; benchmarks use these alone
- ``cast``, ``plans``      who plays, and what is to become of each workflow
- ``portrait``, ``manifests``  what the objects look like, moment by moment
- ``agenda``, ``gates``, ``clockwork``  what is due when, who must wait, when cron fires
- ``controller``, ``crons``, ``crowd``, ``office``, ``broom``  who acts
- ``founding``, ``world``  how it begins, and all of it together
- ``books``, ``runner``    what happened, counted from the changes alone; and what keeps it going by the clock
"""

from exporter.simulator.scenario.books import Books
from exporter.simulator.scenario.runner import Runner
from exporter.simulator.scenario.world import Options, World

__all__ = ["Books", "Options", "Runner", "World"]
