"""The one error of the package."""


class WeirError(Exception):
    """What input, files or their state can cause, as one sentence.

    ``code`` is stable: ``invalid_argument``, ``configuration``, ``not_found``, ``invalid_data``, ``damaged``, ``io``,
    ``out_of_range``, ``state`` ...

    >>> import weir
    >>> try:
    ...     weir.open_model("no/such/model.json")
    ... except weir.WeirError as error:
    ...     print(error.code)
    not_found
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return self.message
