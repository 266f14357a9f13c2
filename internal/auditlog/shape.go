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
		m := about.Metadata
		m.Time = ev.time // of one that has none
		if r.Body, err = k.shaping.Body(ev.was, m); err != nil {
			return err
		}
	}
	return nil
}
