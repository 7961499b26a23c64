"""How good a model is, for people and for programs: a page that needs nothing else, and a card."""
