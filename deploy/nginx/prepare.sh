#!/bin/sh
# Makes what nginx needs from Touchmark, once: its own key and certificate, and the CAs whose devices it accepts.
# Runs where the home of Touchmark is, hence as its administrator. What is there is left alone; to renew the server
# certificate (90 days by default) remove server.pem and run this again.
set -eu
umask 022

directory=${RELYING_PARTY_DIRECTORY:-/relying-party}
server_name=${SERVER_NAME:-relying-party}

if [ ! -s "$directory/server.pem" ]; then
  # With --overwrite, because a key without a certificate may be left from a run that was cut off.
  touchmark cert issue --profile server --cn "$server_name" --san "dns:$server_name" \
    --key "$directory/server.key" --cert "$directory/server.pem" --overwrite
fi

# Fetched over TLS that the home's own root verifies, not over the plain public listener: this is what nginx will trust.
for authority in issuing root; do
  touchmark ca show "$authority" -o pem
done >"$directory/device-cas.pem.new"
mv "$directory/device-cas.pem.new" "$directory/device-cas.pem"
