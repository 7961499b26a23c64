"""Is everything that a policy allows needed? Take it away, and see what fails."""
