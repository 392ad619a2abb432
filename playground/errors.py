"""The one exception whose text a person reads."""


class UserError(Exception):
    """Something a person can mend; its text is one sentence: what is wrong and what to do."""
