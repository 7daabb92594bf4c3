"""The AWS protocols of the services other than Cloud Control: parse requests, serialize answers."""
