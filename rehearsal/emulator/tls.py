"""Loopback HTTP counts as TLS, or policies that demand TLS would deny every call here."""

import ministack.app as app
import ministack.core.iam_evaluator as evaluator


def install() -> None:
    """Tell the evaluator that each request came over TLS."""
    original = evaluator.pin_request_origin

    def pin(source_ip: str, _secure: bool) -> None:
        original(source_ip, True)

    evaluator.pin_request_origin = pin
    app.pin_request_origin = pin
