"""`python -m growth_service.rebuild`: count anew what is counted from facts; `--check` only compares."""

from growth_service import rebuild
from shared_schema.rebuild.command import command

main = command("growth", rebuild.PARTS)

if __name__ == "__main__":
    main()
