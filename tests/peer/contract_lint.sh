#!/bin/sh
# The contracts that we write must pass the lint of datacontract-cli, which others use (pip install datacontract-cli==1.2.*).
# usage: contract_lint.sh PATH/TO/write_contract; 77 = skipped
set -eu
writer=$1
lint=${WEIR_DATACONTRACT:-datacontract}
if ! command -v "$lint" > /dev/null 2>&1; then
  echo "skipped: datacontract-cli is not installed"
  exit 77
fi
if [ -z "${WEIR_DATA:-}" ]; then
  echo "skipped: no data"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for file in "$WEIR_DATA"/maven_crm/*.csv "$WEIR_DATA"/olist/*.csv "$WEIR_DATA"/fivetran_hubspot/contact_data.csv; do
  name=$(basename "$file" .csv)
  "$writer" "$file" "$name" > "$folder/$name.yaml"
  # The tool ends with 0 for an unfit schema as well: its words count.
  "$lint" lint "$folder/$name.yaml" > "$folder/$name.txt" 2>&1 || { cat "$folder/$name.txt"; echo "FAILED: $name"; exit 1; }
  if ! grep -q "valid" "$folder/$name.txt" || grep -q "invalid" "$folder/$name.txt"; then
    cat "$folder/$name.txt"
    echo "FAILED: $name"
    exit 1
  fi
  echo "ok: $name"
done
