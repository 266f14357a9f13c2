package format

// Bounds of what a Shaper keeps.
const (
	MaxGuesses = maxGuesses
	MaxScratch = maxScratch
	MaxRest    = maxRest
)

// Guesses returns for how many unknown types s keeps a plan, Scratch how many bytes of memory it holds, and Rest
// for how many members without a place.
func (s *Shaper) Guesses() int { return len(s.guesses) }
func (s *Shaper) Scratch() int { return max(cap(s.redacted), cap(s.w.json), cap(s.alike)) }
func (s *Shaper) Rest() int    { return cap(s.x.rest) }
