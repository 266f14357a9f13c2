package state

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// schema is the version of the buckets below. A file with a later one is refused. One with an earlier one is
// read as it is, and brought up to this one by the first transaction that writes: so a former version of the
// plugin refuses it by name from then on, and does not lose what it knows nothing of.
//
//	1  streams and ids
//	2  marks; streams have Owed, Overlap and Identity; which source the file is of, that of audit logs where it does
//	   not say
const (
	schema          = 2
	schemaWithMarks = 2
)

// The buckets of the file.
var (
	bucketMeta    = []byte("openai_audit") //nolint:gochecknoglobals // names, never changed
	bucketStreams = []byte("streams")      //nolint:gochecknoglobals // names, never changed
	bucketIDs     = []byte("ids")          //nolint:gochecknoglobals // names, never changed
	bucketMarks   = []byte("marks")        //nolint:gochecknoglobals // names, never changed
	keySchema     = []byte("schema")       //nolint:gochecknoglobals // names, never changed
	keySource     = []byte("source")       //nolint:gochecknoglobals // names, never changed
)

// AuditLogs is the source of files that do not name theirs.
const AuditLogs = "audit_logs"

// prepare returns what fills a new file of a source.
func prepare(source string) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error { return fill(tx, source) }
}

func fill(tx *bolt.Tx, source string) error {
	m, err := tx.CreateBucket(bucketMeta)
	if err != nil {
		return fmt.Errorf("create bucket: %w", err)
	}
	if err := m.Put(keySchema, []byte{schema}); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	if err := m.Put(keySource, []byte(source)); err != nil {
		return fmt.Errorf("write source: %w", err)
	}
	for _, name := range [][]byte{bucketStreams, bucketIDs, bucketMarks} {
		if _, err := tx.CreateBucket(name); err != nil {
			return fmt.Errorf("create bucket: %w", err)
		}
	}
	return nil
}

func checkSchema(tx *bolt.Tx) error {
	m := tx.Bucket(bucketMeta)
	if m == nil {
		return fmt.Errorf("%w: it is some other program's bbolt file", ErrForeign)
	}
	v := m.Get(keySchema)
	switch {
	case len(v) != 1 || v[0] == 0:
		return fmt.Errorf("%w: it has no schema version", ErrDamaged)
	case v[0] > schema:
		return fmt.Errorf("%w: schema %d, this one knows %d", ErrNewer, v[0], schema)
	}
	if tx.Bucket(bucketStreams) == nil || tx.Bucket(bucketIDs) == nil ||
		v[0] >= schemaWithMarks && tx.Bucket(bucketMarks) == nil {
		return fmt.Errorf("%w: a bucket is missing", ErrDamaged)
	}
	return nil
}

// sourceOf returns the source that a file, which checkSchema let through, is of.
func sourceOf(tx *bolt.Tx) string {
	if source := tx.Bucket(bucketMeta).Get(keySource); source != nil {
		return string(source)
	}
	return AuditLogs
}

// checkSource refuses a file of another source: what it knows means nothing to this one, whose first commit would spoil
// it for the other.
func checkSource(want string) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error {
		if err := checkSchema(tx); err != nil {
			return err
		}
		if is := sourceOf(tx); want != "" && is != want {
			return &SourceError{Is: is, Want: want}
		}
		return nil
	}
}

// upgrade brings a file that checkSchema let through up to this schema.
func upgrade(tx *bolt.Tx) error {
	m := tx.Bucket(bucketMeta)
	if m.Get(keySchema)[0] == schema {
		return nil
	}
	if _, err := tx.CreateBucketIfNotExists(bucketMarks); err != nil {
		return fmt.Errorf("create bucket: %w", err)
	}
	if err := m.Put(keySchema, []byte{schema}); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	return nil
}
