package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"fluent-bit-openai-audit/internal/config"
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
		return []probe.Finding{missingState(path, in.begins())}
	}
	if err == nil && in.config.Source == config.Organization {
		return in.knownObjects(path, held)
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

// begins says where a first run begins.
func (in *checkInput) begins() string {
	if in.config.Source == config.Organization {
		return "with a snapshot of all objects"
	}
	return "at start_from (" + in.config.StartFrom.String() + ")"
}

// knownObjects says what a state file knows of the organization's objects.
func (in *checkInput) knownObjects(path string, held bool) []probe.Finding {
	s, err := state.OpenSnapshot(path)
	if err != nil {
		return []probe.Finding{unreadableState(err)}
	}
	summary, err := objectsIn(s)
	if err := errors.Join(err, s.Close()); err != nil {
		return []probe.Finding{unreadableState(&state.FileError{Path: path, Err: err})}
	}
	f := probe.Finding{Area: areaState, Level: probe.OK, What: path + " " + objectsLine(summary)}
	switch origin := in.config.Origin(); {
	case summary.Origin != "" && summary.Origin != origin:
		f.Level, f.What = probe.Problem, path+" is about "+summary.Origin+", and this input reads "+origin+": Fluent Bit does not start"
		f.Remedy = "give each organization, and each base_url, a state file of its own"
	case held:
		f.What += "; it is in use, as by a running Fluent Bit"
	}
	return []probe.Finding{f}
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
func missingState(path, begins string) probe.Finding {
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
		f.Level, f.What = probe.OK, "none yet at "+path+": the first run begins "+begins
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
