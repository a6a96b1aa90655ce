# make demo   bakes a shop with the default answers and serves it at http://127.0.0.1:8000
# make test   installs what the tests need and runs all of them

.PHONY: demo test lint messages screenshots services

UV := $(if $(shell command -v uv 2>/dev/null),uv,.uv/bin/uv)
OWN_UV := $(filter .uv/%,$(UV))
# The baked site's own make finds it there.
export PATH := $(PATH):$(CURDIR)/.uv/bin

# Trust what the system trusts, such as the certificate of a company's proxy.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS := 1
endif

demo: $(OWN_UV)
	@rm -rf .demo
	@$(UV) run -q --no-dev cookiecutter --no-input --output-dir .demo .
	@$(MAKE) --no-print-directory -C .demo/my_shop run

test: services lint
	$(UV) run pytest -n 3 --dist worksteal $(ARGS)

lint: $(OWN_UV)
	$(UV) run ruff check --no-cache
	$(UV) run ruff format --check --no-cache

# Bring the site's catalogues up to date with its texts; then translate what is new there.
messages: $(OWN_UV)
	$(UV) run -q --with django~=5.2.16 sh -c 'cd "<<cookiecutter.project_slug>>" \
		&& django-admin makemessages --all --no-location --no-obsolete \
		&& django-admin compilemessages'

# Take the README's pictures anew, of a site with the default answers.
screenshots: $(OWN_UV)
	@rm -rf .demo
	@$(UV) run -q --no-dev cookiecutter --no-input --output-dir .demo .
	@$(MAKE) --no-print-directory -C .demo/my_shop browser
	@cd .demo/my_shop && uv run -q python "$(CURDIR)/docs/screenshots.py"

# The servers and the browser that the tests run the baked sites on. Most run on Valkey, which
# comes from PyPI; Redis is for those that need TLS, which that Valkey does not have.
services:
	@sh tests/install_services.sh

.uv/bin/uv:
	@command -v python3 >/dev/null \
		|| { echo "Python is missing. To install it: sudo apt install python3 python3-pip"; exit 1; }
	@python3 -m pip --version >/dev/null 2>&1 \
		|| { echo "pip is missing. To install it: sudo apt install python3-pip"; exit 1; }
	@echo "Installing uv into .uv"
	@python3 -m pip install -q --root-user-action=ignore --target .uv uv
