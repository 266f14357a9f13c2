package auditlog

// shape makes the records what they are to be.
func (k *walker) shape() (err error) {
	k.shaping.Begin()
	for i := range k.records {
		r, ev := &k.records[i], &k.events[i]
		about := &k.s.usual
		if ev.late {
			about = &k.s.late
		}
		r.Metadata = about.Beside
		if r.Body == nil {
			continue
		}
		if r.Body, err = k.shaping.Body(ev.was, about.Metadata); err != nil {
			return err
		}
	}
	return nil
}
