"""SNS: the topic that the deployment's owner listens to, the one of its alarms."""

from typing import Any

from functions.aws import CONFIG, Patience, sns


class Notices:
    """The topic."""

    def __init__(
        self, topic_arn: str, client: Any = None, config: Patience = CONFIG
    ) -> None:
        self._client = client or sns(config)
        self._topic_arn = topic_arn

    def say(self, subject: str, text: str) -> None:
        """Send it to whoever listens. raises: a `WorldError`, when it is not taken.

        subject: at most 99 characters of ASCII, in one line. text: 256 KB at most.
        source: AWS, "Publish" (SNS API).
        """
        self._client.publish(TopicArn=self._topic_arn, Subject=subject, Message=text)
