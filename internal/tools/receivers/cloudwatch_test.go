package receivers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// cloudWatch stands in for CloudWatch Logs with one log group. As the documentation of PutLogEvents has it, it refuses a
// request without a signature, of a group or stream that is not there, of more than 10,000 events or 1,048,576 bytes (26 of
// them for each event), of events that are not in the order of their time or span more than 24 hours; and of a request
// that it takes, events older than 14 days or more than 2 hours ahead are left out, which the answer tells.
func cloudWatch(t *testing.T, a *authority) receiver {
	t.Helper()
	s := &logGroup{name: "/security/openai", streams: map[string]bool{}}
	port := serveTLS(t, a, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := s.answer(r)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if err != nil {
			t.Errorf("CloudWatch refuses %s: %v", r.Header.Get("X-Amz-Target"), err)
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type":"InvalidParameterException","message":%q}`, err)
			return
		}
		w.Header().Set("x-amzn-RequestId", "a-request")
		fmt.Fprint(w, answer)
	}))
	return receiver{
		env: append(awsCredentials(), "CLOUDWATCH_GROUP="+s.name, "CLOUDWATCH_ENDPOINT=localhost", "CLOUDWATCH_PORT="+port),
		ids: s.taken.ids,
	}
}

type logGroup struct {
	name    string
	taken   collected
	mu      sync.Mutex
	streams map[string]bool
}

// putLogEvents is the request of that name, and what CreateLogStream has of it.
type putLogEvents struct {
	LogGroupName, LogStreamName string
	LogEvents                   []struct {
		Timestamp int64
		Message   string
	}
}

func (s *logGroup) answer(r *http.Request) (string, error) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIATEST/") {
		return "", fmt.Errorf("no signature: %q", r.Header.Get("Authorization"))
	}
	body, err := bodyOf(r)
	if err != nil {
		return "", err
	}
	var request putLogEvents
	if err := json.Unmarshal(body, &request); err != nil {
		return "", err
	}
	if request.LogGroupName != s.name {
		return "", fmt.Errorf("there is no log group %q", request.LogGroupName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch target := r.Header.Get("X-Amz-Target"); target {
	case "Logs_20140328.CreateLogStream":
		s.streams[request.LogStreamName] = true
		return "{}", nil
	case "Logs_20140328.PutLogEvents":
		if !s.streams[request.LogStreamName] {
			return "", fmt.Errorf("there is no log stream %q", request.LogStreamName)
		}
		return s.put(request)
	default:
		return "", fmt.Errorf("there is no %s", target)
	}
}

func (s *logGroup) put(request putLogEvents) (string, error) {
	const maxEvents, maxBytes, overhead = 10_000, 1_048_576, 26
	events := request.LogEvents
	if len(events) == 0 || len(events) > maxEvents {
		return "", fmt.Errorf("%d events", len(events))
	}
	now, size, tooOld, tooNew := time.Now(), 0, 0, len(events)
	var ids []string
	for i, e := range events {
		size += len(e.Message) + overhead
		if i > 0 && e.Timestamp < events[i-1].Timestamp {
			return "", fmt.Errorf("the event %d is older than the one before it", i)
		}
		switch at := time.UnixMilli(e.Timestamp); {
		case at.Before(now.Add(-14 * 24 * time.Hour)):
			tooOld = i + 1
			continue
		case at.After(now.Add(2 * time.Hour)):
			tooNew = min(tooNew, i)
			continue
		}
		id, err := field([]byte(e.Message), "id")
		if err != nil {
			return "", err
		}
		ids = append(ids, id)
	}
	if span := events[len(events)-1].Timestamp - events[0].Timestamp; span > 24*time.Hour.Milliseconds() || size > maxBytes {
		return "", fmt.Errorf("%d ms and %d bytes in one request", span, size)
	}
	s.taken.add(ids...)
	if tooOld > 0 || tooNew < len(events) {
		return fmt.Sprintf(`{"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":%d,"tooNewLogEventStartIndex":%d}}`, tooOld, tooNew), nil
	}
	return `{"nextSequenceToken":"1"}`, nil
}
