"""What callers embed: a browser module and a Python client. It imports nothing of other rooms."""
