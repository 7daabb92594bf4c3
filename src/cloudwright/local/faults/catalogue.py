"""The faults there are: what each one makes the service do, and the options it takes."""

from __future__ import annotations

CATALOGUE: dict[str, str] = {
    # Reads
    "CC8": "reads show a property that nobody set; property=NAME, value=TEXT",
    "CC9": "unordered arrays come back in another order on each read",
    "CC14": "reads of distribution configurations echo empty lists, and updates that still hold them fail",
    "CC15": "reads return the twin of a property beside it; property=NAME, twin=NAME",
    "CC16": "reads echo [null] for an array nobody set; property=NAME",
    "CC17": "reads echo an empty string for a string nobody set; property=NAME",
    "CC30": "reads sort a list that the schema calls ordered; property=NAME",
    "CC31": "the service fills properties nobody set, from the schema's defaults or property=NAME, value=TEXT",
    "CC33": "reads normalise policy documents: single strings for lists of one, keys sorted",
    "CC35": "reads alternate between the declared text and its value=TEXT; property=NAME",
    "CC38": "reads return numbers as strings; property=NAME",
    "CC41": "resources of types with cloudFormationSystemTags carry an aws: tag nobody set",
    "CC46": "reads of a parent show a sub-object that a child wrote; property=NAME, value=TEXT",
    "CC47": "reads never return a declared property; property=NAME",
    "CC54": "GetResource answers NotFound for the first calls=N reads after a create (default 2)",
    "CC86": "the read handler is broken: HandlerInternalFailureException, 500",
    # Writes
    "CC13": "updates merge: a property that is absent keeps its old value",
    "CC20": "a null anywhere in the model passes validation and ends in GeneralServiceException",
    "CC21": "of a union of string and object only the string is accepted",
    "CC25": "updates always fail with InvalidRequest",
    "CC27": "aws: tags in a patched model are refused; mode=stripped refuses their absence instead",
    "CC34": "values are stored as the schema's propertyTransform says",
    "CC36": "values are stored in lower case; property=NAME",
    "CC37": "a name is stored as an ARN; property=NAME",
    "CC39": "the identifier comes back with a trailing dot",
    "CC44": "JSON texts are stored re-formatted; property=NAME",
    "CC48": "read-only times of change move with each update",
    "CC97": "tags can't be updated: NotUpdatableException",
    # Outcomes
    "CC49": "creates make the resource and fail with NotStabilized",
    "CC51": "creates fail, carry an Identifier and leave nothing",
    "CC52": "names are unique over all accounts",
    "CC53": "creates make the resource and report AlreadyExists",
    "CC56": "one resource of the type per account and Region; property=NAME makes it one per parent",
    "CC57": "updates that change a conditionally create-only property fail with NotUpdatable",
    "CC62": "deletes fail with ResourceConflict (use a count)",
    "CC63": "deletes fail while DeletionProtection or DeletionProtectionEnabled is true",
    "CC65": "an update changes the identifier; suffix=TEXT",
    "CC72": "operations fail with Throttling",
    "CC73": "operations fail with GeneralServiceException and the text 'Rate exceeded'",
    "CC80": "creates fail while a role they name is younger than seconds=S (default 10)",
    "CC81": "operations fail with InvalidCredentials and the text of a bad security token",
    "CC82": "operations fail with InvalidRequest (use a count)",
    "CC101": "a hook stops operations with FAILED; mode=WARN only warns",
    # Progress
    "CC66": "the Identifier stays unknown for the first polls=N looks at a request (default 3), even after SUCCESS",
    "CC70": "a repeated client token is answered ClientTokenConflictException even for an equal request",
    "CC78": "a cancelled operation has already taken effect; exists=false: it never has",
    "CC79": "RetryAfter is a time long past; seconds=S moves it from now instead",
    "CC85": "entries of ListResourceRequests lack Operation",
    "pending": "requests are PENDING for the first half of their time",
    # Calls
    "CC74": "GetResourceRequestStatus answers ThrottlingException",
    "CC75": "every call answers ThrottlingException; operation=ACTION narrows it",
    "CC76": "DescribeType answers Throttling",
    "CC83": "calls answer ExpiredTokenException after calls=N of them (default 0)",
    "CC87": "types are unknown outside regions=A+B",
    "CC88": "types have no create handler",
    "CC24": "types have no update handler",
    "CC89": "lists show the resources of all Regions",
    "CC90": "list pages come empty but carry a NextToken (use a count)",
    "CC94": "calls answer AccessDeniedException",
}

ALIASES = {"CC29": "CC9", "CC59": "CC31", "CC96": "CC9"}
"""Pitfalls that the same behaviour of the service causes."""
