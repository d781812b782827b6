"""The streams of migrations, one per owner of tables, and the tool that runs them: `python -m migrations`."""
