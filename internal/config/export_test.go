package config

import "iter"

// What the tests in package config_test look at from the inside.
var (
	FormatDuration = formatDuration
	ParseSize      = parseSize
	FormatSize     = formatSize
	NewVocabulary  = newVocabulary
	SynonymTable   = synonymTable
	KnownTypes     = knownTypes
	Distance       = distance
)

func (v *vocabulary) Misspellings() iter.Seq[string]    { return v.misspellings() }
func (v *vocabulary) Meant(name, value string) []string { return v.meant(name, value) }
