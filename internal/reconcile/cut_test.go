package reconcile_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"fluent-bit-openai-audit/internal/reconcile"
)

// An export of several gzip members that is cut anywhere is not taken for whole. (Some readers take an end within the name of a
// member for one.)
func TestExportThatIsCut(t *testing.T) {
	t.Parallel()
	member := func(name, text string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Name = name
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	first, second := member("a.txt", "id-1\n"), member("part-2.txt", "id-2\n")
	for cut := 1; cut < len(second); cut++ {
		n := 0
		err := reconcile.ReadExport(bytes.NewReader(append(bytes.Clone(first), second[:cut]...)), "id", func([]byte, int64) error {
			n++
			return nil
		})
		if err == nil {
			t.Errorf("cut %d bytes into the second member: %d ids and no error", cut, n)
		}
	}
}
