"""The AWS protocols of the services beside Cloud Control: requests into documents, documents into answers."""
