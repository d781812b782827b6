"""Figures for Prometheus, right across the worker processes of a service.

`series` has every series and counts, `seats` gives each worker its files, `text` is what a scrape gets.
"""
