package fakeopenai

import (
	"fmt"
	"strconv"
	"strings"
)

// cast holds what an organization's events are put together from: its people, keys, projects and payloads, rendered
// once. It is immutable.
type cast struct {
	fragments int32 // how many were made
	opening   *fragment
	typeKey   *fragment
	closing   *fragment
	kinds     [2][]kindParts
	kindTable [2][]uint16 // weighted: a random slot names a kind
	login     uint16      // the index of login.succeeded
	sessions  []actorParts
	strangers []actorParts // sessions without a user
	keys      []actorParts
	nobody    []actorParts // null, and no actor at all
	busiest   []uint16     // weighted slots into sessions: some people do far more than others
	projects  []projectParts
}

type kindParts struct {
	name     string
	text     *fragment // the type's name and what follows it
	payloads []payloadParts
	actors   actorClass
	project  bool // whether events of the kind usually carry one
}

type actorClass uint8

const (
	anyone      actorClass = iota // sessions, keys, now and then nobody
	people                        // sessions alone
	loginFailed                   // sessions, some without a user
	machines                      // often nobody
)

type actorParts struct {
	text  []*fragment
	ids   []string
	email string
}

type projectParts struct {
	text *fragment
	id   string
}

type payloadParts struct {
	text      *fragment // nil for none
	resources []string
}

const (
	payloadVariants = 48
	pickSlots       = 1 << 14 // of kindTable
	busySlots       = 1 << 10 // of busiest
)

// newCast makes a cast of so many people and projects.
func newCast(seed uint64, persons, projects int) *cast {
	b := castBuilder{dice: dice(mix(seed + 0x6f7267)), cast: &cast{}}
	c := b.cast
	c.opening = b.fragment(`{"object":"organization.audit_log","id":"`)
	c.typeKey = b.fragment(`","type":"`)
	c.closing = b.fragment(`}`)
	for range projects {
		b.addProject()
	}
	b.addPeople(persons)
	b.addStrangers()
	b.addKeys(persons)
	c.nobody = []actorParts{{text: []*fragment{b.fragment(`,"actor":null`)}}, {}}
	b.addKinds()
	c.busiest = falling(len(c.sessions))
	return c
}

// castBuilder makes a cast with seeded dice.
type castBuilder struct {
	cast *cast
	dice dice
}

// dice is a small generator of our own: the standard one's streams may change with Go.
type dice uint64

func (d *dice) roll() uint64 {
	*d += 0x9e3779b97f4a7c15
	return mix(uint64(*d))
}

func (d *dice) intn(n int) int { return int(d.roll() % uint64(n)) }

func (d *dice) pick(from []string) string { return from[d.intn(len(from))] }

func (d *dice) token(n int) string {
	b := make([]byte, 0, n)
	for len(b) < n {
		b = appendBase62(b, d.roll(), min(wordSize, n-len(b)))
	}
	return string(b)
}

func (d *dice) hex(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%016x", d.roll())
	}
	return b.String()[:n]
}

func (b *castBuilder) fragment(text string) *fragment {
	f := &fragment{text: []byte(text), number: b.cast.fragments}
	b.cast.fragments++
	return f
}

func (b *castBuilder) addProject() {
	n := len(b.cast.projects)
	name := "Default project"
	if n > 0 {
		name = b.dice.pick(words()) + " " + strconv.Itoa(n)
	}
	id := "proj_" + b.dice.token(24)
	b.cast.projects = append(b.cast.projects, projectParts{
		text: b.fragment(`,"project":{"id":"` + id + `","name":"` + name + `"}`),
		id:   id,
	})
}

func (b *castBuilder) addPeople(n int) {
	browsers, places := b.browsers(), b.places()
	for i := range n {
		id, email := b.person(i)
		who := b.fragment(`,"actor":{"type":"session","session":{"user":{"id":"` + id + `","email":"` + email + `"},"ip_address":"`)
		for range 1 + b.dice.intn(3) {
			b.cast.sessions = append(b.cast.sessions, actorParts{
				text: []*fragment{
					who,
					b.fragment(b.address() + `","user_agent":"`),
					browsers[b.dice.intn(len(browsers))],
					places[b.dice.intn(len(places))],
				},
				ids:   []string{id},
				email: email,
			})
		}
	}
}

func (b *castBuilder) person(n int) (id, email string) {
	first, last := b.dice.pick(firstNames()), b.dice.pick(lastNames())
	domain := b.dice.pick([]string{"corp.example.com", "research.example.org", "subsidiary.example.net"})
	return "user-" + b.dice.token(24), fmt.Sprintf("%s.%s%d@%s", first, last, n, domain)
}

func (b *castBuilder) addStrangers() {
	places := b.places()
	for range 8 {
		agent := b.dice.pick([]string{"python-requests/2.32.3", "curl/8.14.1", "Mozilla/5.0 (compatible)"})
		b.cast.strangers = append(b.cast.strangers, actorParts{text: []*fragment{
			b.fragment(`,"actor":{"type":"session","session":{"ip_address":"` + b.address() + `","user_agent":"` + agent +
				`","ja3":"` + b.dice.hex(32) + `","ja4":"` + b.ja4() + `","ip_address_details":`),
			places[b.dice.intn(len(places))],
		}})
	}
}

func (b *castBuilder) addKeys(persons int) {
	for n := range 4 + persons/8 {
		key := "key_" + b.dice.token(16)
		if n%2 == 0 {
			account := "svc_acct_" + b.dice.token(24)
			b.cast.keys = append(b.cast.keys, actorParts{
				text: []*fragment{b.fragment(`,"actor":{"type":"api_key","api_key":{"id":"` + key +
					`","type":"service_account","service_account":{"id":"` + account + `"}}}`)},
				ids: []string{key, account},
			})
			continue
		}
		id, email := b.person(n)
		b.cast.keys = append(b.cast.keys, actorParts{
			text: []*fragment{b.fragment(`,"actor":{"type":"api_key","api_key":{"id":"` + key +
				`","type":"user","user":{"id":"` + id + `","email":"` + email + `"}}}`)},
			ids:   []string{key, id},
			email: email,
		})
	}
}

// address makes one of the ranges kept for documentation.
func (b *castBuilder) address() string {
	if b.dice.intn(3) == 0 {
		h := b.dice.hex(20)
		return fmt.Sprintf("2001:db8:%s:%s:%s:%s:%s:%x", h[:4], h[4:8], h[8:12], h[12:16], h[16:20], b.dice.intn(65536))
	}
	return fmt.Sprintf("%s.%d", b.dice.pick([]string{"192.0.2", "198.51.100", "203.0.113"}), 1+b.dice.intn(254))
}

func (b *castBuilder) ja4() string {
	return fmt.Sprintf("t13d%02d%02dh2_%s_%s", 10+b.dice.intn(10), 8+b.dice.intn(8), b.dice.hex(12), b.dice.hex(12))
}

// browsers makes what follows the key user_agent: a browser and its TLS fingerprints belong together.
func (b *castBuilder) browsers() []*fragment {
	var made []*fragment
	for _, agent := range userAgents() {
		made = append(made, b.fragment(agent+`","ja3":"`+b.dice.hex(32)+`","ja4":"`+b.ja4()+`","ip_address_details":`))
	}
	return made
}

func (b *castBuilder) places() []*fragment {
	var made []*fragment
	for _, p := range [][7]string{
		{"US", "San Francisco", "California", "CA", "64496", "37.77490", "-122.41940"},
		{"US", "Winston-Salem", "North Carolina", "NC", "64499", "36.09986", "-80.24422"},
		{"GB", "Kingston upon Hull", "England", "ENG", "64500", "53.74460", "-0.33525"},
		{"DE", "Frankfurt am Main", "Hessen", "HE", "64501", "50.11552", "8.68417"},
		{"CH", "Zürich", "Zurich", "ZH", "64502", "47.36667", "8.55000"},
		{"BR", `S\u00e3o Paulo`, `S\u00e3o Paulo`, "SP", "64503", "-23.54750", "-46.63611"},
		{"JP", "東京", "Tokyo", "13", "64504", "35.68950", "139.69171"},
		{"IE", "Dublin", "Leinster", "L", "", "53.33306", "-6.24889"},
	} {
		made = append(made, b.fragment(fmt.Sprintf(
			`{"country":"%s","city":"%s","region":"%s","region_code":"%s","asn":"%s","latitude":"%s","longitude":"%s"}}}`,
			p[0], p[1], p[2], p[3], p[4], p[5], p[6])))
	}
	return made
}

func (b *castBuilder) addKinds() {
	for _, k := range append(eventKinds(), unannouncedKinds()...) {
		parts := kindParts{name: k.name, text: b.fragment(k.name + `","effective_at":`), actors: classOf(k.name)}
		group, _, _ := strings.Cut(k.name, ".")
		parts.project = strings.Contains(" project service_account rate_limit api_key checkpoint ", " "+group+" ")
		variants := 1
		if k.payload != "" {
			variants = payloadVariants
		}
		for range variants {
			parts.payloads = append(parts.payloads, b.payload(k))
		}
		stream := OrganizationStream
		if TenantScoped(k.name) {
			stream = TenantStream
		}
		if k.name == "login.succeeded" {
			b.cast.login = uint16(len(b.cast.kinds[stream]))
		}
		b.cast.kinds[stream] = append(b.cast.kinds[stream], parts)
	}
	for stream := range b.cast.kinds {
		var weights []int
		for _, k := range append(eventKinds(), unannouncedKinds()...) {
			if TenantScoped(k.name) == (Stream(stream) == TenantStream) {
				weights = append(weights, k.weight)
			}
		}
		b.cast.kindTable[stream] = weighted(weights, pickSlots)
	}
}

func classOf(name string) actorClass {
	switch {
	case name == "login.failed":
		return loginFailed
	case strings.HasPrefix(name, "login."), strings.HasPrefix(name, "logout."):
		return people
	case strings.HasPrefix(name, "scim."), strings.HasPrefix(name, "tenant."):
		return machines
	}
	return anyone
}

func (b *castBuilder) payload(k eventKind) payloadParts {
	if k.payload == "" {
		return payloadParts{}
	}
	text := `,"` + k.name + `":` + b.expand(k.payload)
	var e Event
	e.readPayload([]byte(text[len(k.name)+len(`,"":`):]))
	return payloadParts{text: b.fragment(text), resources: e.ResourceIDs}
}

// weighted fills about so many slots with the indexes of weights, each as often as its weight says and at least once.
func weighted(weights []int, slots int) []uint16 {
	total, heaviest := 0, 0
	for i, w := range weights {
		total += w
		if w > weights[heaviest] {
			heaviest = i
		}
	}
	table := make([]uint16, 0, slots)
	for i, w := range weights {
		for range max(1, w*slots/total) {
			table = append(table, uint16(i))
		}
	}
	for len(table) < slots {
		table = append(table, uint16(heaviest))
	}
	return table
}

// falling is weighted with weights that fall like 1/n.
func falling(n int) []uint16 {
	weights := make([]int, n)
	for i := range weights {
		weights[i] = 1 + 4096/(i+3)
	}
	return weighted(weights, max(busySlots, 4*n))
}
