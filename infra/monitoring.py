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
    """Dashboard, alarms, budget, and the topic that they speak to."""

    def __init__(
        self, scope: Construct, id_: str, *, ground: Ground, events: EventStream,
        api: Counted,
    ) -> None:
        super().__init__(scope, id_)
        deployment = ground.deployment
        measures = Measures(deployment.name, ground.runtime, ground.storage, events, api)
        topic = make_topic(self, deployment.alarm_email)
        alarms = watch(self, deployment.name,
                       promises(deployment, ground.runtime, measures), topic)
        if deployment.monthly_budget_usd:
            make_budget(self, deployment.name, deployment.monthly_budget_usd, topic)
        make_dashboard(self, deployment.name, measures, alarms)
        stack = cdk.Stack.of(self)
        self.dashboard_url = (f"https://{stack.region}.console.aws.amazon.com/cloudwatch/home"
                              f"?region={stack.region}#dashboards/dashboard/{deployment.name}")
