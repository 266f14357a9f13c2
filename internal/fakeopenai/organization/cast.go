package organization

import (
	"fmt"
	"strconv"
	"strings"

	"fluent-bit-openai-audit/internal/fakeopenai/dice"
)

// cast is who and what an organization's events are about: its people, keys and projects, and payloads for each type, as
// JSON that is made once. It never changes.
type cast struct {
	types     [2][]castType // by stream
	slots     [2][]uint16   // indexes into types, each as often as its weight says
	login     uint16        // the index of login.succeeded
	sessions  []actor
	strangers []actor // sessions without a user
	keys      []actor
	nobody    []actor  // null, and no actor at all
	busiest   []uint16 // indexes into sessions: some people do far more than others
	projects  []project
	noProject project
}

// castType is an event type with what its events are made of.
type castType struct {
	name     string
	payloads []payload // to choose from
	actors   actorClass
	project  bool // events of the type mostly name a project
}

type actorClass uint8

const (
	anyone      actorClass = iota // sessions, keys, now and then nobody
	people                        // sessions alone
	loginFailed                   // sessions, some without a user
	machines                      // often nobody
)

// The parts of events, each the JSON of one member with the comma before it.
type (
	actor struct {
		text  string
		ids   []string
		email string
	}
	project struct{ text, id, name string }
	payload struct {
		text      string
		resources []string
	}
)

const (
	payloadVariants = 48
	typeSlots       = 1 << 14
	busySlots       = 1 << 10
)

// newCast makes a cast of so many people and projects.
func newCast(seed uint64, persons, projects int) *cast {
	b := castBuilder{dice: dice.Dice(dice.Mix(seed + 0x6f7267)), cast: &cast{}}
	for range projects {
		b.addProject()
	}
	b.addPeople(persons)
	b.addStrangers()
	b.addKeys(persons)
	b.cast.nobody = []actor{{text: `,"actor":null`}, {}}
	b.addTypes()
	b.cast.busiest = falling(len(b.cast.sessions))
	return b.cast
}

// castBuilder makes a cast with seeded dice. The order of its rolls decides what is made.
type castBuilder struct {
	cast *cast
	dice dice.Dice
}

func (b *castBuilder) addProject() {
	n := len(b.cast.projects)
	name := "Default project"
	if n > 0 {
		name = b.dice.Pick(words()...) + " " + strconv.Itoa(n)
	}
	id := "proj_" + b.dice.Token(24)
	b.cast.projects = append(b.cast.projects, project{`,"project":{"id":"` + id + `","name":"` + name + `"}`, id, name})
}

func (b *castBuilder) addPeople(n int) {
	browsers, places := b.browsers(), places()
	for i := range n {
		id, email := b.person(i)
		user := `"user":{"id":"` + id + `","email":"` + email + `"},`
		for range 1 + b.dice.Intn(3) {
			address := b.address()
			browser := browsers[b.dice.Intn(len(browsers))]
			b.cast.sessions = append(b.cast.sessions, actor{session(user, address, browser, b.dice.Pick(places...)), []string{id}, email})
		}
	}
}

func session(user, address, browser, place string) string {
	return `,"actor":{"type":"session","session":{` + user + `"ip_address":"` + address + `","user_agent":"` + browser +
		`","ip_address_details":` + place + `}}`
}

func (b *castBuilder) person(n int) (id, email string) {
	first, last := b.dice.Pick(firstNames()...), b.dice.Pick(lastNames()...)
	domain := b.dice.Pick("corp.example.com", "research.example.org", "subsidiary.example.net")
	return "user-" + b.dice.Token(24), fmt.Sprintf("%s.%s%d@%s", first, last, n, domain)
}

func (b *castBuilder) addStrangers() {
	for range 8 {
		agent := b.dice.Pick("python-requests/2.32.3", "curl/8.14.1", "Mozilla/5.0 (compatible)")
		address := b.address()
		b.cast.strangers = append(b.cast.strangers, actor{text: session("", address, b.browser(agent), b.dice.Pick(places()...))})
	}
}

func (b *castBuilder) addKeys(persons int) {
	for n := range 4 + persons/8 {
		key := "key_" + b.dice.Token(16)
		var id, email, owner string
		if n%2 == 0 {
			id = "svc_acct_" + b.dice.Token(24)
			owner = `"service_account","service_account":{"id":"` + id + `"}`
		} else {
			id, email = b.person(n)
			owner = `"user","user":{"id":"` + id + `","email":"` + email + `"}`
		}
		text := `,"actor":{"type":"api_key","api_key":{"id":"` + key + `","type":` + owner + `}}`
		b.cast.keys = append(b.cast.keys, actor{text, []string{key, id}, email})
	}
}

// address makes an address from the ranges kept for documentation.
func (b *castBuilder) address() string {
	if b.dice.Intn(3) == 0 {
		h := b.dice.Hex(20)
		return fmt.Sprintf("2001:db8:%s:%s:%s:%s:%s:%x", h[:4], h[4:8], h[8:12], h[12:16], h[16:20], b.dice.Intn(65536))
	}
	return fmt.Sprintf("%s.%d", b.dice.Pick("192.0.2", "198.51.100", "203.0.113"), 1+b.dice.Intn(254))
}

// browsers makes what follows the key user_agent: a browser and its TLS fingerprints belong together.
func (b *castBuilder) browsers() []string {
	var made []string
	for _, agent := range userAgents() {
		made = append(made, b.browser(agent))
	}
	return made
}

func (b *castBuilder) browser(agent string) string {
	ja3 := b.dice.Hex(32)
	return fmt.Sprintf(`%s","ja3":"%s","ja4":"t13d%02d%02dh2_%s_%s`, agent, ja3,
		10+b.dice.Intn(10), 8+b.dice.Intn(8), b.dice.Hex(12), b.dice.Hex(12))
}

func (b *castBuilder) addTypes() {
	var weights [2][]int
	for _, k := range kinds() {
		group, _, _ := strings.Cut(k.name, ".")
		t := castType{
			name:    k.name,
			actors:  classOf(k.name),
			project: strings.Contains(" project service_account rate_limit api_key checkpoint ", " "+group+" "),
		}
		variants := 1
		if k.payload != "" {
			variants = payloadVariants
		}
		for range variants {
			t.payloads = append(t.payloads, b.payload(k))
		}
		stream := OrganizationStream
		if TenantScoped(k.name) {
			stream = TenantStream
		}
		if k.name == "login.succeeded" {
			b.cast.login = uint16(len(b.cast.types[stream]))
		}
		b.cast.types[stream] = append(b.cast.types[stream], t)
		weights[stream] = append(weights[stream], k.weight)
	}
	for stream := range weights {
		b.cast.slots[stream] = weighted(weights[stream], typeSlots)
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

func (b *castBuilder) payload(k kind) payload {
	if k.payload == "" {
		return payload{}
	}
	var e Event
	text := b.expand(k.payload)
	e.readPayload([]byte(text))
	return payload{`,"` + k.name + `":` + text, e.ResourceIDs}
}

// weighted fills about so many slots with the indexes of the weights, each as often as its weight says, and at least once.
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
