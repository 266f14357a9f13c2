package storage

// System is system, for tests that make one up.
type System struct {
	Disk        func(folder string) (Disk, error)
	Descriptors func() (open, limit int64, err error)
	Maps        func() ([]byte, error)
}

// Disk is disk.
type Disk struct {
	Free, Total, FreeInodes, TotalInodes int64
	ReadOnly                             bool
}

func (s System) system() system {
	return system{
		disk: func(folder string) (disk, error) {
			d, err := s.Disk(folder)
			return disk{free: d.Free, total: d.Total, freeInodes: d.FreeInodes, totalInodes: d.TotalInodes, readOnly: d.ReadOnly}, err
		},
		descriptors: s.Descriptors,
		maps:        s.Maps,
	}
}

// NewHostOf returns a Host of a made-up system.
func NewHostOf(s System) *Host { return newHost(s.system()) }

// NewStarted is New in a Fluent Bit that was started with these arguments.
func NewStarted(h *Host, opts Options, getenv func(string) (string, bool), args ...string) *Watch {
	return newWatch(h, opts, func() origin { return originOf(readCommandLine(args), getenv) })
}

// ChunkFolders is chunkFolders.
var ChunkFolders = chunkFolders

// CommandLine reads the text of /proc/self/cmdline.
func CommandLine(text []byte) (config, storage string) {
	s := readCommandLine(splitCommandLine(text))
	return s.config, s.storage
}

// Classic finds storage.path in made-up configuration files, the first of them being main.
func Classic(read func(string) ([]byte, error), glob func(string) ([]string, error), main string,
	getenv func(string) (string, bool),
) (string, error) {
	r := &classicReader{dir: "/etc/fb", read: read, glob: glob}
	return r.storage(main, getenv)
}

// MaxFolders is maxFolders.
const MaxFolders = maxFolders
