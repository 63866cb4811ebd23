"""What agent frameworks talk to: a scope, tools, write-back; one module a framework."""
