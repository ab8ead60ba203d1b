"""What is read from the cache over HTTP, in the API server's own dialect.

- ``paths``     which resource, namespace and name a path means
- ``question``  what the query of a list asks for
- ``selection`` which objects meet it: an index narrows, the rest filters
- ``shapes``    how the answer is written: objects, their metadata, or a table (``table``)
- ``objects``, ``lists``, ``batch``  who answers
"""
