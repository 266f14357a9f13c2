package openai

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"fluent-bit-openai-audit/internal/secret"
)

// readKeyFile reads one key from a regular file, or through a link to one.
func readKeyFile(path string) (secret.Key, os.FileInfo, error) {
	// Asked before opening, because opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return secret.Key{}, nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return secret.Key{}, nil, errors.New("is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return secret.Key{}, nil, bare(err)
	}
	defer func() { _ = file.Close() }() // only read from
	if info, err = file.Stat(); err != nil {
		return secret.Key{}, nil, bare(err)
	}
	text, err := io.ReadAll(io.LimitReader(file, secret.MaxSize+1))
	if err != nil {
		return secret.Key{}, nil, bare(err)
	}
	key, err := secret.Parse(string(text))
	if err != nil {
		return secret.Key{}, nil, err
	}
	return key, info, nil
}

// bare takes the path out of an error whose text will name it anyway.
func bare(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
