"""The folder that is published as `headwater-client`; callers import `headwater_client`."""
