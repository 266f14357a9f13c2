package receivers_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Where a record has the id of the event.
const (
	idOfECS  = "event.id"
	idOfOCSF = "metadata.uid"
)

// field returns a text in a JSON object, by its path with dots.
func field(line []byte, path string) (string, error) {
	var value any
	if err := json.Unmarshal(line, &value); err != nil {
		return "", fmt.Errorf("%w: %.200s", err, line)
	}
	for name := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return "", fmt.Errorf("no %s in %.200s", path, line)
		}
		value = object[name]
	}
	text, ok := value.(string)
	if !ok {
		return "", fmt.Errorf("no %s in %.200s", path, line)
	}
	return text, nil
}
