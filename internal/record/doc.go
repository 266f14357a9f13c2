// Package record turns response bodies of the audit log API into the bodies of
// Fluent Bit records.
//
// # One pass
//
// A [Decoder] reads a whole response body once, from its first byte to its
// last, and appends every element of the envelope's data array to one buffer
// as msgpack. Nothing stands in between: no map, no tree, no second look at
// the text. What it accepts is RFC 8259 and nothing else, because one byte of
// msgpack that does not fit poisons a whole chunk of Fluent Bit's; and a body
// that ends early is an error at whatever byte it ends, because a short page
// that passes for a whole one is a hole in the log that nobody sees.
//
// A log file, which is no page but one JSON value after another, is read by
// [Decoder.Lines] in the same way, piece by piece.
//
// # What becomes of a value
//
//   - Keys, known or not, keep their order; a key that the API sent twice is
//     there twice.
//   - An integer becomes an int64, or else a uint64, or else, where it has more
//     than 64 bits, a string of its digits. "-0" is the integer 0.
//   - Other numbers become a float64, or a string of their text where they lie
//     beyond its range.
//   - Strings are valid UTF-8: every bad byte and every lone surrogate becomes
//     U+FFFD, by encoding/json's rules.
//   - Containers deeper than [MaxDepth] become a string of their JSON text.
//
// # Malformed elements
//
// An element that is not an object, has no id or no usable effective_at, or
// breaks JSON's grammar in a way that leaves its end beyond doubt, becomes an
// [Event] whose Body is {"_malformed": text, "_error": why}: it is delivered,
// and the rest of the page reads as if nothing were wrong. Where its end is in
// doubt the whole body is refused with a [SyntaxError].
package record
