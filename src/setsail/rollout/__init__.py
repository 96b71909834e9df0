"""An emergency rollout: works, crews, routes, a schedule through the stages, live changes, provisioning."""
