"""All faults: what each one makes the service do, and its options."""

from __future__ import annotations

CATALOGUE: dict[str, str] = {
    # Reads; faults without a number have no entry in the catalogue of pitfalls
    "CC8": "reads show a property that is not set; property=NAME, value=TEXT",
    "CC9": "each read returns unordered arrays in another order",
    "CC14": "reads of distribution configurations echo empty lists, and updates that still hold them fail",
    "CC15": "reads also return the twin of a property; property=NAME, twin=NAME",
    "CC16": "reads return [null] for an array that is not set; property=NAME",
    "CC17": "reads return an empty string for a string that is not set; property=NAME",
    "CC30": "reads sort a list that the schema calls ordered; property=NAME",
    "CC31": "the service fills in properties that are not set, from the schema's defaults or property=NAME, value=TEXT",
    "CC33": "reads normalise policy documents: single strings for lists of one, keys sorted",
    "CC35": "reads alternate between the declared text and its value=TEXT; property=NAME",
    "CC38": "reads return numbers as strings; property=NAME",
    "CC41": "resources of types with cloudFormationSystemTags have an aws: tag that was not set",
    "CC46": "reads of a parent show a sub-object that a child wrote; property=NAME, value=TEXT",
    "CC47": "reads never return a declared property; property=NAME",
    "CC54": "GetResource answers NotFound for the first calls=N reads after a create (default 2)",
    "stale": "GetResource shows the former state, calls=N times after an update or a delete (default 2)",
    "CC86": "the read handler is broken: HandlerInternalFailureException, 500",
    # Writes
    "CC13": "updates merge: absent properties keep their old values; property=NAME narrows it to one property",
    "CC20": "a null anywhere in the model passes validation and ends in GeneralServiceException",
    "CC21": "for a union of string and object, only the string is accepted",
    "CC25": "updates always fail with InvalidRequest",
    "CC26": "new resources have a setting that no schema knows, and any update clears it; property=NAME, value=TEXT",
    "CC27": "aws: tags in a patched model are refused; mode=stripped refuses their absence instead",
    "CC34": "values are stored as the schema's propertyTransform says",
    "CC36": "values are stored in lower case; property=NAME",
    "CC37": "a name is stored as an ARN; property=NAME",
    "CC39": "the identifier is returned with a trailing dot",
    "CC44": "JSON texts are stored re-formatted; property=NAME",
    "CC48": "read-only modification times change with each update",
    "CC97": "tags can't be updated: NotUpdatableException",
    # Outcomes
    "CC49": "creates create the resource and fail with NotStabilized",
    "CC51": "creates fail with an Identifier and leave nothing",
    "CC52": "names are unique across all accounts",
    "CC53": "creates create the resource and report AlreadyExists",
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
    "fail": "operations fail before they have any effect; code=HANDLER_ERROR_CODE, message=TEXT",
    "fail-after": "operations fail after they have had their effect; code=HANDLER_ERROR_CODE, message=TEXT",
    # Progress
    "CC66": "the Identifier stays unknown for the first polls=N polls of a request (default 3), even after SUCCESS",
    "CC70": "a repeated client token gets ClientTokenConflictException, even for an equal request",
    "busy": "a client token repeated while its request runs gets ConcurrentOperationException; named=false hides "
    "which one",
    "CC71": "operations take seconds=S longer (default 30), so that they collide with other writers",
    "CC78": "a cancelled operation has already taken effect; exists=false: it never has",
    "CC79": "RetryAfter is a time long past; with seconds=S it is now plus S",
    "CC85": "entries of ListResourceRequests lack Operation",
    "pending": "requests are PENDING for the first half of their time",
    # Calls
    "CC68": "the answer to GetResourceRequestStatus is lost: the connection closes without one",
    "CC69": "an operation starts, and the connection closes before the answer; operation=ACTION narrows it",
    "CC74": "GetResourceRequestStatus answers ThrottlingException",
    "CC75": "every call answers ThrottlingException; operation=ACTION narrows it",
    "CC76": "DescribeType answers Throttling",
    "CC83": "calls answer ExpiredTokenException after calls=N of them (default 0)",
    "CC87": "types are unknown outside regions=A+B",
    "CC88": "types have no create handler",
    "CC24": "types have no update handler",
    "CC89": "lists show the resources of all Regions",
    "CC90": "list pages are empty but have a NextToken (use a count)",
    "refuse": "calls are refused with code=NAME, message=TEXT; operation=ACTION narrows it",
    "CC94": "calls answer AccessDeniedException",
    "deny": "calls of services other than Cloud Control are denied; type=SERVICE.ACCOUNT (such as ec2.222222222222, or "
    "*.222222222222) and operation=ACTION narrow it",
    # Builds of images
    "image-step": "a workflow step of an image build fails; type=STAGE (BUILD, TEST or DISTRIBUTION) and "
    "operation=STEP_NAME narrow it, reason=timeout or message=TEXT says why",
    "image-delivery": "a Region of a distribution fails; type=ACCOUNT.REGION and operation=STEP narrow it (COPY, "
    "ASSOCIATE_LICENSES, UPDATE_LAUNCH_TEMPLATES, PUT_SSM_PARAMETERS, UPDATE_FAST_LAUNCH_CONFIGURATIONS, EXPORT_AMI), "
    "status=FAILED, CANCELLED or TIMED_OUT, message=TEXT",
    "image-schedule": "AWS has disabled the pipelines, after failures=N failed scheduled builds in a row (default 5)",
    "assume": "roles can't be assumed; type=ARN narrows it, account=DIGITS returns another account's credentials",
}

ALIASES = {"CC29": "CC9", "CC59": "CC31", "CC77": "CC71", "CC96": "CC9"}
"""Pitfalls with the same cause as another one."""

NEEDED: dict[str, tuple[str, ...]] = {
    "CC15": ("property", "twin"),
    "CC35": ("property", "value"),
    **dict.fromkeys(
        ("CC8", "CC16", "CC17", "CC30", "CC36", "CC37", "CC38", "CC44", "CC46", "CC47"),
        ("property",),
    ),
    "CC87": ("regions",),
}
"""The required options of a fault."""

BUILT_IN: dict[str, str] = {
    "CC1": "always on: an operation above a create-only value is refused, even if the value stays equal",
    "CC2": "always on: pointers with * reach into lists and maps",
    "CC3": "always on for types with values that are hidden and create-only",
    "CC4": "always on: patches are applied, strictly, to what a read shows",
    "CC5": "always on: a hidden value that an update leaves out is cleared",
    "CC6": "always on: required properties are checked after the patch",
    "CC7": "always on: a read-only value in a patch is refused",
    "CC10": "always on: operations are applied one after the other",
    "CC11": "always on: hidden values stay where they are; GET /_cloudwright/resources shows them",
    "CC12": "always on: null is not a patch document",
    "CC18": "always on: keys with / and ~ are escaped as JSON Pointer asks",
    "CC19": "always on: types are strict",
    "CC22": "always on: integers have any size",
    "CC23": "always on for types with oneOf",
    "CC28": "always on for types with minItems",
    "CC32": "create the resource out of band: POST to /_cloudwright/resources",
    "CC40": "always on: Image Builder resolves wildcards of versions",
    "CC42": "change the resource out of band: PATCH to /_cloudwright/resources",
    "CC43": "not caused by the service: repeat the reads",
    "CC45": "change the resource out of band: PATCH to /_cloudwright/resources",
    "CC50": "always on: an identifier that is already taken is detected later, and the event contains it",
    "CC55": "always on: an identifier exists once in an account and Region",
    "CC58": "always on: siblings of a create-only value can be changed",
    "CC60": "always on: a delete of a missing resource is accepted, and fails later",
    "CC61": "always on: accounts and Regions share nothing",
    "CC64": "not caused by the service: a delete has no options",
    "CC67": "always on: identifiers are texts in schema order, or JSON objects",
    "CC84": "not caused by the service: stop the client",
    "CC91": "always on: a list that needs a parent is refused without one",
    "CC92": "always on: lists show identifiers only",
    "CC93": "always on: unknown types are refused, and accounts share nothing",
    "CC95": "always on: tags have the shape that each type gives them",
    "CC98": "not caused by the service: search the client's output for the secret",
    "CC99": "not caused by the service: search the client's output for the secret",
    "CC100": "always on: documents end at 262,144 characters, messages at 2,048",
    "CC102": "always on: a pattern that no regex engine understands is not checked",
    "CC103": "always on for types that contain themselves",
    "CC104": "not caused by the service: names collide in the client",
    "CC105": "always on: pointers to properties that do not exist are ignored",
    "CC106": "always on: required keys inside anyOf and oneOf count",
}
"""Pitfalls that need no switch, and why."""
