package openai

import (
	"crypto/tls"
	"fmt"
)

// FileError is why the file that a property names cannot be used. It holds
// nothing of what is in the file.
type FileError struct {
	Property string
	Path     string
	Err      error
}

// Error returns the property, the file, and the cause, in one line.
func (e *FileError) Error() string { return e.Property + ": " + e.Path + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Files are the files that properties name; "" where a property has no value.
type Files struct{ APIKey, CA, ClientCert, ClientKey string }

// Check reads each of the files and returns what is wrong with any of them, where
// New and NewFileKey end at the first.
func (f Files) Check() (faults []*FileError) {
	try := func(property, path string, read func(string) error) bool {
		if path == "" {
			return false
		}
		err := read(path)
		if err != nil {
			faults = append(faults, &FileError{Property: property, Path: path, Err: err})
		}
		return err == nil
	}
	try("api_key_file", f.APIKey, func(path string) error {
		_, _, err := readKeyFile(path)
		return err
	})
	try("ca_file", f.CA, func(path string) error {
		_, err := rootsWith(path)
		return err
	})
	var cert, key []byte
	haveCert := try("client_cert_file", f.ClientCert, func(path string) (err error) {
		cert, err = readPEM(path)
		return err
	})
	haveKey := try("client_key_file", f.ClientKey, func(path string) (err error) {
		key, err = readPEM(path)
		return err
	})
	if haveCert && haveKey {
		try("client_cert_file", f.ClientCert, func(string) error {
			if _, err := tls.X509KeyPair(cert, key); err != nil {
				return fmt.Errorf("with client_key_file %s: %w", f.ClientKey, err)
			}
			return nil
		})
	}
	return faults
}
