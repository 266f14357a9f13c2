package fluentbitconf

// Functions under test.
var (
	SnakeCase  = snakeCase
	MatchTag   = matchTag
	MatchRegex = matchRegex
)

// ReadYAML returns the lines in which readYAML finds something.
func ReadYAML(data []byte) (lines []int, err error) {
	items, err := readYAML(data)
	for _, item := range items {
		lines = append(lines, item.line)
	}
	return lines, err
}
