"""Fills the new cloud through its own APIs. Every step is idempotent.

identity    projects, users, roles, services, endpoints, EC2 credentials
resources   flavors, image, volume type, networks, routers
ready       waits until agents and computes are alive; zones
describe    writes what tests read
"""
import importlib
import sys

STEPS = ("identity", "resources", "ready", "describe")

if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
    sys.exit("usage: bootstrap " + " | ".join(STEPS))
importlib.import_module(sys.argv[1]).run()
