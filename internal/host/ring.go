package host

// Ring tells what became of the records that the host accepted: they lie in a ring buffer in memory until the
// host's engine thread takes them out, filters them and writes them to a chunk. Its methods are safe for
// concurrent use, from the instance's Init until its exit.
//
// The two together are evidence: a batch that Out has passed, and after which Rests was then seen to report
// true, is in its chunk. One without the other is not: the host counts records before it filters them. What a
// filter itself holds back is beyond both: rewrite_tag and multiline pass records on to an input of their own, which
// keeps them in memory until it has its turn, every 25 ms, unless it is paused.
type Ring interface {
	// Out returns how many of the instance's records the host has taken out since the instance began; known is
	// false where the host does not count. It does not block.
	Out() (records uint64, known bool)
	// Rests reports whether the engine's thread waits in its event loop just now, so that it has finished all
	// that it took out; known is false where the system does not tell.
	Rests() (rests, known bool)
}
