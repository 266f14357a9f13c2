#!/bin/sh
# Looks for known vulnerabilities in what the library and the command call. A vulnerability is a failure. Where the public
# database cannot be reached, nothing is checked, and a line says so; GOVULNDB names another database, such as
# file:///path/to/a/copy, which has to be there.
#
#     internal/tools/vulncheck.sh
set -u
cd "$(dirname "$0")/../.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
build/tools/govulncheck ${GOVULNDB:+-db "$GOVULNDB"} ./plugin >"$log" 2>&1 || status=$?
if [ "$status" -ne 0 ] && [ -z "${GOVULNDB:-}" ] && grep -q '^govulncheck: fetching vulnerabilities: ' "$log"; then
	echo "vulncheck: NOT CHECKED for vulnerabilities: $(sed -n 's/^govulncheck: fetching vulnerabilities: //p' "$log" | head -n 1)"
	exit 0
fi
cat "$log"
exit "$status"
