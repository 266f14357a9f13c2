package record

import (
	"encoding/binary"
	"unicode/utf8"

	"fluent-bit-openai-audit/internal/record/msgpack"
)

// Metadata is what a record says about itself, apart from the event.
type Metadata struct {
	Stream       string // which listing of the API the event is from
	Organization string // as configured; left out when empty
	Late         bool   // the event was listed late; left out when false

	Time int64 // the record's, Unix seconds: it dates an event that has no time of its own, and is not written
}

// AppendMetadata appends m as a msgpack map with the keys stream, organization
// and late.
func AppendMetadata(dst []byte, m Metadata) []byte {
	head := len(dst)
	dst = append(dst, msgpack.FixMap)
	if m.Stream != "" {
		dst[head]++
		dst = appendString(appendString(dst, "stream"), m.Stream)
	}
	if m.Organization != "" {
		dst[head]++
		dst = appendString(appendString(dst, "organization"), m.Organization)
	}
	if m.Late {
		dst[head]++
		dst = append(appendString(dst, "late"), msgpack.True)
	}
	return dst
}

// AppendHead appends the start of a Fluent Bit V2 record, [[time, metadata],
// body], up to where the body goes. metadata is one msgpack map, as
// [AppendMetadata] writes it.
func AppendHead(dst []byte, sec, nsec uint32, metadata []byte) []byte {
	dst = append(dst, msgpack.FixArray|2, msgpack.FixArray|2, msgpack.FixExt8, timeExt)
	dst = binary.BigEndian.AppendUint32(dst, sec)
	dst = binary.BigEndian.AppendUint32(dst, nsec)
	return append(dst, metadata...)
}

// timeExt is the extension type of Fluent Bit's time stamp: two big-endian
// 32-bit words, seconds and nanoseconds.
const timeExt = 0

// appendString appends s as a msgpack string, with every byte that is not part
// of valid UTF-8 replaced by U+FFFD.
func appendString(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = string([]rune(s))
	}
	var head [maxStrHead]byte
	dst = append(dst, head[:strHead(head[:], 0, len(s))]...)
	return append(dst, s...)
}
