package fluentbitconf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// The library takes up to 200 bytes of memory for one of a file. This is as much as Kubernetes keeps in one object.
	maxYAMLSize = 1 << 20
	// So many bytes are read again to find the line that is to blame, at most.
	maxYAMLBlame = 16 << 20
)

// eachYAMLDocument calls do for each document of a file.
func eachYAMLDocument(data []byte, do func(root *yaml.Node) error) error {
	if len(data) > maxYAMLSize {
		return fmt.Errorf("larger than %d bytes; includes can split it", maxYAMLSize)
	}
	// The library refuses a version that it reads no differently.
	if rest, ok := bytes.CutPrefix(data, []byte("%YAML 1.2")); ok {
		data = append([]byte("%YAML 1.1"), rest...)
	}
	r := &byteReader{data: data}
	decoder := yaml.NewDecoder(r)
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return yamlSyntaxError(data[:r.n], err)
		}
		for _, root := range document.Content {
			if err := do(root); err != nil {
				return err
			}
		}
	}
}

// byteReader reads byte by byte, so that n tells how far a decoder came.
type byteReader struct {
	data []byte
	n    int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.n == len(r.data) {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1)], r.data[r.n:])
	r.n += n
	return n, nil
}

// yamlSyntaxError returns the library's error with the line that is to blame. The library itself names the one where
// the list or map begins, counted from 0 or from 1. To blame is the last line of the shortest beginning of what was read
// that fails in the same way.
func yamlSyntaxError(read []byte, err error) error {
	problem := yamlProblem(err)
	read = bytes.TrimRight(read, "\r\n")
	for budget := maxYAMLBlame; budget > 0; budget -= len(read) {
		end := bytes.LastIndexByte(read, '\n')
		if end < 0 || yamlProblem(decodeAll(read[:end+1])) != problem {
			break
		}
		read = read[:end]
	}
	return fmt.Errorf("line %d: %s; look for a wrong indentation, a missing colon or bracket, and a text that needs quotes",
		1+bytes.Count(read, []byte("\n")), problem)
}

// decodeAll returns the first error in a file.
func decodeAll(data []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			return err
		}
	}
}

// yamlProblem returns the text of an error of the library without its line.
func yamlProblem(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		_, text, _ = strings.Cut(rest, ": ")
	}
	return text
}
