"""Configuration as files: editions, playbooks, triggers and additions to the dictionary, written and taken back.

stored ──> export ──> files ──> plan ──> apply ──> the services that the admin calls
"""
