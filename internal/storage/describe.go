package storage

import (
	"fmt"
	"strings"
)

// Describe says in one line what is known of Fluent Bit's storage, for the log at the start. known is false when the
// line is a warning.
func (w *Watch) Describe() (line string, known bool) {
	var parts []string
	for _, f := range w.watched() {
		if !f.state {
			parts = append(parts, f.describe(w.host.sys))
		}
	}
	switch {
	case len(parts) > 0:
		return "Fluent Bit stores records in " + strings.Join(parts, ", "), true
	case w.opts.Folder == Off:
		return "storage_path is off: when Fluent Bit's disk is full, it loses what it accepted", true
	case w.origin.none:
		return "Fluent Bit was started without storage.path: it keeps records in memory, and loses those that no output has taken " +
			"when it ends", false
	}
	return fmt.Sprintf("Fluent Bit's storage folder is not known (%s): set storage_path to what storage.path is, so that handing over stops "+
		"before its disk is full", w.origin.why), false
}

func (f *folder) describe(sys system) string {
	d, err := f.look(sys)
	if err != nil {
		return fmt.Sprintf("%s (%s), whose disk cannot be looked at: %v", f.path, f.from, err)
	}
	return fmt.Sprintf("%s (%s): %s free of %s, and handing over stops below %s", f.path, f.from, size(d.free), size(d.total),
		size(bytesNeeded(d.total, 0)))
}
