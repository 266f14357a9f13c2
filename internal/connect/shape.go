package connect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/record/format"
)

// Shaper returns what shapes records as the configuration says, or nil where a record's body is what the API sent. The
// error names the file of the hashes' key and holds nothing of what is in it.
func Shaper(cfg *config.Config) (*format.Shaper, error) {
	o := cfg.Records
	if o.Plain() {
		return nil, nil //nolint:nilnil // there is nothing to shape
	}
	if cfg.RedactKeyFile != "" {
		key, err := RedactKey(cfg.RedactKeyFile)
		if err != nil {
			return nil, fmt.Errorf("redact_key_file: %s: %w", cfg.RedactKeyFile, err)
		}
		o.RedactKey = key
	}
	return format.New(o)
}

// maxRedactKey is how large the file of the hashes' key may be: far more than any key, far less than a log by mistake.
const maxRedactKey = 64 << 10

// RedactKey reads the key of the hashes from a regular file, or through a link to one. The error holds neither the path nor
// anything of the file.
func RedactKey(path string) (format.Key, error) {
	// Asked before opening, because opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return format.Key{}, bare(err)
	}
	if !info.Mode().IsRegular() {
		return format.Key{}, errors.New("is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return format.Key{}, bare(err)
	}
	defer func() { _ = file.Close() }() // only read from
	content, err := io.ReadAll(io.LimitReader(file, maxRedactKey+1))
	if err != nil {
		return format.Key{}, bare(err)
	}
	if len(content) > maxRedactKey {
		return format.Key{}, fmt.Errorf("has more than %d bytes", maxRedactKey)
	}
	return format.ParseKey(content)
}

// bare takes the path out of an error whose text will name it anyway.
func bare(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
