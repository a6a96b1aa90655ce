#!/bin/sh
# Install those of Memcached, nginx, PostgreSQL, Redis, SQLite's shell, gettext and Chromium
# that are not there.

missing=
command -v memcached >/dev/null || missing="$missing memcached"
PATH="$PATH:/usr/sbin" command -v nginx >/dev/null || missing="$missing nginx-light"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v msgmerge >/dev/null || missing="$missing gettext"
command -v sqlite3 >/dev/null || missing="$missing sqlite3"
# Ubuntu's package is a snap; there the site's own tests get Playwright's Chromium.
if ! grep -q '^ID=ubuntu' /etc/os-release; then
    shell=chromium-headless-shell
    command -v $shell >/dev/null || missing="$missing $shell"
fi
[ -z "$missing" ] && exit 0

install="apt-get update -q && apt-get install -y -q --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    log=$(mktemp)
    echo "Installing$missing"
    DEBIAN_FRONTEND=noninteractive sh -c "$install" >"$log" 2>&1 && exit 0
    tail -n 20 "$log"
fi
echo "The tests need$missing. To install:"
echo "    sudo sh -c '$install'"
exit 1
