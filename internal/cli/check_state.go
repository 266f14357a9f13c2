package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"fluent-bit-openai-audit/internal/probe"
	"fluent-bit-openai-audit/internal/state"
)

const areaState probe.Area = "state"

// checkStateFile looks at an input's state file without touching it, and notes up to where it covers the log.
func checkStateFile(in *checkInput) []probe.Finding {
	path := in.config.DB
	if path == "" {
		return nil
	}
	held, err := state.Held(path)
	if errors.Is(err, state.ErrMissing) {
		return []probe.Finding{missingState(path, in.config.StartFrom.String())}
	}
	var streams []*state.Stream
	if err == nil {
		streams, err = snapshotStreams(path)
	}
	if err != nil {
		return []probe.Finding{unreadableState(err)}
	}
	return in.knownState(path, held, streams)
}

func snapshotStreams(path string) ([]*state.Stream, error) {
	s, err := state.OpenSnapshot(path)
	if err != nil {
		return nil, err
	}
	streams, err := s.Streams()
	return streams, errors.Join(err, s.Close())
}

// missingState judges the place where the file will be made.
func missingState(path, start string) probe.Finding {
	dir := filepath.Dir(path)
	f := probe.Finding{Area: areaState, Level: probe.Problem}
	const remedy = "make it a folder that the user that Fluent Bit runs as may write to, on storage that outlives a container; or set db"
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		f.What, f.Remedy = "db: the folder of "+path+" does not exist, so Fluent Bit does not start", remedy
	case err != nil:
		f.Level, f.What = probe.Unknown, "db: "+err.Error()
	case !info.IsDir():
		f.What, f.Remedy = "db: "+dir+" is no folder, so Fluent Bit does not start", remedy
	case unix.Access(dir, unix.W_OK|unix.X_OK) != nil:
		f.Level, f.What = probe.Warning, "db: this user may not write to "+dir
		f.Why = "with Fluent Bit's user it may be otherwise: then this is no matter"
		f.Remedy = "run this as the user that Fluent Bit runs as; " + remedy
	default:
		f.Level, f.What = probe.OK, "none yet at "+path+": the first run begins at start_from ("+start+")"
	}
	return f
}

// unreadableState sorts what keeps the file from being read.
func unreadableState(err error) probe.Finding {
	f := probe.Finding{Area: areaState, Level: probe.Problem, What: err.Error()}
	fileErr, ok := errors.AsType[*state.FileError](err)
	if !ok {
		return f
	}
	f.What, f.Remedy = fmt.Sprintf("state file %s: %v", fileErr.Path, fileErr.Err), fileErr.Remedy()
	switch {
	case errors.Is(err, fs.ErrPermission):
		f.Level, f.Remedy = probe.Unknown, "run this as the user that Fluent Bit runs as"
	case errors.Is(err, state.ErrBusy):
		f.Level = probe.Unknown
	}
	return f
}
