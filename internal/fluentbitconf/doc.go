// Package fluentbitconf reads the openai_audit inputs of a Fluent Bit configuration, in the classic format and in YAML,
// as Fluent Bit does: with its includes, its variables and its quirks.
//
// What Fluent Bit refuses is an error that names file and line; what it does without a word, and is probably not meant,
// is a warning. Sections of other plugins are looked at only as far as finding ours takes. A property may hold a key:
// a Stanza prints where it stands, and nothing of what it holds.
//
// It serves those who look at a configuration from outside. The plugin gets its properties from Fluent Bit itself.
package fluentbitconf
