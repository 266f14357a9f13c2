// Package config turns the properties of one openai_audit instance into a checked Config.
//
// One table (table.go) holds every property: its name, default, accepted values, and its
// documentation. Parsing, error texts, the README's property table (Markdown), the terminal
// overview (HelpText) and the manual pages (ManualText) all come from it, so they cannot disagree.
//
// The contract of Parse and ParseMap:
//
//   - All problems are found in one go and returned together as *Problems. A value that is not
//     accepted never becomes a default.
//   - No text that leaves the package, be it a problem, a warning or a formatted Config, holds the
//     key, a password, or anything else that looks like a key.
//   - Nothing is read from disk or from the network, and the environment only through the Getter
//     that the caller hands in.
//
// A Config is not changed after it was returned and is safe for concurrent readers.
package config
