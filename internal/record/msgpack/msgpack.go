// Package msgpack has the first bytes of the msgpack values that records consist of, for those who write them and those who
// read them. It holds nothing else: how values are written and read is theirs, and made for what they do.
package msgpack

// First bytes of values. The "Fix" ones hold a small number in their low bits; NegFix is the least of the small negative
// numbers, and what is below FixMap is a small number itself.
const (
	FixMap   = 0x80
	FixArray = 0x90
	FixStr   = 0xa0
	Nil      = 0xc0
	False    = 0xc2
	True     = 0xc3
	Float64  = 0xcb
	Uint8    = 0xcc
	Uint16   = 0xcd
	Uint32   = 0xce
	Uint64   = 0xcf
	Int8     = 0xd0
	Int16    = 0xd1
	Int32    = 0xd2
	Int64    = 0xd3
	FixExt8  = 0xd7
	Str8     = 0xd9
	Str16    = 0xda
	Str32    = 0xdb
	Array16  = 0xdc
	Array32  = 0xdd
	Map16    = 0xde
	Map32    = 0xdf
	NegFix   = 0xe0
)
