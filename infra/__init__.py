"""The ground: one CDK stack holds one deployment, one construct holds one stage of the flow.

Imports aws_cdk, domain, and two front doors: functions.settings and model.config. A synth needs no
credentials; the network is needed once, for the packages of the Lambda layers.
"""
