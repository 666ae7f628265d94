#!/usr/bin/env bash
# An authority and certificates for Envoy and Oarlock, for trying mutual TLS out; they last a year.
set -euo pipefail
folder=${1:-$(dirname "$0")/certs}
mkdir -p "$folder"
cd "$folder"
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" 2>/dev/null; }
key ca
openssl req -x509 -new -key ca.key -days 365 -subj '/CN=Example authority' -out ca.crt
for name in envoy oarlock; do
  key "$name"
  openssl req -new -key "$name.key" -subj "/CN=$name" -out "$name.csr"
  openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out "$name.crt" \
    -extfile <(echo "subjectAltName=DNS:$name.internal") 2>/dev/null
  rm "$name.csr"
done
