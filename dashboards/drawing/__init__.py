"""Draws the dashboards without Grafana: asks a Prometheus what each panel asks, and puts the answers on one page.

It shows what is in the data, not how Grafana looks: ``data`` asks, ``page`` writes one page that needs nothing else,
``draw`` takes its picture with Chromium.
"""
