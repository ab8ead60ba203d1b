"""Seeded lives of workflows that look like a company's, led in a history: what happens in the simulated cluster.

``World`` is pure of clocks: it does what is due by the moment it is told. What it is made of, from the ground up:

- ``blueprints``, ``fates``, ``argo``  templates, the nodes of one run, how Argo writes; benchmarks use these as well
- ``cast``, ``plans``      who plays, and what is to become of each workflow
- ``portrait``, ``manifests``, ``packing``  what the objects look like, moment by moment; how nodes are kept
- ``agenda``, ``gates``, ``cronschedule``  what is due when, who must wait, when cron fires
- ``troubles``             what goes wrong in the company while its API server is well
- ``controller``, ``crons``, ``crowd``, ``submitter``, ``retention``  who acts
- ``founding``, ``world``  how it begins, and all of it together
- ``tally``, ``readers``, ``books``  what happened, counted from the changes alone; and what of it nobody could see
- ``runner``               what keeps it going by the clock
"""

from exporter.simulator.scenario.books import Books
from exporter.simulator.scenario.runner import Runner
from exporter.simulator.scenario.troubles import TROUBLES, Troubles
from exporter.simulator.scenario.world import Options, World, is_crowded

__all__ = ["TROUBLES", "Books", "Options", "Runner", "Troubles", "World", "is_crowded"]
