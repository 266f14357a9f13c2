#!/bin/sh
# Checks what the built library asks of the process that loads it, and what it shows it:
#   - it exports the functions that Fluent Bit looks up, and besides these only what cgo needs;
#   - it needs no library but glibc's, and no glibc newer than GLIBC_MAX, which is that of Debian 12, of
#     Red Hat Enterprise Linux 9, and of the official Fluent Bit images;
#   - its stack is not executable.
#
#     internal/tools/abi-check.sh build/in_openai_audit.so
set -eu
library=${1:?usage: abi-check.sh LIBRARY}
max=${GLIBC_MAX:-2.34}
failed=0
fail() {
	echo "abi-check: $*" >&2
	failed=1
}

exported=$(nm -D --defined-only "$library" | awk '{ print $3 }')
for name in FLBPluginRegister FLBPluginInit FLBPluginInputCallback FLBPluginInputCleanupCallback FLBPluginExit; do
	echo "$exported" | grep -qx "$name" || fail "$name is not exported"
done
# What cgo cannot keep to itself: its own names, those of package runtime/cgo, C code of fluent-bit-go, and that of
# plugin/, whose names begin with oa_.
cgo='_cgo.*|x_cgo_.*|x_crosscall2_ptr|crosscall[12]|fatalf|input_get_property|oa_.*'
others=$(echo "$exported" | grep -vE "^(FLBPlugin[A-Za-z]+|$cgo)\$" || :)
[ -z "$others" ] || fail "exported beside the plugin's functions and cgo's:" $others
readelf -d "$library" | grep -q 'SYMBOLIC' || fail "names that another library has too may be taken from there: not linked -Bsymbolic"

needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
foreign=$(echo "$needed" | grep -vE '^(libc|libpthread|libdl|libresolv|ld-linux.*)\.so\.[0-9]+$' || :)
[ -z "$foreign" ] || fail "needs libraries that an image may not have:" $foreign

glibc=$(objdump -T "$library" | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -n 1)
glibc=${glibc#GLIBC_}
[ -n "$glibc" ] || fail "no GLIBC version found"
newest=$(printf '%s\n' "$glibc" "$max" | sort -V | tail -n 1)
[ "$newest" = "$max" ] || fail "needs glibc $glibc, which is newer than $max"

readelf -lW "$library" | grep -q 'GNU_STACK.* RW ' || fail "its stack is executable, or not declared"

echo "$library:" $(echo "$exported" | grep -c '^FLBPlugin') "FLBPlugin functions, needs glibc $glibc (at most $max) and" $needed
exit $failed
