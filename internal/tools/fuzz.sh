#!/bin/sh
# Fuzzes every target of the project for the given time each, one after the other. What a target finds, go test
# writes into the testdata of its package, from where it is run as an ordinary test from then on: commit it.
#
#     internal/tools/fuzz.sh 30s
set -eu
cd "$(dirname "$0")/../.."
time=${1:?usage: fuzz.sh TIME}

targets=$(grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' internal plugin | sort)
[ -n "$targets" ] || {
	echo "fuzz: no target found" >&2
	exit 1
}

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
echo "$targets" | while IFS= read -r line; do
	dir=$(dirname "${line%%:*}")
	name=${line##* }
	echo "$dir $name"
	{
		status=0
		${GO:-go} test "./$dir" -run '^$' -fuzz "^$name\$" -fuzztime "$time" </dev/null || status=$?
		echo "$status" >"$log/status"
	} 2>&1 | tee "$log/output"
	[ "$(cat "$log/status")" -ne 0 ] || continue
	# At the end of the time, go test now and then takes the end itself for a failure (golang.org/issue/75804). One
	# that is found has an input.
	if grep -q '^ *context deadline exceeded$' "$log/output" && ! grep -q 'Failing input' "$log/output"; then
		echo "$name: the time was up, and nothing was found"
		continue
	fi
	exit 1
done
