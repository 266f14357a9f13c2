package receivers_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// kafka is a cluster of three brokers by kfake, which speak TLS.
func kafka(t *testing.T, a *authority) receiver {
	t.Helper()
	const topic = "openai-audit"
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(4, topic), kfake.TLS(a.config()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	roots := x509.NewCertPool()
	roots.AddCert(a.ca)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics(topic),
		kgo.DialTLSConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	var ids []string
	return receiver{
		env: []string{"KAFKA_BROKERS=" + strings.Join(cluster.ListenAddrs(), ",")},
		ids: func() ([]string, error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			fetches := client.PollFetches(ctx)
			for _, e := range fetches.Errors() {
				if !errors.Is(e.Err, context.DeadlineExceeded) {
					return nil, e.Err
				}
			}
			for r := range fetches.RecordsAll() {
				var event struct{ ID string }
				if err := json.Unmarshal(r.Value, &event); err != nil {
					return nil, err
				}
				if string(r.Key) != event.ID {
					return nil, fmt.Errorf("the message with the key %q has the id %q", r.Key, event.ID)
				}
				ids = append(ids, event.ID)
			}
			return ids, nil
		},
	}
}
