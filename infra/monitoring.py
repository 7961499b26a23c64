"""What an owner asks, answered by one dashboard; what an owner must be told, by alarms."""

import aws_cdk as cdk
from constructs import Construct

from infra.alarms import make_topic, watch
from infra.api import Counted
from infra.budget import make_budget
from infra.dashboard import make_dashboard
from infra.ground import Ground
from infra.measures import Measures
from infra.promises import promises
from infra.stream import EventStream


class Monitoring(Construct):
    """The topic that an owner listens to, and what is watched: dashboard, alarms, budget."""

    def __init__(self, scope: Construct, id_: str, *, ground: Ground) -> None:
        super().__init__(scope, id_)
        self._ground = ground
        self.topic = make_topic(self, ground.deployment.alarm_email)

    def watch(self, *, events: EventStream, api: Counted) -> None:
        """Of all functions there are by now."""
        ground, deployment = self._ground, self._ground.deployment
        measures = Measures(deployment.name, ground.runtime, ground.storage, events, api)
        alarms = watch(self, deployment.name,
                       promises(deployment, ground.runtime, measures), self.topic)
        if deployment.monthly_budget_usd:
            make_budget(self, deployment.name, deployment.monthly_budget_usd, self.topic)
        make_dashboard(self, deployment.name, measures, alarms)

    @property
    def dashboard_url(self) -> str:
        """Where the dashboard is seen."""
        stack = cdk.Stack.of(self)
        return (f"https://{stack.region}.console.aws.amazon.com/cloudwatch/home"
                f"?region={stack.region}#dashboards/dashboard/{self._ground.deployment.name}")
