# The tasks of this repository, for the virtual environment that is active.
# CONTRIBUTING.md says when to run which; .ci/run runs them all.

.PHONY: check test docs lowest schemas lock

check: ## lint, format, types, the order of imports
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test: ## every test, with its coverage
	pytest -q -n auto --dist loadfile --cov=vbq --cov-report=term:skip-covered

docs: ## what the documentation says is true: examples, links, names, flags, fields
	pytest -q tests/test_docs.py tests/test_public_api.py
	pytest -q --doctest-modules --doctest-glob='*.md' src/vbq docs

lowest: ## the oldest versions that pyproject.toml allows
	uv venv -q --clear .venv-lowest
	uv pip install -q -p .venv-lowest --resolution lowest-direct ".[test]"
	.venv-lowest/bin/pytest -q -n auto --dist loadfile -W default

schemas: ## renew the shipped JSON Schemas
	python tools/schemas.py

lock: ## renew the lock after a change of dependencies
	uv pip compile pyproject.toml --extra dev --python-version 3.11 \
	  --no-emit-index-url --no-header --no-annotate -o requirements.lock
