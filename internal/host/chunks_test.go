package host

import (
	"slices"
	"testing"
)

func TestChunkFiles(t *testing.T) {
	t.Parallel()
	const maps = `5581e7a00000-5581e7a21000 rw-p 00000000 00:00 0                          [heap]
7f1c00000000-7f1c00021000 rw-p 00000000 00:00 0
7f1c10000000-7f1c10080000 rw-s 00000000 fe:00 131 /var/lib/fluent bit/audit.0/1-1.2.flb
7f1c20000000-7f1c20080000 rw-s 00000000 fe:00 132 /var/lib/fluent bit/audit.0/1-1.3.flb
7f1c30000000-7f1c30080000 rw-s 00000000 fe:00 133 /var/lib/fluent bit/audit.1/1-1.4.flb
7f1c40000000-7f1c40080000 rw-s 00000000 fe:00 134 /var/lib/fluent bit/audit.2/1-1.5.flb (deleted)
7f1c50000000-7f1c50080000 r-xp 00000000 fe:00 135 /fluent-bit/plugins/in_openai_audit.so
`
	want := []string{"/var/lib/fluent bit/audit.0/1-1.2.flb", "/var/lib/fluent bit/audit.1/1-1.4.flb"}
	if got := chunkFilesIn([]byte(maps)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
