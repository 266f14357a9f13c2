package fakeopenai_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// A connector under test is pointed at the server's address and meets the fault. What it delivers is compared with
// what List yields.
func Example() {
	clock := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	s := fakeopenai.New(fakeopenai.Options{Keys: []string{"sk-admin-example"}, Now: clock})
	s.Add(
		fakeopenai.Event{ID: "first", Type: "login.succeeded", EffectiveAt: clock().Unix() - 60},
		fakeopenai.Event{ID: "second", Type: "api_key.created", EffectiveAt: clock().Unix()},
	)
	s.Inject(fakeopenai.Fault{Kind: fakeopenai.Throttled, RetryAfter: time.Second, When: fakeopenai.When{Count: 1}})

	server := httptest.NewServer(s)
	defer server.Close()
	defer server.Client().CloseIdleConnections()
	for range 2 {
		req, err := http.NewRequest(http.MethodGet, server.URL+"/v1/organization/audit_logs", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Header.Set("Authorization", "Bearer sk-admin-example")
		resp, err := server.Client().Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d, Retry-After %q\n", resp.StatusCode, resp.Header.Get("Retry-After"))
		_ = resp.Body.Close()
	}
	for e := range s.List(clock(), fakeopenai.Filter{}) {
		fmt.Println(e.ID, e.Type)
	}
	// Output:
	// 429, Retry-After "1"
	// 200, Retry-After ""
	// second api_key.created
	// first login.succeeded
}
