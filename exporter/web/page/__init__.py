"""The live page at ``/``: its files, a JSON twin of each view under ``/api/v1/``, and a stream of what changes.

- ``sources``  what is asked of the rest of the program; ``objects`` and ``reports`` what it shows of those two
- ``page``     which path is answered by whom
- ``files``    what a browser loads; ``headers`` what it is told beside that
- ``replies``, ``reading``, ``rows``  answers as JSON, the parameters of a request, an object as a row
- ``overview``, ``informers``, ``tables``, ``lists``, ``cron``, ``search``, ``details``  the views
- ``live``     the stream
"""
