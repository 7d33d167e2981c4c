#!/bin/sh
# Keeps the CRLs of nginx fresh: fetches crl-chain.pem (every CA of the chain; nginx refuses all clients while one is
# missing), puts it in place whole, and reloads nginx when it has changed. A failed fetch keeps the file that is there.
#
#   CRL_URL                 where crl-chain.pem is
#   CRL_FILE                where nginx reads it
#   CRL_INTERVAL_SECONDS    between two fetches
#
# In the nginx image this lies in /docker-entrypoint.d and runs before nginx: it waits for the first CRL and leaves the
# loop behind in the background. Elsewhere run it with `once` before nginx starts and with `loop` beside it.
set -eu

: "${CRL_URL:?the URL of crl-chain.pem}"
CRL_FILE=${CRL_FILE:-/var/cache/nginx/crl-chain.pem}
CRL_INTERVAL_SECONDS=${CRL_INTERVAL_SECONDS:-60}

# Succeeds when a CRL is in place; prints "changed" when it is another one than before.
fetch() {
  new="$CRL_FILE.new"
  curl --silent --show-error --fail --max-time 30 --output "$new" "$CRL_URL" || return 1
  if ! grep -q -e '-----END X509 CRL-----' "$new"; then
    echo "refresh-crl: $CRL_URL gave no CRL" >&2
    return 1
  fi
  if cmp -s "$new" "$CRL_FILE"; then
    rm -f "$new"
    return 0
  fi
  mv "$new" "$CRL_FILE"
  echo changed
}

loop() {
  while sleep "$CRL_INTERVAL_SECONDS"; do
    if [ "$(fetch)" = changed ]; then
      if nginx -t -q; then nginx -s reload; fi
    fi
  done
}

case ${1:-start} in
  loop)
    loop
    ;;
  once)
    until fetch >/dev/null; do sleep 1; done
    ;;
  start)
    until fetch >/dev/null; do sleep 1; done
    loop &
    ;;
  *)
    echo "usage: $0 [start|once|loop]" >&2
    exit 64
    ;;
esac
