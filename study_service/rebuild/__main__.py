"""`python -m study_service.rebuild`: count anew what is counted from facts; `--check` only compares."""

from shared_schema.rebuild.command import command
from study_service import rebuild

main = command("study", rebuild.PARTS)

if __name__ == "__main__":
    main()
