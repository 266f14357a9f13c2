package cli

import "fluent-bit-openai-audit/internal/state"

// StateTable returns what state show prints at second now.
func StateTable(s *state.Snapshot, now int64, all bool) (string, error) {
	v, err := newStateView(s, streamAll)
	if err != nil {
		return "", err
	}
	most := fewHoles
	if all {
		most = 0
	}
	return v.table(now, most), nil
}

// Texts of what tables show.
func LengthText(seconds int64, units int) string { return length(seconds, units) }
func AgoText(seconds int64) string               { return ago(seconds) }
func BytesText(n int64) string                   { return bytesText(n) }
func FiltersText(filters string) string          { return filtersText(filters) }
func PlainText(text string) string               { return plain(text) }

// ParseMoment reads the value of a flag that takes a time.
func ParseMoment(text string, up bool) (int64, error) { return parseMoment(text, up) }
