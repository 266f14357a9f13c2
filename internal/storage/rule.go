package storage

// How much of each resource stays free beside what is on its way. It is for what Fluent Bit rounds up to (a chunk file
// grows by eight pages), for other inputs and programs on the same disk, for the second between a look and the write,
// and for what filters add.
const (
	fraction = 16
	maxBytes = 64 << 20
	minBytes = 64 << 10

	maxInodes = 1024
	minInodes = 8

	// An output that fails has its chunks opened again all at once, each with a connection of its own.
	descriptorFraction = 4
	maxDescriptors     = 128
	minDescriptors     = 24
)

// growth is how many times what was accepted may take on disk: Fluent Bit's filters add to records and multiply them.
const growth = 2

// perFile is how many descriptors a chunk takes: its file, and a connection to flush it.
const perFile = 2

func reserve(total, fraction, least, most int64) int64 { return min(max(total/fraction, least), most) }

// bytesNeeded returns how many bytes must be free on a disk of that size for what is on its way.
func bytesNeeded(total, onTheWay int64) int64 {
	return reserve(total, fraction, minBytes, maxBytes) + growth*onTheWay
}

// files returns how many chunk files so many bytes take: one holds 2 MB, or what came since the last flush.
func files(onTheWay int64) int64 {
	const chunk = 2_000_000
	return 1 + (onTheWay+chunk-1)/chunk
}

func inodesNeeded(total, files int64) int64 {
	return reserve(total, fraction, minInodes, maxInodes) + files
}

func descriptorsNeeded(limit, files int64) int64 {
	return reserve(limit, descriptorFraction, minDescriptors, maxDescriptors) + perFile*files
}
