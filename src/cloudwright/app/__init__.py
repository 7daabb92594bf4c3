"""The use cases of an app: plan, apply, drift, import, outputs and state administration.

`app` is what a program creates; `loading` finds it in a file; `runtime` composes the store, client, catalogue and
sealing key of one run. Each other module is one use case over these.
"""
