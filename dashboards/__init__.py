"""Four Grafana dashboards over the exporter's metrics, written as code; the JSON beside them is what this code writes.

``shapes`` makes every expression, so that no panel can count replicas twice or divide what must not be divided;
``panels`` makes the panels, ``frame`` what is around them; one file for each dashboard says what stands where; ``json``
holds what is imported into Grafana; ``drawing`` draws the same files without one.
"""
