// Package format shapes what the sources read: the body of a record as the event is (raw), as an event of the Open
// Cybersecurity Schema Framework (ocsf), or in the fields of the Elastic Common Schema (ecs). Events of the audit log, objects
// of the organization and records of the compliance logs each have a list of fields of their own and a way of their own to
// find a class and a target; all else is shared.
//
// # How an event is read
//
// A [Shaper] reads the msgpack that [record.Decoder] has made of an event, not the event's text. That pass has
// held the text to JSON's grammar, repaired its strings, bounded its depth and cut it into events; a second
// reader of the text would pay for all that again. json-iterator, which would be that reader, allocates for
// each key and string (65 times an event, says internal/bench), takes four times the instructions of that pass
// before anything is shaped, and accepts what is not JSON. Of msgpack a string is a slice of the body, and a
// subtree that stays as it is is one copy. So a shaped event costs one walk over the body, and nothing is
// allocated for it but what its buffers grow by: some three times the instructions of a raw event, and not
// five with its JSON beside. The JSON that include_original asks for is written anew from the msgpack: the
// same keys in the same order, the same values, not the same white space.
//
// # Where a field goes
//
// The fields that the schemas have a place for stand in one list for each source: fields.go, compliance.go and inventory.go;
// what differs from type to type stands in package catalog. [Mapping] prints the former. What the walk finds and nothing
// uses is written beside: below `unmapped` in ocsf, and ecs has the whole event besides, below `openai`. So:
//
//   - Nothing is lost but what is empty: null, "" and {} of a field that the list has.
//   - Nothing is invented: an address, a name or an id stands where the event has one. An object that a class
//     requires and the event does not name is called "unknown".
//   - A value that its place does not allow (an address that is none, because it was hashed) goes where any
//     text is allowed, or is kept beside. So each event is valid whatever the API sends.
//   - An event of an unknown type is shaped by what its name tells. A malformed one is delivered as what it
//     is: a base event, or one of the kind pipeline_error. What the plugin says of its own, a heartbeat or that a
//     snapshot is closed, is a base event, or one of the kind state.
//   - An event that has no time is dated by its record.
//
// # Redaction
//
// Paths are those of the event as the API sends it, in every format. Redaction comes first: what is dropped or
// hashed does not reach a shaped field, the copy of the event that include_original asks for, or a raw
// record, and raises no severity. The text of a malformed event cannot be told apart by paths: it is withheld where anything
// is to be redacted. The hashes of the texts that were hashed last are remembered, in memory alone.
//
// # Bounds
//
// What comes out is msgpack that a Fluent Bit record can hold: no deeper than [record.MaxDepth], deeper
// containers as their JSON text. It has at most sixteen times the bytes of the event's body and 4 KB, most of
// the time twice as many; a hash takes 64 bytes, whatever it stands for.
package format
