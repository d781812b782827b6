"""The exit codes of the command line, and the errors that carry one."""

OK, FOUND, USAGE, LATER, NOTHING_DONE, LOOK = range(6)


class Stopped(Exception):
    """A command could not do what it was asked to do. The message is for the operator, `exit_code` for a program."""

    exit_code = NOTHING_DONE
