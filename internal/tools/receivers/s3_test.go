package receivers_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// s3 is gofakes3, which keeps objects in memory.
func s3(t *testing.T, a *authority) receiver {
	t.Helper()
	const bucket = "audit-bucket"
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	server := gofakes3.New(backend).Server()
	port := serveTLS(t, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIATEST/") {
			t.Errorf("%s %s is not signed: %q", r.Method, r.URL, r.Header.Get("Authorization"))
		}
		server.ServeHTTP(w, r)
	}))
	return receiver{
		env: append(awsCredentials(), "S3_BUCKET="+bucket, "S3_ENDPOINT=https://localhost:"+port),
		ids: func() ([]string, error) {
			list, err := backend.ListBucket(bucket, nil, gofakes3.ListBucketPage{})
			if err != nil {
				return nil, err
			}
			var ids []string
			for _, object := range list.Contents {
				found, err := objectIDs(backend, bucket, object.Key)
				if err != nil {
					return nil, err
				}
				ids = append(ids, found...)
			}
			return ids, nil
		},
		atEnd: true,
	}
}

func awsCredentials() []string {
	return []string{"AWS_ACCESS_KEY_ID=AKIATEST", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true"}
}

// objectIDs returns the ids of the records in an object.
func objectIDs(backend *s3mem.Backend, bucket, key string) ([]string, error) {
	object, err := backend.GetObject(bucket, key, nil)
	if err != nil {
		return nil, err
	}
	defer object.Contents.Close()
	z, err := gzip.NewReader(object.Contents)
	if err != nil {
		return nil, err
	}
	return jsonLines(z, idOfOCSF)
}

// jsonLines returns a field of every line.
func jsonLines(r io.Reader, path string) ([]string, error) {
	var out []string
	s := bufio.NewScanner(r)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		id, err := field(s.Bytes(), path)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, s.Err()
}
