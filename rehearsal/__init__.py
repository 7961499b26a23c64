"""The deployment rehearsed: the real CDK CLI, the real template, roles that are enforced.

May import local, whose stream pump and job runner speak to any AWS API; nothing imports it.
"""
