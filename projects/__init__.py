"""People, tenants, projects, grants, audit; the ports that upper apps fill."""
