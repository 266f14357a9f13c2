#!/bin/sh
# Streams audit records to the terminal, until it is interrupted: `make run`, which has built what is needed.
#
#   - From the API with the key in OPENAI_ADMIN_KEY or in the file that OPENAI_ADMIN_KEY_FILE names; without a key,
#     from the simulator, an organization that does not exist.
#   - Through the Fluent Bit that FLUENT_BIT names or that is on the PATH, with conf/fluent-bit.yaml; without one,
#     through `openai-audit tail`, the same collector.
#
# Each run begins anew, OPENAI_AUDIT_START_FROM back in time: what it keeps lies in a directory of its own below
# build/run, and is gone with it.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
[ -t 2 ] || say() { printf '%s\n' "$*" >&2; }

mkdir -p build/run
dir=$(mktemp -d "$root/build/run/XXXXXX")
collector= simulator=
finish() {
	trap '' INT TERM
	for pid in $collector $simulator; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || :
	done
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The simulator says where it listens as soon as it does.
simulate() {
	build/openai-audit simulate -listen 127.0.0.1:0 -key sk-admin-simulated -rate 1 2>"$dir/simulator.log" &
	simulator=$!
	tries=0
	until OPENAI_BASE_URL=$(sed -n 's/^Simulating .* at \(http[^ ]*\) with key .*/\1/p' "$dir/simulator.log") &&
		[ -n "$OPENAI_BASE_URL" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ] || ! kill -0 "$simulator" 2>/dev/null; then
			echo "run: the simulator did not start:" >&2
			cat "$dir/simulator.log" >&2
			exit 1
		fi
		sleep 0.1
	done
	OPENAI_ADMIN_KEY=sk-admin-simulated
	OPENAI_AUDIT_START_FROM=${OPENAI_AUDIT_START_FROM:-5m}
	export OPENAI_BASE_URL OPENAI_ADMIN_KEY OPENAI_AUDIT_START_FROM
}

if [ -n "${OPENAI_ADMIN_KEY:-}${OPENAI_ADMIN_KEY_FILE:-}" ]; then
	source="${OPENAI_BASE_URL:-OpenAI's API}"
else
	simulate
	source="the SIMULATOR, for there is no OPENAI_ADMIN_KEY: no record is real"
fi

# The configuration needs what 5.0.6 brought: defaults of variables.
fluent_bit=${FLUENT_BIT:-$(command -v fluent-bit || :)}
if [ -n "$fluent_bit" ]; then
	"$fluent_bit" --version >"$dir/version"
	version=$(sed -n 's/.*v\([0-9][0-9.]*\).*/\1/p' "$dir/version" | head -n 1)
	if [ "$(printf '%s\n' 5.0.6 "$version" | sort -V | head -n 1)" != 5.0.6 ]; then
		say "$fluent_bit is version $version; conf/fluent-bit.yaml needs 5.0.6 or later."
		fluent_bit=
	fi
fi

if [ -n "$fluent_bit" ]; then
	say "Fluent Bit $version ($fluent_bit) reads from $source. Ctrl-C ends it."
	printf '[PLUGINS]\n    Path %s\n' "$root/build/in_openai_audit.so" >"$dir/plugins.conf"
	export OPENAI_AUDIT_PLUGINS="$dir/plugins.conf" OPENAI_AUDIT_DB="$dir/state.db" OPENAI_AUDIT_STORAGE="$dir/storage"
	# 2020, the usual one, may be that of another Fluent Bit.
	export OPENAI_AUDIT_HTTP_PORT="${OPENAI_AUDIT_HTTP_PORT:-$((20000 + $$ % 12000))}"
	"$fluent_bit" -c conf/fluent-bit.yaml &
else
	say "No Fluent Bit here: openai-audit tail reads from $source. Ctrl-C ends it."
	set --
	[ -z "${OPENAI_ADMIN_KEY_FILE:-}" ] || set -- "$@" -p "api_key_file=$OPENAI_ADMIN_KEY_FILE"
	[ -z "${OPENAI_BASE_URL:-}" ] || set -- "$@" -p "base_url=$OPENAI_BASE_URL"
	[ -z "${OPENAI_AUDIT_START_FROM:-}" ] || set -- "$@" -p "start_from=$OPENAI_AUDIT_START_FROM"
	build/openai-audit tail "$@" &
fi
collector=$!
wait "$collector"
