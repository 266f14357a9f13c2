// Package fluentbitconf reads the openai_audit inputs of a Fluent Bit configuration, and what becomes of their records, in
// the classic format and in YAML, as Fluent Bit does: with its includes, its variables and its quirks.
//
// What Fluent Bit refuses is an error that names file and line; what it does without a word, and is probably not meant,
// is a warning. That holds for our inputs: of the service section, the filters and the outputs it takes what is text, and
// leaves it to Fluent Bit to refuse the rest. A property may hold a key: a Stanza and a Plugin print their names, and
// nothing of what they hold.
//
// It serves those who look at a configuration from outside. The plugin gets its properties from Fluent Bit itself.
package fluentbitconf
