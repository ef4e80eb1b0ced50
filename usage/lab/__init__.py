"""The edition lab's decisions: what a change of an edition would do, why a score moved, what scores foretold.

Pure: Polars and the standard library, nothing of Django. The services read, these decide, the pages show.
"""
