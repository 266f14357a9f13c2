package format

import (
	"bytes"

	"fluent-bit-openai-audit/internal/record"
)

// metadataKey is the key of a body under which the record's metadata stands.
const metadataKey = "openai_audit"

// detailsKey is the key of the payload with payload_key details.
const detailsKey = "details"

// raw writes body, with its payload, if kind is the type, under the key that is asked for.
func (s *Shaper) raw(body, kind []byte, m record.Metadata) error {
	w, inBody := &s.w, s.options.Metadata == InBody
	if s.options.PayloadKey == KeepKey && !inBody {
		w.b = append(w.b, body...)
		return nil
	}
	h := head(body, 0)
	if h.kind != isMap || h.size == 0 {
		return errBody
	}
	w.deep = false
	w.open()
	i := h.size
	for range h.n / 2 {
		key, at := keyAt(body, i)
		if at < 0 {
			return errBody
		}
		end, _ := skip(body, at, 0)
		if end < 0 {
			return errBody
		}
		s.rawKey(key, kind, inBody)
		w.raw(body[at:end])
		i = end
	}
	if i != len(body) {
		return errBody
	}
	if inBody {
		w.key(metadataKey)
		w.b = record.AppendMetadata(w.b, m)
	}
	w.close()
	return nil
}

// rawKey writes a key of a raw event. One that this plugin writes itself, and the event has already, gets an
// underscore more.
func (s *Shaper) rawKey(key, kind []byte, inBody bool) {
	w := &s.w
	switch payload := len(kind) > 0 && bytes.Equal(key, kind) && !own(key); {
	case payload && s.options.PayloadKey == DetailsKey:
		w.key(detailsKey)
	case payload && s.options.PayloadKey == UnderscoreKey:
		from := len(w.b)
		w.keyOf(key)
		name := w.b[from:]
		for i, c := range name[len(name)-len(key):] {
			if c == '.' {
				name[len(name)-len(key)+i] = '_'
			}
		}
	case inBody && string(key) == metadataKey, s.options.PayloadKey == DetailsKey && string(key) == detailsKey:
		s.alike = append(append(s.alike[:0], key...), '_')
		w.keyOf(s.alike)
	default:
		w.keyOf(key)
	}
}

// own reports whether a key is one that every event has: no type is called so, and if one is, it has no
// payload.
func own(key []byte) bool {
	switch string(key) {
	case "id", "type", "effective_at", "object", "project", "actor":
		return true
	}
	return false
}
