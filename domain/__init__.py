"""The words of the flow: events, features, windows, scores, artifacts; true without AWS or PyTorch.

Imports the standard library, and numpy where arrays are scored (snapshot, trends, window, graph,
blend, ranking). What the updaters import stays free of numpy, so that their bundle stays small.
"""
